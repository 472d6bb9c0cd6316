//! The house's rules, read from the source: arrows point down, names say what they hold.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Which rooms of the crate a room may import (ARCHITECTURE.md, "One way").
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("panel", &["operations", "locale", "clock", "config", "secrets"]),
    ("ovh_api", &["operations", "locale", "clock", "config", "secrets"]),
    ("cli", &["operations", "locale", "clock", "config", "secrets", "app", "mail", "provider", "workflow"]),
    ("workflow", &["operations", "provider", "mail", "locale", "clock", "config"]),
    ("operations", &["storage", "clock", "secrets"]),
    ("storage", &[]),
    ("provider", &[]),
    ("mail", &["locale"]),
    ("locale", &[]),
    ("clock", &[]),
    ("secrets", &["clock"]),
    ("config", &[]),
];

/// File names that say nothing.
const BANNED: &[&str] =
    &["utils", "util", "helpers", "helper", "common", "misc", "manager", "service_impl", "impl", "data", "info"];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn every_file() -> Vec<PathBuf> {
    let mut found = Vec::new();
    files(&source(), &mut found);
    assert!(found.len() > 50, "the source was not found");
    found
}

/// The room of a file: the first part of its path.
fn room(path: &Path) -> String {
    let relative = path.strip_prefix(source()).unwrap();
    let first = relative.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The rooms that a text names as `crate::ROOM`, also inside `use crate::{a, b::c}`.
fn imported(text: &str) -> Vec<String> {
    let code: String = text.lines().filter(|l| !l.trim_start().starts_with("//")).map(|l| format!("{l}\n")).collect();
    let mut rooms = Vec::new();
    let mut rest = code.as_str();
    while let Some(at) = rest.find("crate::") {
        let before = rest[..at].chars().next_back();
        rest = &rest[at + "crate::".len()..];
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        if let Some(group) = rest.strip_prefix('{') {
            let (mut depth, mut name, mut expects) = (0, String::new(), true);
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => expects = true,
                    c if depth == 0 && expects && (c.is_alphanumeric() || c == '_') => name.push(c),
                    _ => {}
                }
                if !(name.is_empty() || c.is_alphanumeric() || c == '_') {
                    rooms.push(std::mem::take(&mut name));
                    expects = false;
                }
            }
            rooms.extend((!name.is_empty()).then_some(name));
        } else {
            rooms.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    rooms
}

#[test]
fn the_reader_of_imports_reads_them() {
    let text = "use crate::{\n    clock::Clock,\n    storage::{self, Db},\n    mail,\n};\nfn x() { crate::panel::y() }\n// crate::cli";
    assert_eq!(imported(text), ["clock", "storage", "mail", "panel"]);
}

#[test]
fn arrows_point_down() {
    let allowed: BTreeMap<&str, &[&str]> = MAY_IMPORT.iter().copied().collect();
    let rooms: Vec<&str> = allowed.keys().copied().chain(["app"]).collect();
    let mut wrong = Vec::new();
    for path in every_file() {
        let from = room(&path);
        let Some(may) = allowed.get(from.as_str()) else { continue };
        for to in imported(&fs::read_to_string(&path).unwrap()) {
            if to != from && rooms.contains(&to.as_str()) && !may.contains(&to.as_str()) {
                wrong.push(format!("{} imports {to}", path.strip_prefix(source()).unwrap().display()));
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "these arrows point up or sideways:\n{}", wrong.join("\n"));
}

#[test]
fn every_room_is_in_the_table() {
    for path in every_file() {
        let room = room(&path);
        let known = MAY_IMPORT.iter().any(|(r, _)| *r == room) || ["app", "lib", "main"].contains(&room.as_str());
        assert!(known, "{room} is a new room: give it its line in the table and in ARCHITECTURE.md");
    }
}

#[test]
fn only_storage_knows_the_database_driver_and_only_microsoft_knows_the_client() {
    for path in every_file() {
        let text = fs::read_to_string(&path).unwrap();
        let shown = path.strip_prefix(source()).unwrap().display().to_string();
        let code = text.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        if code.contains("sqlx::") {
            assert!(shown.starts_with("storage"), "{shown} uses the database driver");
        }
        if code.contains("partner_center::") {
            assert!(
                shown.starts_with("provider/microsoft") || shown == "app.rs",
                "{shown} uses the client of Partner Center"
            );
        }
        if code.contains("partner_center_simulator::") {
            assert!(
                ["cli/demo.rs", "cli/simulate.rs"].contains(&shown.as_str())
                    || shown.starts_with("provider/microsoft/"),
                "{shown} uses the simulator"
            );
        }
    }
}

#[test]
fn names_say_what_they_hold_and_modules_open_with_a_sentence() {
    for path in every_file() {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        assert!(!BANNED.contains(&stem), "{} says nothing about what it holds", path.display());
        if stem == "tests" {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let head = text.lines().take_while(|l| l.starts_with("//!")).count();
        assert!((1..=8).contains(&head), "{} opens with {head} lines instead of 1 to 8", path.display());
    }
}
