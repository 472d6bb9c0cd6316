//! The words in which a route describes itself: types, fields, models and the stage of an operation
//! (contracts/ovh-api.md §4.2).
//!
//! All of it is constant data beside the routes. The check of what arrives (`declared.rs`), OVHcloud's schema
//! documents, OpenAPI and paging read nothing else, so they cannot say different things.

use std::fmt;

pub(super) mod documents;
mod links;
mod openapi;
mod yaml;

/// The type of a value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// No value: an answer of `null`.
    Void,
    /// One line of text.
    String,
    /// Text of several lines.
    Text,
    /// Text that is never shown again.
    Password,
    /// A telephone number.
    PhoneNumber,
    /// A whole number.
    Long,
    /// A number.
    Double,
    /// True or false.
    Boolean,
    /// A day, `2026-03-05`.
    Date,
    /// An instant with its offset, `2026-03-05T09:30:00+00:00`.
    Datetime,
    /// An ISO 8601 duration, `P1M`.
    Duration,
    /// A block of addresses, `192.0.2.0/24`.
    IpBlock,
    /// A UUID.
    Uuid,
    /// A model or an enum.
    Of(&'static Model),
    /// A list.
    List(&'static Kind),
    /// An object with any keys.
    Map(&'static Kind),
}

/// `long[]`.
pub(crate) const LONGS: Kind = Kind::List(&Kind::Long);
/// `string[]`.
pub(crate) const STRINGS: Kind = Kind::List(&Kind::String);

impl fmt::Display for Kind {
    /// The name of OVHcloud's schemas.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            Kind::Void => "void",
            Kind::String => "string",
            Kind::Text => "text",
            Kind::Password => "password",
            Kind::PhoneNumber => "phoneNumber",
            Kind::Long => "long",
            Kind::Double => "double",
            Kind::Boolean => "boolean",
            Kind::Date => "date",
            Kind::Datetime => "datetime",
            Kind::Duration => "duration",
            Kind::IpBlock => "ipBlock",
            Kind::Uuid => "uuid",
            Kind::Of(model) => model.name,
            Kind::List(of) => return write!(f, "{of}[]"),
            Kind::Map(Kind::List(of)) => return write!(f, "map[string][]{of}"),
            Kind::Map(of) => return write!(f, "map[string]{of}"),
        };
        f.write_str(word)
    }
}

impl Kind {
    /// The model inside lists and maps.
    pub(crate) fn model(&self) -> Option<&'static Model> {
        match self {
            Kind::Of(model) => Some(model),
            Kind::List(of) | Kind::Map(of) => of.model(),
            _ => None,
        }
    }
}

/// A property of a model, a field of a body or a query parameter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    /// On the wire.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// One sentence for people, without its full stop.
    pub(crate) text: &'static str,
    /// A request without it is refused by its handler.
    pub(crate) required: bool,
    /// An answer may hold `null` here.
    pub(crate) nullable: bool,
    /// A request may repeat it, whatever its value; it is ignored.
    pub(crate) read_only: bool,
    /// False for what OVHcloud keeps and we do not: only `null` is taken.
    pub(crate) offered: bool,
    /// An example, as text.
    pub(crate) sample: &'static str,
}

impl Field {
    /// What an answer shows and nobody can set.
    pub(crate) const fn shown(name: &'static str, kind: Kind, text: &'static str) -> Field {
        let (required, nullable, read_only, offered) = (false, false, true, true);
        Field { name, kind, text, required, nullable, read_only, offered, sample: "" }
    }
    /// What a request may set.
    pub(crate) const fn set(name: &'static str, kind: Kind, text: &'static str) -> Field {
        Field { read_only: false, ..Field::shown(name, kind, text) }
    }
    /// What a request must set.
    pub(crate) const fn must(name: &'static str, kind: Kind, text: &'static str) -> Field {
        Field { required: true, ..Field::set(name, kind, text) }
    }
    /// What OVHcloud keeps and we do not: `null` in answers.
    pub(crate) const fn not_kept(name: &'static str, kind: Kind) -> Field {
        Field { offered: false, ..Field::set(name, kind, "Not kept here: always null").or_null() }
    }
    /// May be `null`.
    pub(crate) const fn or_null(mut self) -> Field {
        self.nullable = true;
        self
    }
    /// With an example.
    pub(crate) const fn like(mut self, sample: &'static str) -> Field {
        self.sample = sample;
        self
    }
}

/// An object or an enum of the schema.
#[derive(Debug)]
pub(crate) struct Model {
    /// Its full name, such as `saas.csp2.OfficeTask`.
    pub(crate) name: &'static str,
    /// One sentence for people, without its full stop.
    pub(crate) text: &'static str,
    pub(crate) shape: Shape,
}

/// What a model is.
#[derive(Debug)]
pub(crate) enum Shape {
    /// An object: the fields of another model first, if there is one, then its own.
    Object(Option<&'static Model>, &'static [Field]),
    /// One of these words.
    OneOf(&'static [&'static str]),
}

