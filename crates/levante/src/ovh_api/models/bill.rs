//! Payment and bills (contracts/ovh-api.md §6.5). Nothing is paid or billed here: lists are empty.

use super::cart::PRICE;
use crate::ovh_api::schema::{Field, Kind, LONGS, Model, STRINGS};

static PAYMENT_MEAN_TYPE: Model = Model::one_of(
    "billing.PaymentMeanEnum",
    "What something was paid with",
    &[
        "cash",
        "chargeback",
        "cheque",
        "creditAccount",
        "creditCard",
        "debtAccount",
        "deposit",
        "digitalLaunchPad",
        "edinar",
        "fidelityPoints",
        "free",
        "ideal",
        "incubatorAccount",
        "mandat",
        "multibanco",
        "none",
        "ovhAccount",
        "paymentMandate",
        "paypal",
        "payu",
        "platnosci",
        "refund",
        "transfer",
        "withdrawal",
    ],
);

pub(crate) static PAYMENT: Model = Model::object(
    "billing.Payment",
    "A payment",
    &[
        Field::shown("paymentDate", Kind::Datetime, "When it was paid; null: not here").or_null(),
        Field::shown("paymentIdentifier", Kind::String, "Its number").or_null(),
        Field::shown("paymentType", Kind::Of(&PAYMENT_MEAN_TYPE), "What it was paid with. none: not here").like("none"),
    ],
);

static CHOICE: Model = Model::object(
    "billing.order.paymentMean.HttpParameterChoice",
    "A choice",
    &[
        Field::shown("name", Kind::String, "Its name").like("a"),
        Field::shown("value", Kind::String, "Its value").like("1"),
    ],
);

static PARAMETER: Model = Model::object(
    "billing.order.paymentMean.HttpParameter",
    "What a payment page is given",
    &[
        Field::shown("choice", Kind::List(&Kind::Of(&CHOICE)), "Choices").or_null(),
        Field::shown("name", Kind::String, "Its name").like("a"),
        Field::shown("value", Kind::String, "Its value").or_null(),
    ],
);

static PAYMENT_MEAN: Model = Model::object(
    "billing.order.PaymentMean",
    "A way to pay",
    &[
        Field::shown("fee", Kind::Double, "What it costs").like("0"),
        Field::shown("htmlForm", Kind::Text, "Its form").or_null(),
        Field::shown("httpMethod", Kind::String, "How its page is called").like("GET"),
        Field::shown("logo", Kind::String, "Its picture").or_null(),
        Field::shown("parameters", Kind::List(&Kind::Of(&PARAMETER)), "What its page is given"),
        Field::shown("subType", Kind::String, "Its kind").or_null(),
        Field::shown("url", Kind::String, "Its page").like("https://pay.example"),
    ],
);
const MEANS: Kind = Kind::List(&Kind::Of(&PAYMENT_MEAN));

/// The ways to pay, each of which is empty.
pub(crate) const PAYMENT_WAYS: [&str; 8] =
    ["creditCard", "edinar", "fidelityPoints", "ideal", "multibanco", "ovhAccount", "paypal", "promotion"];

pub(crate) static PAYMENT_MEANS: Model = Model::object(
    "billing.order.PaymentMeans",
    "The ways to pay an order: none here",
    &[
        Field::shown(PAYMENT_WAYS[0], MEANS, "None").or_null(),
        Field::shown(PAYMENT_WAYS[1], MEANS, "None").or_null(),
        Field::shown(PAYMENT_WAYS[2], MEANS, "None").or_null(),
        Field::shown(PAYMENT_WAYS[3], MEANS, "None").or_null(),
        Field::shown(PAYMENT_WAYS[4], MEANS, "None").or_null(),
        Field::shown(PAYMENT_WAYS[5], MEANS, "None").or_null(),
        Field::shown(PAYMENT_WAYS[6], MEANS, "None").or_null(),
        Field::shown(PAYMENT_WAYS[7], MEANS, "None").or_null(),
    ],
);

