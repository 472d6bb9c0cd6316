use super::*;
use fluent_syntax_view::{Shape, variables};
use jiff::tz::TimeZone;
use licensing::{
    money::{Currency, Money},
    order::Step,
};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};

/// Keys and variables of a message file, read from its text: enough for our files, which
/// `try_new` has parsed before.
mod fluent_syntax_view {
    use std::collections::{BTreeMap, BTreeSet};

    pub type Shape = BTreeMap<String, BTreeSet<String>>;

    pub fn variables(source: &str) -> Shape {
        let mut shape = Shape::new();
        let mut key = String::new();
        for line in source.lines().filter(|l| !l.starts_with('#')) {
            if line.starts_with(|c: char| c.is_ascii_alphabetic()) {
                key = line.split('=').next().unwrap_or_default().trim().to_owned();
                assert!(shape.insert(key.clone(), BTreeSet::new()).is_none(), "{key} is there twice");
            }
            for piece in line.split('$').skip(1) {
                let name: String = piece.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
                shape.get_mut(&key).expect("a key").insert(name);
            }
        }
        shape
    }
}

fn shape(language: Language) -> Shape {
    variables(language.source().expect("an offered language has a file"))
}

fn eur(cents: i64) -> Money {
    Money { amount: Decimal::new(cents, 2), currency: Currency::EUR }
}

#[test]
fn all_files_have_the_same_keys_and_variables() {
    let reference = shape(Language::FALLBACK);
    assert!(reference.len() > 100, "only {} keys", reference.len());
    for language in Language::OFFERED {
        let other = shape(*language);
        let keys = |s: &Shape| s.keys().cloned().collect::<BTreeSet<_>>();
        let differ: Vec<_> = keys(&reference).symmetric_difference(&keys(&other)).cloned().collect();
        assert!(differ.is_empty(), "{}: keys in one file only: {differ:?}", language.code());
        let wrong: BTreeMap<_, _> = other.iter().filter(|(k, v)| reference[*k] != **v).collect();
        assert!(wrong.is_empty(), "{}: other variables: {wrong:?}", language.code());
        let bundle = &SENTENCES.iter().find(|(l, _)| l == language).expect("a bundle").1.bundle;
        for key in other.keys() {
            assert!(bundle.get_message(key).is_some_and(|m| m.value().is_some()), "{key} does not parse");
        }
    }
}

#[test]
fn every_message_can_be_said() {
    for language in Language::OFFERED {
        for (key, names) in shape(*language) {
            for count in [0, 1, 2, 1_000_000] {
                let values: Vec<(&str, Value)> = names.iter().map(|n| (n.as_str(), Value::Count(count))).collect();
                let said = language.text().say_with(&key, &values);
                assert!(!said.trim().is_empty() && !said.contains('{') && !said.contains('\u{2068}'), "{key}: {said}");
            }
        }
    }
}

#[test]
fn what_has_no_variables_is_written_out_and_nothing_else() {
    for language in Language::OFFERED {
        let text = language.text();
        let (fixed, with): (Vec<_>, Vec<_>) = shape(*language).into_iter().partition(|(_, names)| names.is_empty());
        for (key, _) in fixed {
            let bundle = &text.sentences().expect("an offered language").bundle;
            let pattern = bundle.get_message(&key).and_then(|m| m.value()).expect("a value");
            let said = bundle.format_pattern(pattern, None, &mut Vec::new()).into_owned();
            assert_eq!((text.fixed(&key), text.say(&key)), (Some(said.as_str()), said.clone()), "{key}");
        }
        for (key, _) in with {
            assert_eq!(text.fixed(&key), None, "{key} has variables");
        }
    }
    assert_eq!(Language::It.text().fixed("nobody-wrote-this"), None);
    assert_eq!(Language::De.text().fixed("services-title"), Language::FALLBACK.text().fixed("services-title"));
}

#[test]
#[should_panic(expected = "no message nobody-wrote-this")]
fn a_missing_key_fails_tests() {
    Language::It.text().say("nobody-wrote-this");
}

#[test]
#[should_panic(expected = "seats")]
fn a_missing_variable_fails_tests() {
    Language::It.text().say("licence-count");
}

