//! Keys and who holds them (contracts/ovh-api.md §§2.5–2.7).

use crate::ovh_api::schema::{Field, Kind, Model, STRINGS};
use licensing::permission::METHODS;

pub(crate) static HTTP_METHOD: Model = Model::one_of("http.MethodEnum", "A method of HTTP", &METHODS);

pub(crate) static CREDENTIAL_STATE: Model = Model::one_of(
    "auth.CredentialStateEnum",
    "Where a credential stands",
    &["expired", "pendingValidation", "refused", "validated"],
);

static APPLICATION_STATUS: Model = Model::one_of(
    "auth.ApplicationStatusEnum",
    "Where an application stands",
    &["active", "blocked", "inactive", "trusted"],
);

static METHOD: Model = Model::one_of(
    "auth.MethodEnum",
    "How a caller is known",
    &["account", "oauth2_client_credentials", "provider", "user"],
);

static ACCESS_RULE: Model = Model::object(
    "auth.AccessRule",
    "One thing that a key may do: a method and a path, in which * stands for any run of characters",
    &[
        Field::must("method", Kind::Of(&HTTP_METHOD), "The method").like("GET"),
        Field::must("path", Kind::String, "The path below the branch").like("/saas/csp2/*"),
    ],
);
const ACCESS_RULES: Kind = Kind::List(&Kind::Of(&ACCESS_RULE));

pub(crate) static REQUEST_PARAMS: Model = Model::object(
    "auth.ApiCredentialRequestParams",
    "What a program asks its user for",
    &[
        Field::must("accessRules", ACCESS_RULES, "What the key shall be allowed to do"),
        Field::set("allowedIPs", Kind::List(&Kind::IpBlock), "From where the key may be used; null: from anywhere")
            .or_null(),
        Field::set("redirection", Kind::String, "Where the browser goes after the validation: http or https")
            .or_null()
            .like("https://shop.example/back"),
    ],
);

pub(crate) static REQUEST: Model = Model::object(
    "auth.ApiCredentialRequest",
    "A key that waits for its validation",
    &[
        Field::shown("consumerKey", Kind::String, "The consumer key").like("TestConsumerKey00000000000000001"),
        Field::shown("state", Kind::Of(&CREDENTIAL_STATE), "Where it stands").like("pendingValidation"),
        Field::shown("validationUrl", Kind::String, "The page on which the account holder validates it")
            .like("https://panel.reseller.example/auth/?credentialToken=0123456789abcdef"),
    ],
);

pub(crate) static CREDENTIAL: Model = Model::object(
    "auth.ApiCredential",
    "A credential: a consumer key and what it may do",
    &[
        Field::shown("credentialId", Kind::Long, "Its number").like("1002"),
        Field::shown("applicationId", Kind::Long, "The application that uses it").like("1001"),
        Field::shown("status", Kind::Of(&CREDENTIAL_STATE), "Where it stands").like("validated"),
        Field::shown("rules", ACCESS_RULES, "What it may do"),
        Field::shown("creation", Kind::Datetime, "When it was asked for"),
        Field::shown("expiration", Kind::Datetime, "When it ends").or_null(),
        Field::shown("lastUse", Kind::Datetime, "When it was last used").or_null(),
        Field::set("allowedIPs", STRINGS, "From where it may be used; null: from anywhere")
            .or_null()
            .like("192.0.2.0/24"),
        Field::shown("ovhSupport", Kind::Boolean, "Whether it was made for OVHcloud's support: never here"),
    ],
);

pub(crate) static APPLICATION: Model = Model::object(
    "auth.ApiApplication",
    "A program that uses the API",
    &[
        Field::shown("applicationId", Kind::Long, "Its number").like("1001"),
        Field::shown("applicationKey", Kind::String, "Its key").like("TestAppKey000001"),
        Field::shown("name", Kind::String, "Its name").like("Nightly report"),
        Field::shown("description", Kind::String, "What it does").like("Reads the seats of all tenants"),
        Field::shown("status", Kind::Of(&APPLICATION_STATUS), "Where it stands").like("active"),
    ],
);

static OAUTH2_FLOW: Model = Model::one_of(
    "me.oauth2.FlowEnum",
    "How a client of OAuth2 gets its token",
    &["AUTHORIZATION_CODE", "CLIENT_CREDENTIALS"],
);

const CALLBACKS: Field = Field::set(
    "callbackUrls",
    STRINGS,
    "Addresses that belong to it: http or https. Kept and shown; nobody is sent there",
)
.like("https://shop.example/back");

