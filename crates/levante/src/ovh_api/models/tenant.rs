//! Tenants, their licences, subscriptions, tasks and statistics (contracts/ovh-api.md §5.1).

use crate::ovh_api::schema::{Field, Kind, LONGS, Model};

static TENANT_STATUS: Model = Model::one_of(
    "saas.csp2.OfficeTenantStatusEnum",
    "Where a tenant stands",
    &["creating", "inMaintenance", "ok", "reopening", "suspended", "suspending"],
);

pub(crate) static TENANT: Model = Model::object(
    "saas.csp2.OfficeTenant",
    "A Microsoft 365 tenant and its end customer",
    &[
        Field::shown("serviceName", Kind::String, "The name of the service: the tenant's name at Microsoft")
            .like("contoso123.onmicrosoft.com"),
        Field::set("displayName", Kind::String, "What the reseller calls it: 1 to 100 characters").like("Contoso"),
        Field::shown("status", Kind::Of(&TENANT_STATUS), "Where it stands").like("ok"),
        Field::shown("creationDate", Kind::Datetime, "When it was ordered"),
        Field::set("firstName", Kind::String, "The contact's given name").like("Chiara"),
        Field::set("lastName", Kind::String, "The contact's family name").like("Neri"),
        Field::set("email", Kind::String, "The contact's e-mail address; frozen until the sign-in data are delivered")
            .like("chiara@contoso.example"),
        Field::set("phone", Kind::PhoneNumber, "The contact's telephone number").like("+390511234567"),
        Field::set("address", Kind::String, "Street and number").like("Via Emilia 1"),
        Field::set("city", Kind::String, "Town").like("Bologna"),
        Field::set("zipCode", Kind::String, "Postcode").like("40126"),
        Field::set("mpnId", Kind::String, "The MPN id of future purchases: one that is approved for the account")
            .or_null()
            .like("6100001"),
        Field::shown(
            "mpnIssueFlag",
            Kind::String,
            "What is wrong with the MPN id, null when nothing is: MPN_ID_MISSING, MPN_ID_INVALID_FORMAT, \
             MPN_ID_NOT_FOUND, MPN_ID_NOT_INDIRECT_RESELLER, MPN_ID_REGION_MISMATCH, MPN_ID_CHECK_UNAVAILABLE, \
             MPN_ID_IS_PROVIDER, MPN_ID_NOT_A_LOCATION, MPN_AGREEMENT_NOT_SIGNED or MPN_NO_PARTNERSHIP",
        )
        .or_null(),
        Field::shown("hasAcceptedNewMCA", Kind::Boolean, "Whether the Microsoft Customer Agreement is accepted"),
    ],
);

static RESOURCE_STATE: Model =
    Model::one_of("iam.resource.StateEnum", "Where a resource stands", &["EXPIRED", "IN_CREATION", "OK", "SUSPENDED"]);

static RESOURCE: Model = Model::object(
    "iam.ResourceMetadata",
    "A service as rights name it",
    &[
        Field::shown("id", Kind::Uuid, "Its id"),
        Field::shown("urn", Kind::String, "Its name").like("urn:v1:eu:resource:cspReseller:contoso123.onmicrosoft.com"),
        Field::shown("displayName", Kind::String, "What the reseller calls it").or_null().like("Contoso"),
        Field::shown("tags", Kind::Map(&Kind::String), "Its tags").or_null(),
        Field::shown("state", Kind::Of(&RESOURCE_STATE), "Where it stands").or_null().like("OK"),
    ],
);

pub(crate) static TENANT_WITH_IAM: Model = Model::more_than(
    &TENANT,
    "saas.csp2.OfficeTenantWithIAM",
    "A Microsoft 365 tenant and its end customer, with its name in rights",
    &[Field::shown("iam", Kind::Of(&RESOURCE), "Its name in rights").or_null()],
);

static TAG_OPERATOR: Model = Model::one_of(
    "iam.resource.TagFilter.OperatorEnum",
    "How a tag is compared",
    &["EQ", "EXISTS", "ILIKE", "LIKE", "NEQ", "NEXISTS"],
);