static AVAILABLE_METHOD: Model = Model::object(
    "me.payment.AvailablePaymentMethod",
    "A payment method that could be registered",
    &[
        Field::shown("formSessionId", Kind::String, "Its form").or_null(),
        Field::shown("integration", Kind::String, "How it is shown").like("NONE"),
        Field::shown("merchantId", Kind::String, "Its merchant").or_null(),
        Field::shown("oneshot", Kind::Boolean, "Whether it pays once"),
        Field::shown("organizationId", Kind::String, "Its organisation").or_null(),
        Field::shown("paymentSubType", Kind::String, "Its kind").or_null(),
        Field::shown("paymentType", Kind::String, "Its type").like("CREDIT_CARD"),
        Field::shown("registerable", Kind::Boolean, "Whether it can be registered"),
        Field::shown("registerableWithTransaction", Kind::Boolean, "Whether a payment registers it"),
    ],
);

pub(crate) static PAYMENT_METHODS: Model = Model::object(
    "billing.order.PaymentMethods",
    "The payment methods of an order: none here",
    &[
        Field::shown("available", Kind::List(&Kind::Of(&AVAILABLE_METHOD)), "Those that could be registered: none"),
        Field::shown("registered", LONGS, "Those that are registered: none"),
    ],
);

pub(crate) static REUSABLE: Model = Model::one_of(
    "billing.ReusablePaymentMeanEnum",
    "A registered way to pay",
    &[
        "CREDIT_CARD",
        "CURRENT_ACCOUNT",
        "DEFERRED_PAYMENT_ACCOUNT",
        "ENTERPRISE",
        "INTERNAL_TRUSTED_ACCOUNT",
        "PAYPAL",
        "bankAccount",
        "creditCard",
        "deferredPaymentAccount",
        "fidelityAccount",
        "ovhAccount",
        "paypal",
    ],
);

pub(crate) static REGISTERED: Model = Model::object(
    "billing.order.RegisteredPaymentMean",
    "A registered way to pay",
    &[Field::shown("paymentMean", Kind::Of(&REUSABLE), "Which").like("fidelityAccount")],
);

pub(crate) static METHOD_ID: Model = Model::object(
    "billing.order.PayWithPaymentMethod",
    "A payment method",
    &[Field::must("id", Kind::Long, "Its number").like("1")],
);

pub(crate) static RETRACTION_REASON: Model = Model::one_of(
    "billing.order.RetractionReasonEnum",
    "Why an order is withdrawn",
    &["competitor", "difficulty", "expensive", "other", "performance", "reliability", "unused"],
);

pub(crate) static CATEGORY: Model = Model::one_of(
    "billing.CategoryEnum",
    "What a bill is about",
    &[
        "autorenew",
        "earlyrenewal",
        "purchase",
        "purchase-cloud",
        "purchase-servers",
        "purchase-telecom",
        "purchase-web",
    ],
);

pub(crate) static BILL: Model = Model::object(
    "billing.Bill",
    "A bill",
    &[
        Field::shown("billId", Kind::String, "Its number").like("LV1001"),
        Field::shown("category", Kind::Of(&CATEGORY), "What it is about").like("purchase"),
        Field::shown("date", Kind::Datetime, "When it was written"),
        Field::shown("orderId", Kind::Long, "The order").like("1001"),
        Field::shown("password", Kind::String, "What opens its page without signing in: nothing does"),
        Field::shown("pdfUrl", Kind::String, "Its page").like("https://panel.reseller.example/orders/1001"),
        Field::shown("priceWithTax", Kind::Of(&PRICE), "With tax"),
        Field::shown("priceWithoutTax", Kind::Of(&PRICE), "Without tax"),
        Field::shown("tax", Kind::Of(&PRICE), "The tax"),
        Field::shown("url", Kind::String, "Its page").like("https://panel.reseller.example/orders/1001"),
    ],
);

pub(crate) static BILL_DETAIL: Model = Model::object(
    "billing.BillDetail",
    "A line of a bill",
    &[
        Field::shown("billDetailId", Kind::String, "Its number").like("1"),
        Field::shown("description", Kind::String, "What it is").like("Business Basic (1 year)"),
        Field::shown("domain", Kind::String, "The service").like("contoso123.onmicrosoft.com"),
        Field::shown("periodEnd", Kind::Date, "The last day that it is for").or_null(),
        Field::shown("periodStart", Kind::Date, "The first day that it is for").or_null(),
        Field::shown("quantity", Kind::String, "How many").like("10"),
        Field::shown("totalPrice", Kind::Of(&PRICE), "The price of all"),
        Field::shown("unitPrice", Kind::Of(&PRICE), "The price of one"),
    ],
);

pub(crate) const BILL_IDS: Kind = STRINGS;
