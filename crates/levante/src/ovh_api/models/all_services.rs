//! Services of any product: `/services`, and its older twin `/service` (contracts/ovh-api.md §7).

use super::cart::PRICE;
use crate::ovh_api::schema::{Field, Kind, Model, STRINGS};

static KEY_VALUE: Model = Model::object(
    "complexType.SafeKeyValue",
    "A name and its value",
    &[
        Field::shown("key", Kind::String, "The name").like("serviceName"),
        Field::shown("value", Kind::String, "The value").like("contoso123.onmicrosoft.com"),
    ],
);

static ACTION: Model = Model::one_of(
    "services.expanded.Lifecycle.ActionEnum",
    "What can be done with a service",
    &["earlyRenewal", "terminate", "terminateAtEngagementDate", "terminateAtExpirationDate"],
);
const ACTIONS: Kind = Kind::List(&Kind::Of(&ACTION));

static LIFE_STATE: Model = Model::one_of(
    "services.expanded.Lifecycle.StateEnum",
    "Where a service stands in its life",
    &["active", "error", "rupture", "terminated", "toRenew", "unpaid", "unrenewed"],
);

static LIFE_CAPACITIES: Model = Model::object(
    "services.expanded.Lifecycle.Capacities",
    "What can be done now",
    &[Field::shown("actions", ACTIONS, "The actions")],
);

static LIFE_CURRENT: Model = Model::object(
    "services.expanded.Lifecycle.Current",
    "Where a service stands",
    &[
        Field::shown("creationDate", Kind::Datetime, "When it was ordered").or_null(),
        Field::shown("pendingActions", ACTIONS, "What was asked for and is still to come"),
        Field::shown("state", Kind::Of(&LIFE_STATE), "The state. unrenewed: all of it ends with its terms")
            .like("active"),
        Field::shown("terminationDate", Kind::Datetime, "When it ends, where that was asked for").or_null(),
    ],
);

static LIFECYCLE: Model = Model::object(
    "services.expanded.Lifecycle",
    "The life of a service",
    &[
        Field::shown("capacities", Kind::Of(&LIFE_CAPACITIES), "What can be done"),
        Field::shown("current", Kind::Of(&LIFE_CURRENT), "Where it stands"),
    ],
);

static ENGAGEMENT: Model = Model::object(
    "services.expanded.EngagementSummary",
    "How long a service binds",
    &[Field::shown("endDate", Kind::Date, "The end of its last term").or_null()],
);

static PLAN: Model = Model::object(
    "services.expanded.Plan",
    "The plan of a service",
    &[
        Field::shown("code", Kind::String, "Its code").like("csp2-tenant"),
        Field::shown("invoiceName", Kind::String, "Its name").like("Microsoft 365 tenant"),
    ],
);

static PRODUCT: Model = Model::object(
    "services.expanded.Product",
    "The product of a service",
    &[
        Field::shown("description", Kind::String, "In words").like("Microsoft 365 tenant"),
        Field::shown("name", Kind::String, "Its name").like("csp2"),
    ],
);

static RENEW_MODE: Model = Model::one_of(
    "services.expanded.Renew.ModeEnum",
    "How a service renews: automatic is the only way here",
    &["automatic", "manual"],
);

static RENEW_CAPACITIES: Model = Model::object(
    "services.expanded.Renew.Capacities",
    "How it can renew",
    &[Field::shown("mode", Kind::List(&Kind::Of(&RENEW_MODE)), "The modes").like("automatic")],
);

static RENEW_CURRENT: Model = Model::object(
    "services.expanded.Renew.Current",
    "How it renews now",
    &[
        Field::shown("mode", Kind::Of(&RENEW_MODE), "The mode; null when all of it ends with its terms").or_null(),
        Field::shown("nextDate", Kind::Datetime, "When the first term ends").or_null(),
        Field::shown("period", Kind::Duration, "The term, where all have the same").or_null().like("P1Y"),
    ],
);

static RENEW: Model = Model::object(
    "services.expanded.Renew",
    "The renewal of a service",
    &[
        Field::shown("capacities", Kind::Of(&RENEW_CAPACITIES), "How it can renew"),
        Field::shown("current", Kind::Of(&RENEW_CURRENT), "How it renews now"),
    ],
);

static BILLING: Model = Model::object(
    "services.expanded.Billing",
    "Dates and renewal of a service",
    &[
        Field::shown("engagement", Kind::Of(&ENGAGEMENT), "How long it binds").or_null(),
        Field::shown("expirationDate", Kind::Datetime, "When its first term ends").or_null(),
        Field::shown("lifecycle", Kind::Of(&LIFECYCLE), "Its life").or_null(),
        Field::shown("nextBillingDate", Kind::Datetime, "Nothing is billed here: always null").or_null(),
        Field::shown("plan", Kind::Of(&PLAN), "Its plan").or_null(),
        Field::shown("pricing", Kind::Of(&PRICE), "Each licence has a price of its own: always null").or_null(),
        Field::shown("renew", Kind::Of(&RENEW), "Its renewal").or_null(),
    ],
);

