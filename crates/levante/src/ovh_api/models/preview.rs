//! The preview of an order: ours, under `/levante`.

use super::cart::{PRICE, PRICES};
use crate::ovh_api::{
    order_form::PREVIEW,
    schema::{Field, Kind, Model, STRINGS},
};

pub(crate) static PREVIEW_CREATION: Model =
    Model::object("levante.OrderPreviewCreation", "An order that is only looked at: any field may be missing", PREVIEW);

static FINDING: Model = Model::object(
    "levante.OrderFinding",
    "What blocks an order, or should be known before it is placed",
    &[
        Field::shown("code", Kind::String, "A stable word for programs").like("mpn-not-approved"),
        Field::shown("field", Kind::String, "The field of the order that it is about").like("mpnId"),
        Field::shown("value", Kind::String, "The value, shortened; empty when it was left out").like("6100001"),
        Field::shown("sentence", Kind::String, "What is the matter, in the account's language")
            .like("MPN ID “6100001”: is not approved for this account."),
        Field::shown("cure", Kind::String, "What to do about it, in the account's language")
            .like("Ask your provider to approve this MPN ID."),
    ],
);

static LINE: Model = Model::object(
    "levante.OrderPreviewLine",
    "A line of an order with its money",
    &[
        Field::shown("line", Kind::Long, "Its place among the lines that were sent, from 0").like("0"),
        Field::shown("licenceId", Kind::Long, "The licence").like("42"),
        Field::shown("description", Kind::String, "Its name").like("Business Basic (1 year)"),
        Field::shown("quantity", Kind::Long, "Its seats").like("10"),
        Field::shown("unitPrice", Kind::Of(&PRICE), "What one seat costs in each bill, without tax"),
        Field::shown("taxPercent", Kind::Double, "The tax on it, in percent").like("22"),
        Field::shown("duration", Kind::Duration, "The term: how long it binds").like("P1Y"),
        Field::shown("interval", Kind::Long, "Months between two bills").like("1"),
        Field::shown("bills", Kind::Long, "How many bills the term has").like("12"),
        Field::shown("firstBill", Kind::Of(&PRICES), "The first bill"),
        Field::shown("commitment", Kind::Of(&PRICES), "All bills of the term"),
        Field::shown("bindsUntil", Kind::Datetime, "The end of the term, if it were bought now"),
    ],
);

static CHECK: Model = Model::one_of(
    "levante.LiveCheckEnum",
    "What is asked of others about an order",
    &["address", "email", "licence", "partner", "subdomain"],
);

static VERDICT: Model = Model::one_of(
    "levante.LiveCheckVerdictEnum",
    "What was answered. notChecked: nobody has answered in time",
    &["bad", "doubtful", "good", "notChecked", "unavailable"],
);

static LIVE_CHECK: Model = Model::object(
    "levante.LiveCheck",
    "A question to Microsoft or to the DNS about an order",
    &[
        Field::shown("check", Kind::Of(&CHECK), "What was asked").like("partner"),
        Field::shown("field", Kind::String, "The field that it is about").like("mpnId"),
        Field::shown("verdict", Kind::Of(&VERDICT), "What was answered").like("good"),
        Field::shown("checkedAt", Kind::Datetime, "When it was answered").or_null(),
        Field::shown("hints", STRINGS, "What to compare when there are doubts"),
    ],
);

pub(crate) static ORDER_PREVIEW: Model = Model::object(
    "levante.OrderPreview",
    "What an order would be, cost and fail on",
    &[
        Field::shown("orderable", Kind::Boolean, "Whether nothing blocks it"),
        Field::shown("serviceName", Kind::String, "The service that it would make; null: a name is made up")
            .or_null()
            .like("contoso123.onmicrosoft.com"),
        Field::shown("blocks", Kind::List(&Kind::Of(&FINDING)), "What blocks it"),
        Field::shown("warnings", Kind::List(&Kind::Of(&FINDING)), "What does not block it and should be known"),
        Field::shown("lines", Kind::List(&Kind::Of(&LINE)), "The lines whose price is known"),
        Field::shown("firstBill", Kind::Of(&PRICES), "The first bill of all lines; null while a line has no price")
            .or_null(),
        Field::shown(
            "commitment",
            Kind::Of(&PRICES),
            "All bills of the terms of all lines; null while a line has no price",
        )
        .or_null(),
        Field::shown(
            "cancellableUntil",
            Kind::Datetime,
            "Until when all of it could be given back, if it were bought now",
        ),
        Field::shown("checks", Kind::List(&Kind::Of(&LIVE_CHECK)), "What others say about it"),
    ],
);
