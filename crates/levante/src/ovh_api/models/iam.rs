//! Rights: resources, policies and groups of actions (contracts/ovh-api.md §8).

use crate::ovh_api::schema::{Field, Kind, Model, STRINGS};

pub(crate) static RESOURCE: Model = Model::object(
    "iam.resource.Resource",
    "Something that rights are about",
    &[
        Field::shown("id", Kind::Uuid, "Its id"),
        Field::shown("urn", Kind::String, "Its name in policies")
            .like("urn:v1:eu:resource:cspReseller:contoso123.onmicrosoft.com"),
        Field::shown("name", Kind::String, "The name of the service, or of the account")
            .like("contoso123.onmicrosoft.com"),
        Field::shown("displayName", Kind::String, "Its name for people").like("Contoso Srl"),
        Field::shown("type", Kind::String, "What it is: cspReseller or account").like("cspReseller"),
        Field::shown("owner", Kind::String, "The account that it belongs to").like("cn1234-lv"),
        Field::shown("tags", Kind::Map(&Kind::String), "Its tags: none"),
    ],
);

static ACTION: Model = Model::object(
    "iam.policy.Action",
    "Actions by their name",
    &[Field::must("action", Kind::String, "A name; with * at its end: all that begin so").like("cspReseller:apiovh:*")],
);
const ACTIONS: Kind = Kind::List(&Kind::Of(&ACTION));

static PERMISSIONS: Model = Model::object(
    "iam.policy.Permissions",
    "What a policy allows and denies",
    &[
        Field::set("allow", ACTIONS, "What it allows,"),
        Field::set("except", ACTIONS, "but not these"),
        Field::set("deny", ACTIONS, "What it denies, whatever another policy allows"),
    ],
);

static POLICY_RESOURCE: Model = Model::object(
    "iam.policy.Resource",
    "What a policy is about",
    &[
        Field::must("urn", Kind::String, "A resource; * for all of the account, …:cspReseller:* for every tenant")
            .like("urn:v1:eu:resource:cspReseller:*"),
        Field::shown("resource", Kind::Of(&RESOURCE), "The resource, where details are asked for").or_null(),
        Field::not_kept("group", Kind::String),
    ],
);

static POLICY_GROUP: Model = Model::object(
    "iam.policy.PermissionsGroup",
    "A group of actions that a policy allows",
    &[Field::must("urn", Kind::String, "Its name").like("urn:v1:eu:permissionsGroup:ovh:globalReadAccess")],
);

pub(crate) static POLICY: Model = Model::object(
    "iam.policy.Policy",
    "Who may do what",
    &[
        Field::shown("id", Kind::Uuid, "Its id"),
        Field::must("name", Kind::String, "Its name").like("Reports"),
        Field::set("description", Kind::String, "What it is for").like("The nightly report reads everything"),
        Field::shown("owner", Kind::String, "The account that it belongs to").like("cn1234-lv"),
        Field::must("identities", STRINGS, "Whom it is about: service accounts and users")
            .like("urn:v1:eu:identity:account:cn1234-lv"),
        Field::must("resources", Kind::List(&Kind::Of(&POLICY_RESOURCE)), "What it is about"),
        Field::set("permissions", Kind::Of(&PERMISSIONS), "What it allows and denies"),
        Field::set("permissionsGroups", Kind::List(&Kind::Of(&POLICY_GROUP)), "Groups of actions that it allows"),
        Field::set("expiredAt", Kind::Datetime, "Until when it counts; null: for ever")
            .or_null()
            .like("2036-03-05T09:30:00+00:00"),
        Field::shown("createdAt", Kind::Datetime, "When it was made"),
        Field::shown("updatedAt", Kind::Datetime, "When it was last changed"),
        Field::shown("readOnly", Kind::Boolean, "Whether it cannot be changed: never"),
        Field::not_kept("conditions", Kind::String),
    ],
);

pub(crate) static PERMISSIONS_GROUP: Model = Model::object(
    "iam.permissionsGroup.PermissionsGroup",
    "A set of actions that is kept up to date",
    &[
        Field::shown("id", Kind::Uuid, "Its id"),
        Field::shown("urn", Kind::String, "Its name in policies")
            .like("urn:v1:eu:permissionsGroup:ovh:globalReadAccess"),
        Field::shown("name", Kind::String, "Its name for people").like("globalReadAccess"),
        Field::shown("description", Kind::String, "What is in it").like("Every action that only reads"),
        Field::shown("owner", Kind::String, "Who keeps it").like("ovh"),
        Field::shown("permissions", Kind::Of(&PERMISSIONS), "Its actions"),
    ],
);

pub(crate) static RESOURCE_GROUP: Model = Model::object(
    "iam.resourceGroup.ResourceGroup",
    "A set of resources",
    &[
        Field::shown("id", Kind::Uuid, "Its id"),
        Field::shown("urn", Kind::String, "Its name in policies"),
        Field::shown("name", Kind::String, "Its name for people"),
        Field::shown("owner", Kind::String, "The account that it belongs to"),
        Field::shown("readOnly", Kind::Boolean, "Whether it cannot be changed"),
        Field::shown("resources", Kind::List(&Kind::Of(&RESOURCE)), "What is in it"),
    ],
);

pub(crate) static REFERENCE: Model = Model::object(
    "iam.reference.Action",
    "An action that policies can name",
    &[
        Field::shown("action", Kind::String, "Its name").like("cspReseller:apiovh:subscription/get"),
        Field::shown("description", Kind::String, "What it does").like("The subscriptions of a tenant"),
        Field::shown("resourceType", Kind::String, "On what: cspReseller or account").like("cspReseller"),
    ],
);
