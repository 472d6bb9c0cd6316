//! Orders that were placed (contracts/ovh-api.md §6.5), and the order in one call.

use super::cart::{DETAIL_TYPE, PRICE, PRICES};
use crate::ovh_api::{
    order_form::ONE_CALL,
    schema::{Field, Kind, Model},
};

pub(crate) static LINE: Model = Model::object(
    "levante.OrderLine",
    "Seats of one licence",
    &[
        Field::must("licenceId", Kind::Long, "The licence").like("42"),
        Field::must("quantity", Kind::Long, "How many seats").like("10"),
    ],
);

pub(crate) static ORDER_CREATION: Model =
    Model::object("levante.OrderCreation", "A new tenant with its licences", ONE_CALL);

pub(crate) static PLACED: Model = Model::object(
    "levante.Order",
    "An order that was accepted",
    &[
        Field::shown("orderId", Kind::Long, "Its number").or_null().like("1001"),
        Field::shown("serviceName", Kind::String, "The service that it makes").like("contoso123.onmicrosoft.com"),
        Field::shown("taskId", Kind::Long, "The task that shows its progress").like("1005"),
        Field::shown("url", Kind::String, "Its page").or_null().like("https://panel.reseller.example/orders/1001"),
        Field::shown("prices", Kind::Of(&PRICES), "What it costs").or_null(),
    ],
);

pub(crate) static ORDER: Model = Model::object(
    "billing.Order",
    "An order",
    &[
        Field::shown("orderId", Kind::Long, "Its number").like("1001"),
        Field::shown("date", Kind::Datetime, "When it was accepted").or_null(),
        Field::shown("expirationDate", Kind::Datetime, "Until when it can be paid").or_null(),
        Field::shown("retractionDate", Kind::Datetime, "Until when it can be withdrawn").or_null(),
        Field::shown("password", Kind::String, "What opens its page without signing in: nothing does"),
        Field::shown("url", Kind::String, "Its page").like("https://panel.reseller.example/orders/1001"),
        Field::shown("pdfUrl", Kind::String, "Its page").like("https://panel.reseller.example/orders/1001"),
        Field::shown("priceWithTax", Kind::Of(&PRICE), "With tax"),
        Field::shown("priceWithoutTax", Kind::Of(&PRICE), "Without tax"),
        Field::shown("tax", Kind::Of(&PRICE), "The tax"),
    ],
);

pub(crate) static STATUS: Model = Model::one_of(
    "billing.order.OrderStatusEnum",
    "Where an order stands",
    &["cancelled", "cancelling", "checking", "delivered", "delivering", "documentsRequested", "notPaid", "unknown"],
);

pub(crate) static DETAIL: Model = Model::object(
    "billing.OrderDetail",
    "A line of an order",
    &[
        Field::shown("orderDetailId", Kind::Long, "Its number").like("100101"),
        Field::shown("description", Kind::String, "What it is").like("Business Basic (1 year)"),
        Field::shown("domain", Kind::String, "The service").like("contoso123.onmicrosoft.com"),
        Field::shown("quantity", Kind::String, "How many").like("10"),
        Field::shown("unitPrice", Kind::Of(&PRICE), "The price of one"),
        Field::shown("totalPrice", Kind::Of(&PRICE), "The price of all"),
        Field::shown("detailType", Kind::Of(&DETAIL_TYPE), "What kind of line it is").or_null().like("INSTALLATION"),
        Field::shown("cancelled", Kind::Boolean, "Whether it was cancelled"),
    ],
);

static PRODUCT: Model = Model::object(
    "billing.ItemDetailOrderPlanProduct",
    "The product of a plan",
    &[Field::shown("name", Kind::String, "Its name").or_null().like("csp2")],
);

