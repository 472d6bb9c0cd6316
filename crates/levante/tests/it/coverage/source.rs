//! Just enough reading of Rust for the table: functions, their text, the literals in them.

use std::{
    fs,
    ops::Range,
    path::{Path, PathBuf},
};

/// A source file: its code with comments and the insides of literals blanked, and the literals.
pub struct Source {
    /// Below the folder that was read, with `/`.
    pub name: String,
    pub code: String,
    literals: Vec<(usize, String)>,
    pub functions: Vec<Function>,
}

pub struct Function {
    pub name: String,
    pub is_public: bool,
    pub is_test: bool,
    pub body: Range<usize>,
}

/// Every `.rs` file below a folder of `crates/`, by name.
pub fn read(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.sort();
    assert!(!paths.is_empty(), "{folder} was not found");
    paths.iter().map(|path| Source::new(&root, path)).collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

impl Source {
    fn new(root: &Path, path: &Path) -> Self {
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
        let (code, literals) = blanked(&fs::read_to_string(path).unwrap());
        let functions = functions(&code);
        Self { name, code, literals, functions }
    }

    pub fn literals(&self, range: &Range<usize>) -> impl Iterator<Item = (usize, &str)> {
        let range = range.clone();
        self.literals.iter().filter(move |(at, _)| range.contains(at)).map(|(at, text)| (*at, text.as_str()))
    }

    pub fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.name == name)
    }

    /// The functions of this file that a piece of its code calls.
    pub fn called(&self, range: &Range<usize>) -> impl Iterator<Item = &Function> {
        let code = &self.code[range.clone()];
        self.functions.iter().filter(move |function| !function.is_test && calls(code, &function.name))
    }
}

/// Whether code calls a function of this name, free or as a method.
pub fn calls(code: &str, name: &str) -> bool {
    words(code, name).any(|at| {
        let rest = &code[at + name.len()..];
        rest.starts_with('(') || rest.starts_with("::<")
    })
}

/// Where a name stands as a whole word.
pub fn words<'a>(code: &'a str, name: &'a str) -> impl Iterator<Item = usize> + 'a {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(name).map(|(at, _)| at).filter(move |&at| {
        !code[..at].ends_with(inside) && !code[at + name.len()..].starts_with(inside) && !name.is_empty()
    })
}

/// The identifier that a text begins with.
pub fn identifier(text: &str) -> &str {
    &text[..text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())]
}

/// Blanks comments and the insides of literals, byte for byte, and keeps what stood in the strings.
fn blanked(text: &str) -> (String, Vec<(usize, String)>) {
    let (mut code, mut literals, mut at) = (text.as_bytes().to_vec(), Vec::new(), 0);
    let bytes = text.as_bytes();
    let end_of = |from: usize, what: &str| text[from..].find(what).map_or(text.len(), |found| from + found);
    while at < bytes.len() {
        let rest = &bytes[at..];
        let after_word = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
        let (inside, next) = if rest.starts_with(b"//") {
            let end = end_of(at, "\n");
            (at..end, end)
        } else if rest.starts_with(b"/*") {
            let end = end_of(at, "*/");
            (at..end, end)
        } else if !after_word && (rest.starts_with(b"r\"") || rest.starts_with(b"r#")) && raw(rest).is_some() {
            let hashes = raw(rest).unwrap_or_default();
            let start = at + hashes + 2;
            let end = end_of(start, &format!("\"{}", "#".repeat(hashes)));
            literals.push((start, text[start..end].to_owned()));
            (start..end, end + 1)
        } else if rest[0] == b'"' {
            let mut end = at + 1;
            while end < bytes.len() && bytes[end] != b'"' {
                end += if bytes[end] == b'\\' { 2 } else { 1 };
            }
            literals.push((at + 1, text[at + 1..end].replace("\\\"", "\"")));
            (at + 1..end, end + 1)
        } else if let Some(length) = character(&text[at..]) {
            (at + 1..at + length - 1, at + length)
        } else {
            (at..at, at + 1)
        };
        code[inside].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        at = next.max(at + 1);
    }
    (String::from_utf8(code).unwrap(), literals)
}

/// How many `#` a raw string begins with.
fn raw(rest: &[u8]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|byte| **byte == b'#').count();
    (rest.get(1 + hashes) == Some(&b'"')).then_some(hashes)
}

/// The length of a character literal, which a lifetime is not.
fn character(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('\'')?;
    let length = if inside.starts_with('\\') { inside[2..].find('\'')? + 2 } else { inside.chars().next()?.len_utf8() };
    inside[length..].starts_with('\'').then_some(length + 2)
}

fn functions(code: &str) -> Vec<Function> {
    let mut found = Vec::new();
    for at in words(code, "fn") {
        let name = identifier(code[at + 2..].trim_start());
        let before = &code[..at];
        let before = &before[before.rfind(['{', '}', ';']).map_or(0, |end| end + 1)..];
        if let (false, Some(body)) = (name.is_empty(), body(code, at)) {
            let is_test = before.contains("#[test]") || before.contains("#[tokio::test");
            let is_public = before.split_whitespace().any(|word| word == "pub");
            found.push(Function { name: name.to_owned(), is_public, is_test, body });
        }
    }
    found
}

/// The text between the braces of the function that begins here; none of a declaration.
fn body(code: &str, from: usize) -> Option<Range<usize>> {
    let (mut round, mut braces, mut start) = (0, 0, None);
    for (at, byte) in code.bytes().enumerate().skip(from) {
        match byte {
            b'(' | b'[' => round += 1,
            b')' | b']' => round -= 1,
            b';' if round == 0 && braces == 0 => return None,
            b'{' => {
                braces += 1;
                start.get_or_insert(at + 1);
            }
            b'}' => {
                braces -= 1;
                if braces == 0 {
                    return Some(start?..at);
                }
            }
            _ => {}
        }
    }
    None
}
