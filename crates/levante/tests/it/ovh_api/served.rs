//! The served schema documents, read as a generator reads them: what an operation answers, and whether a
//! value is what a type says.

use super::world::World;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

pub struct Served {
    /// By `METHOD PATH`.
    pub operations: BTreeMap<String, Value>,
    pub models: BTreeMap<String, Value>,
}

impl Served {
    /// Every section of the index, fetched without credentials.
    pub async fn fetch(world: &World) -> Served {
        let client = &world.alice;
        let mut served = Served { operations: BTreeMap::new(), models: BTreeMap::new() };
        for (branch, version) in [("1.0", "1.0"), ("v2", "2.0")] {
            let index = client.bare("GET", &format!("/{branch}/"), &[], "").await.ok();
            assert_eq!(index["basePath"], format!("https://api.reseller.example/{branch}"));
            // What the second branch has is named as tests ask for it, below /1.0.
            let below = if branch == "v2" { "/v2" } else { "" };
            for section in index["apis"].as_array().expect("sections") {
                let path = section["path"].as_str().expect("a path");
                let schema = client.bare("GET", &format!("/{branch}{path}.json"), &[], "").await.ok();
                let head = (schema["resourcePath"].as_str(), schema["apiVersion"].as_str());
                assert_eq!(head, (Some(path), Some(version)));
                assert_eq!(schema["basePath"], index["basePath"]);
                for api in schema["apis"].as_array().expect("paths") {
                    for operation in api["operations"].as_array().expect("operations") {
                        let name = format!("{} {below}{}", text(operation, "httpMethod"), text(api, "path"));
                        assert!(served.operations.insert(name.clone(), operation.clone()).is_none(), "{name} twice");
                    }
                }
                for (name, model) in schema["models"].as_object().expect("models") {
                    let before = served.models.insert(name.clone(), model.clone());
                    assert!(before.is_none_or(|before| before == *model), "{name} differs between sections");
                }
            }
        }
        served
    }

    /// The declared answer of an operation.
    pub fn answer_of(&self, method: &str, template: &str) -> &str {
        let operation = self.operations.get(&format!("{method} {template}"));
        text(operation.unwrap_or_else(|| panic!("{method} {template} is not described")), "responseType")
    }

    /// Everything in which a value is not what a type says.
    pub fn faults(&self, kind: &str, value: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        self.check("", kind, value, &mut faults);
        faults
    }

    fn check(&self, at: &str, kind: &str, value: &Value, faults: &mut Vec<String>) {
        if let Some(inner) = kind.strip_prefix("map[string]") {
            match value {
                Value::Object(fields) => {
                    fields.iter().for_each(|(name, value)| self.check(&format!("{at}.{name}"), inner, value, faults));
                }
                other => faults.push(format!("{at}: {other} is no {kind}")),
            }
            return;
        }
        if let Some(inner) = kind.strip_suffix("[]") {
            match value {
                Value::Array(values) => {
                    for (n, value) in values.iter().enumerate() {
                        self.check(&format!("{at}[{n}]"), inner, value, faults);
                    }
                }
                other => faults.push(format!("{at}: {other} is no {kind}")),
            }
            return;
        }
        let shown = value.as_str().unwrap_or_default();
        let good = match kind {
            "void" => value.is_null(),
            "long" => value.as_i64().is_some_and(|n| n.abs() < 1 << 53),
            "double" => value.is_number(),
            "boolean" => value.is_boolean(),
            "string" | "text" | "password" | "phoneNumber" | "ipBlock" => value.is_string(),
            "date" => shown.parse::<licensing::jiff::civil::Date>().is_ok() && shown.len() == 10,
            "datetime" => shown.len() == 25 && shown.parse::<licensing::jiff::Timestamp>().is_ok(),
            "duration" => shown.starts_with('P') && shown.len() > 2,
            "uuid" => shown.len() == 36 && shown.bytes().filter(|b| *b == b'-').count() == 4,
            model => return self.check_model(at, model, value, faults),
        };
        if !good {
            faults.push(format!("{at}: {value} is no {kind}"));
        }
    }

    fn check_model(&self, at: &str, name: &str, value: &Value, faults: &mut Vec<String>) {
        let Some(model) = self.models.get(name) else {
            faults.push(format!("{at}: {name} is not described"));
            return;
        };
        if let Some(words) = model["enum"].as_array() {
            if !words.contains(value) {
                faults.push(format!("{at}: {value} is no {name}"));
            }
            return;
        }
        let empty = Map::new();
        let properties = model["properties"].as_object().unwrap_or(&empty);
        let Value::Object(fields) = value else {
            faults.push(format!("{at}: {value} is no {name}"));
            return;
        };
        faults.extend(fields.keys().filter(|k| !properties.contains_key(*k)).map(|k| format!("{at}.{k}: undeclared")));
        for (key, property) in properties {
            match fields.get(key) {
                None => faults.push(format!("{at}.{key}: missing")),
                Some(Value::Null) if property["canBeNull"] == true => {}
                Some(value) => self.check(&format!("{at}.{key}"), text(property, "type"), value, faults),
            }
        }
    }
}

pub fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} is no text in {value}"))
}