static CONTACT_TYPE: Model = Model::one_of(
    "services.expanded.Customer.Contact.TypeEnum",
    "What a contact is asked about",
    &["administrator", "billing", "technical"],
);

static CONTACT: Model = Model::object(
    "services.expanded.Customer.Contact",
    "A contact of a service",
    &[
        Field::shown("customerCode", Kind::String, "The account").like("rv1234-lv"),
        Field::shown("type", Kind::Of(&CONTACT_TYPE), "What it is asked about").like("administrator"),
    ],
);

static CUSTOMER: Model = Model::object(
    "services.expanded.Customer",
    "Whose a service is",
    &[Field::shown("contacts", Kind::List(&Kind::Of(&CONTACT)), "Its contacts")],
);

static RESOURCE_STATE: Model = Model::one_of(
    "services.expanded.Resource.StateEnum",
    "Where the tenant stands",
    &["active", "deleted", "suspended", "toActivate", "toDelete", "toSuspend"],
);

static RESELLING: Model =
    Model::one_of("services.expanded.ResellingProviderEnum", "Who sells it elsewhere", &["ovh.ca", "ovh.eu"]);

static RESOURCE: Model = Model::object(
    "services.expanded.Resource",
    "The tenant of a service",
    &[
        Field::shown("displayName", Kind::String, "What the reseller calls it").like("Contoso"),
        Field::shown("name", Kind::String, "Its name").like("contoso123.onmicrosoft.com"),
        Field::shown("product", Kind::Of(&PRODUCT), "The product").or_null(),
        Field::shown("resellingProvider", Kind::Of(&RESELLING), "Always null").or_null().like("ovh.eu"),
        Field::shown("state", Kind::Of(&RESOURCE_STATE), "Where it stands").like("active"),
    ],
);

static ROUTE: Model = Model::object(
    "services.expanded.Route",
    "Where a service is managed",
    &[
        Field::shown("path", Kind::String, "The route").or_null().like("/saas/csp2/{serviceName}"),
        Field::shown("url", Kind::String, "The same with its values")
            .or_null()
            .like("/saas/csp2/contoso123.onmicrosoft.com"),
        Field::shown("vars", Kind::List(&Kind::Of(&KEY_VALUE)), "The values"),
    ],
);

pub(crate) static EXPANDED: Model = Model::object(
    "services.expanded.Service",
    "A service",
    &[
        Field::shown("serviceId", Kind::Long, "Its number").like("1001"),
        Field::shown("parentServiceId", Kind::Long, "Always null: no service hangs off another one").or_null(),
        Field::shown("billing", Kind::Of(&BILLING), "Dates and renewal"),
        Field::shown("customer", Kind::Of(&CUSTOMER), "Whose it is"),
        Field::shown("resource", Kind::Of(&RESOURCE), "The tenant"),
        Field::shown("route", Kind::Of(&ROUTE), "Where it is managed").or_null(),
        Field::shown("tags", STRINGS, "None is kept"),
    ],
);

static UPDATE_RENEW: Model = Model::object(
    "services.update.Service.Renew",
    "How a service shall renew",
    &[
        Field::set("mode", Kind::Of(&RENEW_MODE), "automatic: it renews. manual is not offered").or_null(),
        Field::set("period", Kind::Duration, "The term: the one that the subscriptions have").or_null().like("P1Y"),
    ],
);

static POLICY: Model = Model::one_of(
    "services.expanded.terminationPolicyEnum",
    "When a service ends. empty: it renews",
    &["empty", "terminateAtEngagementDate", "terminateAtExpirationDate"],
);

pub(crate) static UPDATE: Model = Model::object(
    "services.update.Service",
    "Changes of a service",
    &[
        Field::set("displayName", Kind::String, "What the reseller calls it").or_null().like("Contoso"),
        Field::set("renew", Kind::Of(&UPDATE_RENEW), "How it shall renew").or_null(),
        Field::set(
            "terminationPolicy",
            Kind::Of(&POLICY),
            "Whether every subscription ends with its term; at the engagement date the last one has ended",
        )
        .or_null()
        .like("terminateAtExpirationDate"),
    ],
);

pub(crate) static CONFIRMATION: Model = Model::object(
    "services.terminate.ConfirmServiceTerminationRequest",
    "The confirmation that a service shall end",
    &[Field::must("token", Kind::String, "The token of the mail").like("Example0Token")],
);

pub(crate) static ANSWER: Model = Model::object(
    "services.terminate.TerminationAnswer",
    "What happens next",
    &[Field::shown("message", Kind::String, "In words").like("A mail with a token was sent")],
);

static LIST_PRODUCT: Model = Model::object(
    "service.plan.Product",
    "A product",
    &[Field::shown("name", Kind::String, "Its name").or_null().like("csp2")],
);

static LIST_PLAN: Model = Model::object(
    "service.Plan",
    "A plan",
    &[
        Field::shown("code", Kind::String, "Its code").or_null().like("csp2-tenant"),
        Field::shown("product", Kind::Of(&LIST_PRODUCT), "Its product"),
    ],
);