static PLAN: Model = Model::object(
    "billing.ItemDetailOrderPlan",
    "The plan of a line",
    &[
        Field::shown("code", Kind::String, "Its code").or_null().like("csp2-license-42"),
        Field::shown("duration", Kind::Duration, "The term").or_null().like("P1Y"),
        Field::shown("pricingMode", Kind::String, "The way of pricing").or_null().like("default"),
        Field::shown("quantity", Kind::Long, "How many").or_null().like("10"),
        Field::shown("product", Kind::Of(&PRODUCT), "The product").or_null(),
    ],
);

static CONFIGURATION: Model = Model::object(
    "billing.ItemDetailOrderConfiguration",
    "What was filled in",
    &[
        Field::shown("label", Kind::String, "Its name").like("serviceName"),
        Field::shown("value", Kind::String, "Its value").like("contoso123.onmicrosoft.com"),
    ],
);

static ITEM_ORDER: Model = Model::object(
    "billing.ItemDetailOrder",
    "What a line ordered",
    &[
        Field::shown("action", Kind::String, "What was done").or_null().like("installation"),
        Field::shown("type", Kind::String, "What it was done with").or_null().like("plan"),
        Field::shown("plan", Kind::Of(&PLAN), "The plan"),
        Field::shown("configurations", Kind::List(&Kind::Of(&CONFIGURATION)), "What was filled in"),
    ],
);

pub(crate) static EXTENSION: Model = Model::object(
    "billing.ItemDetail",
    "More about a line of an order",
    &[Field::shown("order", Kind::Of(&ITEM_ORDER), "What it ordered")],
);

static STEP: Model = Model::one_of(
    "billing.order.FollowUpStepEnum",
    "The steps of an order",
    &["AVAILABLE", "DELIVERING", "VALIDATED", "VALIDATING"],
);

static STEP_STATUS: Model =
    Model::one_of("billing.order.FollowUpStatusEnum", "Where a step stands", &["DOING", "DONE", "ERROR", "TODO"]);

static LABEL: Model = Model::one_of(
    "billing.order.FollowUpHistoryLabelEnum",
    "What happened to an order",
    &[
        "DELIVERY",
        "FRAUD_CHECK",
        "FRAUD_DOCS_REQUESTED",
        "FRAUD_MANUAL_REVIEW",
        "FRAUD_REFUSED",
        "INVOICE_IN_PROGRESS",
        "INVOICE_SENT",
        "ORDER_ACCEPTED",
        "ORDER_STARTED",
        "PAYMENT_CONFIRMED",
        "PAYMENT_INITIATED",
        "PAYMENT_RECEIVED",
        "REGISTERED_PAYMENT_INITIATED",
    ],
);

static HISTORY: Model = Model::object(
    "billing.order.FollowUpHistory",
    "Something that happened to an order",
    &[
        Field::shown("date", Kind::Datetime, "When"),
        Field::shown("label", Kind::Of(&LABEL), "What").like("ORDER_ACCEPTED"),
        Field::shown("description", Kind::String, "The same as a sentence").like("The order was accepted"),
    ],
);

pub(crate) static FOLLOW_UP: Model = Model::object(
    "billing.order.FollowUp",
    "A step of an order",
    &[
        Field::shown("step", Kind::Of(&STEP), "Which").like("VALIDATING"),
        Field::shown("status", Kind::Of(&STEP_STATUS), "Where it stands").like("DONE"),
        Field::shown("history", Kind::List(&Kind::Of(&HISTORY)), "What happened in it"),
    ],
);

static OBJECT_TYPE: Model = Model::one_of(
    "billing.AssociatedObjectTypeEnum",
    "What came of an order",
    &["Bill", "Deposit", "Refund", "ReverseBill", "Withdrawal"],
);

pub(crate) static ASSOCIATED: Model = Model::object(
    "billing.AssociatedObject",
    "What an order was billed with",
    &[
        Field::shown("id", Kind::String, "Its number").or_null(),
        Field::shown("type", Kind::Of(&OBJECT_TYPE), "What it is").or_null().like("Bill"),
    ],
);