impl Model {
    /// An object.
    pub(crate) const fn object(name: &'static str, text: &'static str, fields: &'static [Field]) -> Model {
        Model { name, text, shape: Shape::Object(None, fields) }
    }
    /// An object with everything of another one, and more.
    pub(crate) const fn more_than(
        base: &'static Model,
        name: &'static str,
        text: &'static str,
        fields: &'static [Field],
    ) -> Model {
        Model { name, text, shape: Shape::Object(Some(base), fields) }
    }
    /// An enum.
    pub(crate) const fn one_of(name: &'static str, text: &'static str, words: &'static [&'static str]) -> Model {
        Model { name, text, shape: Shape::OneOf(words) }
    }
    /// The fields of an object; none of an enum.
    pub(crate) fn fields(&self) -> Box<dyn Iterator<Item = &'static Field> + Send> {
        match self.shape {
            Shape::OneOf(_) => Box::new(std::iter::empty()),
            Shape::Object(None, own) => Box::new(own.iter()),
            Shape::Object(Some(base), own) => Box::new(base.fields().chain(own)),
        }
    }
    /// The words of an enum.
    pub(crate) fn words(&self) -> Option<&'static [&'static str]> {
        match self.shape {
            Shape::OneOf(words) => Some(words),
            Shape::Object(..) => None,
        }
    }
    /// The field of a name.
    pub(crate) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields().find(|f| f.name == name)
    }
}

/// The body of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Body {
    /// None is taken.
    None,
    /// Fields that are parameters of their own.
    Loose(&'static [Field]),
    /// One whole object.
    Whole(&'static Model),
    /// One whole object, by the name of the first model. Clients that read, change and write back send the
    /// second one, which has more: that is taken and ignored.
    WrittenBack(&'static Model, &'static Model),
}

impl Body {
    /// The fields that it declares.
    pub(crate) fn fields(&self) -> Box<dyn Iterator<Item = &'static Field> + Send> {
        match self {
            Body::None => Box::new(std::iter::empty()),
            Body::Loose(fields) => Box::new(fields.iter()),
            Body::Whole(model) | Body::WrittenBack(_, model) => model.fields(),
        }
    }

    /// The model of a whole object.
    pub(crate) fn whole(&self) -> Option<&'static Model> {
        match self {
            Body::None | Body::Loose(_) => None,
            Body::Whole(model) | Body::WrittenBack(model, _) => Some(model),
        }
    }
}

/// How far an operation may be relied on (`apiStatus`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// May change.
    Alpha,
    /// May still change.
    Beta,
    /// Stays.
    Production,
    /// Will go away.
    Deprecated {
        /// Since when, as a `datetime`.
        since: &'static str,
        /// When it goes, as a `datetime`.
        until: &'static str,
    },
}

impl Stage {
    /// OVHcloud's word and its description.
    pub(crate) fn words(&self) -> (&'static str, &'static str) {
        match self {
            Stage::Alpha => ("ALPHA", "Alpha version"),
            Stage::Beta => ("BETA", "Beta version"),
            Stage::Production => ("PRODUCTION", "Stable production version"),
            Stage::Deprecated { .. } => ("DEPRECATED", "Deprecated, will be removed"),
        }
    }
}

/// The values that stand in paths, by their names.
pub(crate) const PATH_VALUES: &[Field] = &[
    Field::must("applicationId", Kind::Long, "The number of the application").like("1001"),
    Field::must("billDetailId", Kind::String, "The number of the line of the bill").like("1"),
    Field::must("billId", Kind::String, "The number of the bill").like("LV1001"),
    Field::must("cartId", Kind::String, "The id of the cart").like("0f8c3b5e9d6a41c2b7e05d1f2a3b4c5d"),
    Field::must("clientId", Kind::String, "The id of the service account").like("0123456789abcdef"),
    Field::must("configurationId", Kind::Long, "The number of the configuration item").like("1004"),
    Field::must("credentialId", Kind::Long, "The number of the credential").like("1002"),
    Field::must("duration", Kind::Duration, "The term").like("P1Y"),
    Field::must("id", Kind::Long, "The number of the object").like("1001"),
    Field::must("itemId", Kind::Long, "The number of the item").like("1003"),
    Field::must("licenseName", Kind::Of(&super::older_orders::LICENCE_NAME), "The name of the licence")
        .like("Business"),
    Field::must("logId", Kind::Long, "The number of the entry").like("1767225600000000"),
    Field::must("orderDetailId", Kind::Long, "The number of the line of the order").like("100101"),
    Field::must("orderId", Kind::Long, "The number of the order").like("1001"),
    Field::must("policyId", Kind::Uuid, "The id of the policy").like("0190a0b0-0000-7000-8000-000000000001"),
    Field::must("resourceURN", Kind::String, "The name of the resource")
        .like("urn:v1:eu:resource:cspReseller:contoso123.onmicrosoft.com"),
    Field::must("serviceId", Kind::Long, "The number of the service").like("1001"),
    Field::must("serviceName", Kind::String, "The name of the service: the tenant's name at Microsoft")
        .like("contoso123.onmicrosoft.com"),
    Field::must("user", Kind::String, "The login of the user").like("nightly"),
];

/// The declaration of a value in a path; one without is a text.
pub(crate) fn path_value(name: &'static str) -> Field {
    let declared = PATH_VALUES.iter().find(|f| f.name == name).copied();
    declared.unwrap_or(Field::must(name, Kind::String, "A part of the path"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_the_names_of_ovhclouds_schemas() {
        static WORD: Model = Model::one_of("a.WordEnum", "A word", &["x"]);
        static WORDS: Kind = Kind::List(&Kind::Of(&WORD));
        for (kind, name) in [
            (LONGS, "long[]"),
            (Kind::Of(&WORD), "a.WordEnum"),
            (WORDS, "a.WordEnum[]"),
            (Kind::Map(&Kind::String), "map[string]string"),
            (Kind::Map(&WORDS), "map[string][]a.WordEnum"),
            (Kind::IpBlock, "ipBlock"),
            (Kind::PhoneNumber, "phoneNumber"),
        ] {
            assert_eq!(kind.to_string(), name);
        }
    }
}