static INTERVAL: Model = Model::one_of("service.renew.Interval", "A term", &["P1M", "P1Y", "P2Y", "P3M", "P3Y", "P6M"]);

static MODE: Model = Model::one_of(
    "service.renew.Mode",
    "What happens at the end of a term",
    &[
        "automaticForcedProduct",
        "automaticV2012",
        "automaticV2014",
        "automaticV2016",
        "deleteAtEndEngagement",
        "deleteAtExpiration",
        "manual",
        "oneShot",
        "option",
    ],
);

static LIST_RENEW: Model = Model::object(
    "service.Renew",
    "The renewal of a service",
    &[
        Field::shown("dayOfMonth", Kind::Long, "Always null: terms end on their own days").or_null(),
        Field::shown("interval", Kind::Of(&INTERVAL), "The term, where all have the same").or_null().like("P1Y"),
        Field::shown("mode", Kind::Of(&MODE), "What happens at the end of the term").like("automaticV2016"),
        Field::shown("possibleIntervals", Kind::List(&Kind::Of(&INTERVAL)), "None: a licence has one term").or_null(),
        Field::shown("possibleModes", Kind::List(&Kind::Of(&MODE)), "What can be asked for"),
    ],
);

static LIST_STATE: Model = Model::one_of(
    "service.ResourceStateEnum",
    "Where a tenant stands",
    &["deleted", "deleting", "ok", "opening", "suspended", "suspending", "toDelete", "toOpen", "toSuspend"],
);

static LIST_RESOURCE: Model = Model::object(
    "service.Resource",
    "The tenant of a service",
    &[
        Field::shown("displayName", Kind::String, "What the reseller calls it").like("Contoso"),
        Field::shown("name", Kind::String, "Its name").or_null().like("contoso123.onmicrosoft.com"),
        Field::shown("state", Kind::Of(&LIST_STATE), "Where it stands").or_null().like("ok"),
    ],
);

static LIST_ROUTE: Model = Model::object(
    "service.Route",
    "Where a service is managed",
    &[
        Field::shown("path", Kind::String, "The route").or_null().like("/saas/csp2/{serviceName}"),
        Field::shown("url", Kind::String, "The same with its values")
            .or_null()
            .like("/saas/csp2/contoso123.onmicrosoft.com"),
        Field::shown("vars", Kind::List(&Kind::Of(&KEY_VALUE)), "The values"),
    ],
);

static BILLING_STATE: Model =
    Model::one_of("service.BillingStateEnum", "Whether a service is in order", &["expired", "ok", "pending", "unpaid"]);

pub(crate) static LISTED: Model = Model::object(
    "serviceList.Service",
    "A service",
    &[
        Field::shown("creationDate", Kind::Datetime, "When it was ordered"),
        Field::shown("details", Kind::List(&Kind::Of(&KEY_VALUE)), "More about it: none"),
        Field::shown("engagementDate", Kind::Datetime, "The end of its last term").or_null(),
        Field::shown("expirationDate", Kind::Datetime, "When its first term ends").or_null(),
        Field::shown("nextBillingDate", Kind::Datetime, "Nothing is billed here: always null").or_null(),
        Field::shown("plan", Kind::Of(&LIST_PLAN), "Its plan"),
        Field::shown("quantity", Kind::Long, "Always 1").like("1"),
        Field::shown("renew", Kind::Of(&LIST_RENEW), "Its renewal").or_null(),
        Field::shown("resource", Kind::Of(&LIST_RESOURCE), "The tenant"),
        Field::shown("route", Kind::Of(&LIST_ROUTE), "Where it is managed"),
        Field::shown("state", Kind::Of(&BILLING_STATE), "Whether it is in order").like("ok"),
    ],
);

static RENEW_SERVICE: Model = Model::object(
    "service.renew.Service",
    "A service that could be renewed",
    &[
        Field::shown("serviceId", Kind::Long, "Its number").like("1001"),
        Field::shown("serviceName", Kind::String, "Its name").like("contoso123.onmicrosoft.com"),
        Field::shown("serviceType", Kind::String, "Its product").like("csp2"),
    ],
);

static STRATEGY: Model = Model::object(
    "service.renew.RenewStrategy",
    "What can be renewed together",
    &[
        Field::shown("price", Kind::Of(&PRICE), "What it costs"),
        Field::shown("priceInUcents", Kind::Long, "The same in units of which 100,000,000 are one of the currency"),
        Field::shown("services", crate::ovh_api::schema::LONGS, "The services"),
        Field::shown("servicesDetails", Kind::List(&Kind::Of(&RENEW_SERVICE)), "More about them"),
    ],
);

pub(crate) static RENEWAL: Model = Model::object(
    "service.renew.RenewDescription",
    "A renewal that can be ordered",
    &[
        Field::shown("renewPeriod", Kind::Duration, "For how long").like("P1Y"),
        Field::shown("strategies", Kind::List(&Kind::Of(&STRATEGY)), "What can be renewed together"),
    ],
);