#[test]
fn every_word_of_the_rules_has_a_message() {
    let families: &[(&str, &[&str])] = &[
        ("rule", Rule::CODES),
        ("step", Step::WORDS),
        ("service-status", &["creating", "ok", "suspending", "suspended", "reopening", "inMaintenance"]),
        ("subscription-status", &["ok", "creating", "updating", "deleting", "suspended", "error"]),
        ("subscription-status", &["active", "cancelled", "renewing", "extendedTerm", "expired", "disabled", "deleted"]),
        (
            "task",
            &[
                "createTenant",
                "createSubscription",
                "createAddonSubscription",
                "changeSubscriptionQuantity",
                "deleteSubscription",
            ],
        ),
        ("task-state", &["todo", "doing", "done", "error", "cancelled"]),
        ("order-state", &["accepted", "delivering", "delivered", "partial", "refused"]),
        ("flag", FLAGS),
        ("flag-advice", FLAGS),
        ("field", FIELDS),
    ];
    for language in Language::OFFERED {
        let known = shape(*language);
        for (family, words) in families {
            for word in *words {
                let key = format!("{family}-{word}");
                assert!(known.contains_key(&key), "{} lacks {key}", language.code());
            }
        }
    }
}

const FLAGS: &[&str] = &[
    "MPN_ID_MISSING",
    "MPN_ID_INVALID_FORMAT",
    "MPN_ID_NOT_FOUND",
    "MPN_ID_NOT_INDIRECT_RESELLER",
    "MPN_ID_REGION_MISMATCH",
    "MPN_ID_CHECK_UNAVAILABLE",
    "MPN_ID_IS_PROVIDER",
    "MPN_ID_NOT_A_LOCATION",
    "MPN_AGREEMENT_NOT_SIGNED",
    "MPN_NO_PARTNERSHIP",
];

const FIELDS: &[&str] = &[
    "mpnId",
    "customSubdomain",
    "tenantMode",
    "contactFirstName",
    "contactLastName",
    "contactEmail",
    "contactPhone",
    "contactAddress",
    "contactCity",
    "contactZipCode",
    "contactState",
    "contactCountry",
    "companyName",
    "organizationRegistrationNumber",
    "language",
    "mcaFirstName",
    "mcaLastName",
    "mcaEmail",
    "mcaAgreedAt",
    "lines",
    "licenceId",
    "quantity",
    "displayName",
    "email",
    "password",
    "firstName",
    "lastName",
    "phone",
    "address",
    "city",
    "zipCode",
    "state",
    "country",
];

#[test]
fn every_rule_makes_a_sentence_in_every_language() {
    let rules = [
        (Rule::AtMost { max: 300 }, "max 300"),
        (Rule::PostcodeForm { country: "IT".into(), example: "40126".into() }, "40126"),
        (Rule::LanguageUnknown { known: "it, en".into() }, "it, en"),
        (Rule::BaseMissing { bases: "CFQ7TTC0LH18:0001".into() }, "CFQ7TTC0LH18:0001"),
    ];
    for language in Language::OFFERED {
        for (rule, quoted) in &rules {
            let said = language.text().invalid(&Invalid::new("mpnId", "x", rule.clone()));
            assert!(said.contains(quoted.trim_start_matches("max ")) && said.contains("MPN"), "{said}");
        }
    }
}

#[test]
fn sentences_name_field_line_value_and_rule() {
    let wrong = Invalid::new("lines[1].quantity", "1000", Rule::AtMost { max: 300 });
    assert_eq!(Language::It.text().invalid(&wrong), "Numero di licenze (riga 2) «1000»: deve essere al massimo 300.");
    assert_eq!(Language::En.text().invalid(&wrong), "Number of licences (line 2) “1000”: must be at most 300.");
    let missing = Invalid::new("mpnId", "", Rule::Required);
    assert_eq!(Language::It.text().invalid(&missing), "ID MPN: è obbligatorio.");
    let one = Invalid::new("displayName", "", Rule::TooShort { min: 1 });
    assert!(Language::It.text().invalid(&one).contains("1 carattere."), "{}", Language::It.text().invalid(&one));
    let password = Invalid::new("password", "swordfish", Rule::TooShort { min: 12 });
    assert!(!Language::En.text().invalid(&password).contains("swordfish"));
    let unknown = Invalid::new("somethingNew", "x", Rule::NotText);
    assert!(Language::En.text().invalid(&unknown).starts_with("somethingNew “x”"));
}