/// What a new service account is made of.
pub(crate) const CLIENT_CREATION: &[Field] = &[
    CALLBACKS,
    Field::must("description", Kind::String, "What it is for").like("Reads the seats of all tenants"),
    Field::must("flow", Kind::Of(&OAUTH2_FLOW), "CLIENT_CREDENTIALS; the other one is not offered")
        .like("CLIENT_CREDENTIALS"),
    Field::must("name", Kind::String, "Its name").like("Nightly report"),
];

pub(crate) static CLIENT_CREATED: Model = Model::object(
    "me.oauth2.ClientCreated",
    "A new service account with its secret",
    &[
        Field::shown("clientId", Kind::String, "Its id").like("0123456789abcdef"),
        Field::shown("clientSecret", Kind::Password, "Its secret, shown this once").like("not shown again"),
    ],
);

pub(crate) static CLIENT: Model = Model::object(
    "me.oauth2.Client",
    "A service account",
    &[
        Field::shown("clientId", Kind::String, "Its id").like("0123456789abcdef"),
        Field::set("name", Kind::String, "Its name").like("Nightly report"),
        Field::set("description", Kind::String, "What it is for").like("Reads the seats of all tenants"),
        Field::shown("flow", Kind::Of(&OAUTH2_FLOW), "How it gets its token").like("CLIENT_CREDENTIALS"),
        Field { nullable: true, ..CALLBACKS },
        Field::shown("createdAt", Kind::Datetime, "When it was made"),
        Field::shown("identity", Kind::String, "Its name in policies")
            .or_null()
            .like("urn:v1:eu:identity:credential:cn1234-lv/oauth2-0123456789abcdef"),
    ],
);

pub(crate) static USER_GROUP: Model = Model::one_of(
    "me.identity.GroupEnum",
    "What a user may do before any policy. ADMIN: everything. DEFAULT: everything but managing keys, users and \
     rights. UNPRIVILEGED: reading. NONE: nothing",
    &["ADMIN", "DEFAULT", "NONE", "UNPRIVILEGED"],
);

static USER_STATUS: Model =
    Model::one_of("me.identity.UserStatusEnum", "Whether a user may come in", &["DISABLED", "OK"]);

pub(crate) static USER: Model = Model::object(
    "me.identity.User",
    "A user of the account",
    &[
        Field::shown("login", Kind::String, "The name behind the account's").like("nightly"),
        Field::set("email", Kind::String, "The user's e-mail address").like("nightly@contoso.example"),
        Field::set("description", Kind::String, "What the user is for").like("Reads the figures"),
        Field::set("group", Kind::Of(&USER_GROUP), "What the user may do").like("UNPRIVILEGED"),
        Field::shown("status", Kind::Of(&USER_STATUS), "Whether the user may come in").like("OK"),
        Field::shown("creation", Kind::Datetime, "When the user was made"),
        Field::shown("lastUpdate", Kind::Datetime, "When the user was last changed"),
        Field::shown("passwordLastUpdate", Kind::Datetime, "When the password was set").or_null(),
        Field::shown("urn", Kind::String, "The user's name in policies")
            .like("urn:v1:eu:identity:user:cn1234-lv/nightly"),
    ],
);

pub(crate) static LOG: Model = Model::object(
    "audit.Log",
    "Something that was done",
    &[
        Field::shown("logId", Kind::Long, "Its number").like("1767225600000000"),
        Field::shown("date", Kind::Datetime, "When"),
        Field::shown("account", Kind::String, "For which account").like("cn1234-lv"),
        Field::shown("ip", Kind::String, "From which address").or_null().like("192.0.2.7"),
        Field::shown("identity", Kind::String, "By whom: a member, a credential, a service account, the workflow")
            .like("credential/1002"),
        Field::shown("action", Kind::String, "What was done").like("OrderPlaced"),
        Field::shown("object", Kind::String, "To what").like("order/1001"),
    ],
);

pub(crate) static DETAILS: Model = Model::object(
    "auth.Details",
    "Who calls, and what the caller may do",
    &[
        Field::shown("account", Kind::String, "The account").like("cn1234-lv"),
        Field::shown("method", Kind::Of(&METHOD), "How the caller is known"),
        Field::shown("identities", STRINGS, "The names of the caller in rights")
            .like("urn:v1:eu:identity:account:cn1234-lv"),
        Field::shown("allowedRoutes", ACCESS_RULES, "What the key may do; null: everything").or_null(),
        Field::shown("roles", STRINGS, "The roles of the caller").or_null(),
        Field::shown("user", Kind::String, "The user of the account").or_null(),
        Field::shown("description", Kind::String, "The description of the caller").or_null(),
    ],
);