pub(crate) static TAG_FILTER: Model = Model::object(
    "iam.resource.TagFilter",
    "A condition on a tag",
    &[
        Field::set("operator", Kind::Of(&TAG_OPERATOR), "How the tag is compared; EQ when it is left out").or_null(),
        Field::set("value", Kind::String, "What it is compared with").or_null().like("prod"),
    ],
);

static LICENCE_TYPE: Model =
    Model::one_of("saas.csp2.LicenseTypeEnum", "Whether a licence stands alone", &["ADDON", "NON-SPECIFIC"]);

pub(crate) static LICENCE: Model = Model::object(
    "saas.csp2.OfficeLicence",
    "A licence that can be ordered",
    &[
        Field::shown("id", Kind::Long, "Its number").like("42"),
        Field::shown("name", Kind::String, "Its name, with the length of its term").like("Business Basic (1 year)"),
        Field::shown("licenceType", Kind::Of(&LICENCE_TYPE), "Whether it stands alone").like("NON-SPECIFIC"),
        Field::shown("limit", Kind::Long, "Most seats of one subscription").or_null().like("300"),
        Field::shown("newSubscriptionsAllowed", Kind::Boolean, "Whether it can be ordered"),
        Field::shown("newSeatsAllowed", Kind::Boolean, "Whether seats can be added"),
    ],
);

pub(crate) static SUBSCRIPTION: Model = Model::object(
    "saas.csp2.OfficeSubscription",
    "Seats of one licence in a tenant",
    &[
        Field::shown("id", Kind::Long, "Its number").like("1001"),
        Field::shown("licenseId", Kind::Long, "Its licence").like("42"),
        Field::shown("quantity", Kind::Long, "Its seats").like("10"),
        Field::shown("status", Kind::String, "Where it stands: ok, creating, updating, deleting, suspended or error")
            .like("ok"),
        Field::shown("creationDate", Kind::Datetime, "When it was bought"),
        Field::shown("lastUpdate", Kind::Datetime, "When it was last changed").or_null(),
        Field::shown("taskPendingId", Kind::Long, "The task that changes it now; 0 when none does").like("0"),
    ],
);

static TASK_STATUS: Model =
    Model::one_of("saas.csp2.TaskStatusEnum", "Where a task stands", &["cancelled", "doing", "done", "error", "todo"]);

pub(crate) static TASK: Model = Model::object(
    "saas.csp2.OfficeTask",
    "Work on a tenant that was asked for",
    &[
        Field::shown("id", Kind::Long, "Its number").like("1005"),
        Field::shown(
            "function",
            Kind::String,
            "What it does: createTenant, createSubscription, createAddonSubscription, changeSubscriptionQuantity, \
             deleteSubscription or changeRenewal",
        )
        .like("changeSubscriptionQuantity"),
        Field::shown("status", Kind::Of(&TASK_STATUS), "Where it stands").like("todo"),
        Field::shown("todoDate", Kind::Datetime, "When it was asked for"),
        Field::shown("finishDate", Kind::Datetime, "When it ended").or_null(),
    ],
);

const LICENCE_ID: Field = Field::must("licenseId", Kind::Long, "The licence").like("42");
const QUANTITY: Field = Field::must("quantity", Kind::Long, "How many seats").like("10");

pub(crate) static SUBSCRIPTION_CREATION: Model =
    Model::object("saas.csp2.SubscriptionCreation", "A further licence of a tenant", &[LICENCE_ID, QUANTITY]);

pub(crate) static ADD_ON_CREATION: Model =
    Model::object("saas.csp2.SubscriptionOrderAddonCreation", "An add-on of a subscription", &[LICENCE_ID, QUANTITY]);

pub(crate) static QUANTITY_CHANGE: Model = Model::object(
    "saas.csp2.SubscriptionChangeQuantityCreation",
    "Other seats of a subscription",
    &[Field::must("quantity", Kind::Long, "The new total of seats").like("12")],
);

const PEAK_FIELDS: [Field; 3] = [
    Field::shown("licenceId", Kind::Long, "The licence").like("42"),
    Field::shown("licenceName", Kind::String, "Its name").like("Business Basic (1 year)"),
    Field::shown("peakCount", Kind::Long, "Most seats at one time").like("12"),
];

static BILLING_LINE: Model =
    Model::object("saas.csp2.BillingStatisticsLine", "The seats of a licence in a billing period", &PEAK_FIELDS);