#[test]
fn plurals() {
    let say = |l: Language, n: i64| l.text().say_with("licence-count", &[("seats", n.into())]);
    assert_eq!([say(Language::It, 1), say(Language::It, 2)], ["1 licenza", "2 licenze"]);
    assert_eq!([say(Language::En, 1), say(Language::En, 0)], ["1 licence", "0 licences"]);
    assert_eq!(say(Language::It, 12_345), "12.345 licenze");
}

#[test]
fn negotiation() {
    for (header, expected) in [
        ("", Language::En),
        ("it-IT,it;q=0.9,en;q=0.8", Language::It),
        ("en;q=0.5, it;q=0.7", Language::It),
        ("fr-FR, de;q=0.9, it;q=0.1", Language::It),
        ("ja", Language::En),
        ("*", Language::En),
        ("it;q=0", Language::En),
        ("it;q=NaN, en", Language::En),
        (";;;,,,q=", Language::En),
    ] {
        assert_eq!(negotiate(header), expected, "{header}");
    }
    assert_eq!(Language::read("IT"), Some(Language::It));
    assert_eq!(Language::read("xx"), None);
    assert_eq!(Language::ALL.iter().map(Language::code).collect::<Vec<_>>(), licensing::contact::LANGUAGES);
    assert_eq!(Language::Fr.text().say("licence-group"), Language::En.text().say("licence-group"));
}

#[test]
fn forms_of_numbers_and_dates() {
    let (it, en) = (Language::It.text(), Language::En.text());
    assert_eq!([it.number(1_234_567), en.number(-1_234_567)], ["1.234.567", "-1,234,567"]);
    let day = jiff::civil::date(2026, 3, 4);
    assert_eq!([it.date(day), en.date(day)], ["4 marzo 2026", "4 March 2026"]);
    let at: jiff::Timestamp = "2026-03-04T10:11:12Z".parse().unwrap();
    assert_eq!(it.instant(at, &TimeZone::UTC), "4 marzo 2026 alle ore 10:11 UTC");
    assert_eq!(en.instant(at, &TimeZone::UTC), "4 March 2026 at 10:11 UTC");
    let rome = TimeZone::get("Europe/Rome").unwrap();
    assert_eq!(it.instant(at, &rome), "4 marzo 2026 alle ore 11:11 CET");
    assert_eq!([it.percent(Decimal::new(2250, 2)), en.percent(Decimal::from(22))], ["22,5%", "22%"]);
    for language in Language::ALL {
        assert!(language.text().date(day).contains("2026"), "{language:?}");
    }
}

#[test]
fn forms_of_money() {
    let money = |l: Language, m: Money| l.text().money(&m).replace(['\u{a0}', '\u{202f}'], " ");
    for (language, expected) in [
        (Language::It, "1.234,50 €"),
        (Language::En, "€1,234.50"),
        (Language::Fr, "1 234,50 €"),
        (Language::De, "1.234,50 €"),
        (Language::Es, "1.234,50 €"),
        (Language::Pl, "1 234,50 €"),
        (Language::Pt, "1 234,50 €"),
    ] {
        assert_eq!(money(language, eur(123_450)), expected, "{language:?}");
    }
    assert_eq!([money(Language::It, eur(-5)), money(Language::En, eur(-5))], ["-0,05 €", "-€0.05"]);
    assert_eq!([money(Language::It, eur(0)), money(Language::En, eur(-0))], ["0,00 €", "€0.00"]);
    let half = Money { amount: Decimal::new(10_055, 4), currency: Currency::EUR };
    assert_eq!(money(Language::It, half), "1,01 €");
    let swiss = Money { amount: Decimal::from(12), currency: Currency::read("CHF").unwrap() };
    assert_eq!([money(Language::It, swiss), money(Language::En, swiss)], ["12,00 CHF", "CHF 12.00"]);
}

#[test]
fn small_numbers_and_days_are_written_as_cldr_writes_them() {
    for language in Language::ALL {
        let text = language.text();
        for number in [-1_000, -999, -1].into_iter().chain(0..=1_001) {
            assert_eq!(text.number(number), text.number_by_cldr(number), "{}", language.code());
        }
        for year in [1_i16, 999, 1000, 1970, 2022, 2024, 2222, 9999] {
            let mut day = jiff::civil::date(year, 1, 1);
            while day.year() == year {
                assert_eq!(text.date(day), text.date_by_cldr(day), "{} {day}", language.code());
                match day.tomorrow() {
                    Ok(next) => day = next,
                    Err(_) => break,
                }
            }
        }
        assert!(text.has_pattern(), "{}: no month is put together from its parts", language.code());
    }
}
