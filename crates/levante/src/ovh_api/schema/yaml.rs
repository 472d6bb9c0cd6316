//! JSON values as YAML in block style. Strings are written as JSON writes them, which YAML 1.2 reads the same;
//! so no text can be taken for a number, a truth or a date, and no crate is needed.

use serde_json::Value;

/// The document of a value, ending in a line break.
pub(super) fn document(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, 0);
    text
}

/// Writes a value behind a key or a dash, and ends the line.
fn write(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (n, (key, value)) in fields.iter().enumerate() {
                if n > 0 {
                    indent(text, depth);
                }
                text.push_str(&name(key));
                text.push(':');
                nested(text, value, depth);
            }
        }
        Value::Array(values) if !values.is_empty() => {
            for (n, value) in values.iter().enumerate() {
                if n > 0 {
                    indent(text, depth);
                }
                text.push_str("- ");
                write(text, value, depth + 1);
            }
        }
        simple => {
            text.push_str(&scalar(simple));
            text.push('\n');
        }
    }
}

fn nested(text: &mut String, value: &Value, depth: usize) {
    let empty = match value {
        Value::Object(fields) => fields.is_empty(),
        Value::Array(values) => values.is_empty(),
        _ => true,
    };
    if empty {
        text.push(' ');
    } else {
        text.push('\n');
        indent(text, depth + 1);
    }
    write(text, value, depth + 1);
}

fn indent(text: &mut String, depth: usize) {
    text.extend(std::iter::repeat_n("  ", depth));
}

/// `serde_json` escapes what JSON must; YAML wants the other characters that are not printable escaped, too.
fn scalar(value: &Value) -> String {
    let unprintable =
        |c: char| matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    value.to_string().chars().fold(String::new(), |mut text, c| {
        match unprintable(c) {
            true => text.push_str(&format!("\\u{:04x}", u32::from(c))),
            false => text.push(c),
        }
        text
    })
}

/// A key, plain where nothing else can be read into it.
fn name(key: &str) -> String {
    let letters = key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_' || b == b'.');
    let starts = key.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    // Words that YAML 1.1 takes for a truth or for nothing.
    let word = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(&key.to_lowercase().as_str());
    if letters && starts && !word { key.to_owned() } else { scalar(&Value::from(key)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn blocks_and_quotes() {
        let value = json!({
            "path": "/saas/csp2", "no": true, "2": null, "empty": {}, "none": [], "size": 5.6,
            "list": ["a: b", ["x", { "y": "é\u{2028}\n\"" }], {}],
            "deep": { "er": { "a": 1, "b": [] }, "last": "" },
        });
        let expected = "path: \"/saas/csp2\"\n\"no\": true\n\"2\": null\nempty: {}\nnone: []\nsize: 5.6\n\
                        list:\n  - \"a: b\"\n  - - \"x\"\n    - \"y\": \"é\\u2028\\n\\\"\"\n  - {}\n\
                        deep:\n  er:\n    a: 1\n    b: []\n  last: \"\"\n";
        assert_eq!(document(&value), expected);
        assert_eq!(document(&json!("x")), "\"x\"\n");
    }
}