pub(crate) static BILLING_STATISTICS: Model = Model::object(
    "saas.csp2.BillingStatistics",
    "The seats of the current billing period, a calendar month",
    &[
        Field::shown("startDate", Kind::Date, "Its first day").like("2026-03-01"),
        Field::shown("endDate", Kind::Date, "Its last day").like("2026-03-31"),
        Field::shown("lines", Kind::List(&Kind::Of(&BILLING_LINE)), "One line per licence"),
    ],
);

static STATISTICS_LINE: Model = Model::more_than(
    &BILLING_LINE,
    "saas.csp2.StatisticsLine",
    "The seats of a licence on a day",
    &[Field::shown("endOfDayCount", Kind::Long, "Seats at the end of the day").like("10")],
);

pub(crate) static STATISTICS: Model = Model::object(
    "saas.csp2.Statistics",
    "The seats of a day",
    &[
        Field::shown("date", Kind::Date, "The day"),
        Field::shown("lines", Kind::List(&Kind::Of(&STATISTICS_LINE)), "One line per licence"),
    ],
);

pub(crate) static TIME_PERIOD: Model = Model::one_of(
    "saas.csp2.StatisticsPeriodEnum",
    "A span of days that ends today",
    &["lastMonth", "lastQuarter", "lastWeek", "lastYear"],
);

pub(crate) static MAIL_SERVICE: Model = Model::one_of(
    "saas.csp2.ServiceTypeEnum",
    "What a domain is used for",
    &["Email", "Intune", "OfficeCommunicationsOnline"],
);

static SERVICE_STATE: Model = Model::one_of(
    "service.StateEnum",
    "Where a service stands",
    &["autorenewInProgress", "expired", "inCreation", "ok", "pendingDebt", "unPaid"],
);

static RENEWAL_TYPE: Model = Model::one_of(
    "service.RenewalTypeEnum",
    "How a service renews",
    &[
        "automaticForcedProduct",
        "automaticV2012",
        "automaticV2014",
        "automaticV2016",
        "automaticV2024",
        "manual",
        "oneShot",
        "option",
    ],
);

static RENEW: Model = Model::object(
    "service.RenewType",
    "What happens at the end of the term",
    &[
        Field::set("automatic", Kind::Boolean, "Whether Microsoft renews by itself: always").like("true"),
        Field::set("deleteAtExpiration", Kind::Boolean, "Whether every subscription ends with its term instead"),
        Field::set("forced", Kind::Boolean, "Whether the renewal cannot be refused: never"),
        Field::set("manualPayment", Kind::Boolean, "Whether the renewal is paid by hand: never").or_null(),
        Field::set("period", Kind::Long, "The months of the renewal; null: the term of each licence").or_null(),
    ],
);

pub(crate) static SERVICE: Model = Model::object(
    "services.Service",
    "The dates and the renewal of a service",
    &[
        Field::shown("serviceId", Kind::Long, "Its number").like("1001"),
        Field::shown("domain", Kind::String, "Its name").like("contoso123.onmicrosoft.com"),
        Field::shown("status", Kind::Of(&SERVICE_STATE), "Where it stands").like("ok"),
        Field::shown("creation", Kind::Date, "The day on which it was ordered"),
        Field::shown("expiration", Kind::Date, "The day on which the first running term ends").like("2027-03-05"),
        Field::shown("engagedUpTo", Kind::Date, "The day on which the last running term ends")
            .or_null()
            .like("2027-03-05"),
        Field::shown("renewalType", Kind::Of(&RENEWAL_TYPE), "How it renews").like("automaticV2016"),
        Field::shown("possibleRenewPeriod", LONGS, "The months for which it can be renewed").or_null(),
        Field::shown("canDeleteAtExpiration", Kind::Boolean, "Whether it can end with its terms").like("true"),
        Field::shown("contactAdmin", Kind::String, "The account that may change it").like("cn1234-lv"),
        Field::shown("contactBilling", Kind::String, "The account that pays").like("cn1234-lv"),
        Field::shown("contactTech", Kind::String, "The account that looks after it").like("cn1234-lv"),
        Field::set("renew", Kind::Of(&RENEW), "What happens at the end of the term").or_null(),
    ],
);
