//! The references in a value, such as `${PORT}`: how they are written.

use std::{
    collections::HashMap,
    ffi::{OsStr, OsString},
    fmt,
    sync::Arc,
};

use crate::document::{Node, Scalar, ScalarKind, Value};

/// The beginning of a reference; with a `$` before it, it is that text itself.
const START: &str = "${";

const OPEN: &str = "`${` without `}`: close it, or write `$${` for the text `${` itself";
const NO_NAME: &str = "no name stands between `${` and `}`: write `${NAME}` in letters, digits and `_`, `${NAME:-default}` or `${file:path}`, or `$${` for the text `${` itself";
const NESTED: &str =
    "`${` stands in another one, where it is not replaced: take one of the two away";

/// The environment variables that texts refer to.
#[derive(Clone, Default)]
pub(super) enum Variables {
    /// Those of the process.
    #[default]
    Process,
    /// These, and no others.
    Given(Arc<HashMap<OsString, OsString>>),
}

impl Variables {
    pub(super) fn get(&self, name: &str) -> Option<OsString> {
        match self {
            Self::Process => std::env::var_os(name),
            Self::Given(given) => given.get(OsStr::new(name)).cloned(),
        }
    }
}

/// A part of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'t> {
    /// Text that stands for itself.
    Literal(&'t str),
    /// An environment variable, with the text for one that is not set.
    Variable { name: &'t str, default: Option<&'t str> },
    /// The path of a file.
    File(&'t str),
}

/// Shows a reference without its default, which may be a secret.
impl fmt::Display for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(text) => f.write_str(text),
            Self::Variable { name, .. } => write!(f, "${{{name}}}"),
            Self::File(path) => write!(f, "${{file:{path}}}"),
        }
    }
}

/// Returns true if a text holds the beginning of a reference.
fn is_in(text: &str) -> bool {
    text.contains(START)
}

/// Returns true if a value may refer to something, as only texts do.
pub(super) fn refers(scalar: &Scalar) -> bool {
    scalar.kind == ScalarKind::String && is_in(&scalar.text)
}

/// Returns true if a value at or below a node may refer to something.
pub(super) fn is_below(node: &Node) -> bool {
    match &node.value {
        Value::Map(map) => map.values().any(|entry| is_below(&entry.node)),
        Value::List(items) => items.iter().any(is_below),
        Value::Scalar(scalar) => refers(scalar),
        Value::Untyped(_) | Value::Null => false,
    }
}

/// Returns the parts of a text.
///
/// # Errors
///
/// The reason why it cannot be read, with the remedy. It repeats nothing of the text, which may be a secret.
pub(super) fn parts(text: &str) -> Result<Vec<Part<'_>>, &'static str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once(START) {
        if let Some(before) = before.strip_suffix('$') {
            parts.extend([Part::Literal(before), Part::Literal(START)]);
            rest = inside;
            continue;
        }
        let (written, after) = inside.split_once('}').ok_or(OPEN)?;
        parts.extend([Part::Literal(before), reference(written)?]);
        rest = after;
    }
    parts.push(Part::Literal(rest));
    parts.retain(|part| *part != Part::Literal(""));
    Ok(parts)
}

/// Reads what stands between `${` and `}`.
fn reference(written: &str) -> Result<Part<'_>, &'static str> {
    if is_in(written) {
        return Err(NESTED);
    }
    if let Some(path) = written.strip_prefix("file:").filter(|path| !path.is_empty()) {
        return Ok(Part::File(path));
    }
    let (name, default) = match written.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (written, None),
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty()
        || name.starts_with(|c: char| c.is_ascii_digit())
        || !name.chars().all(is_name)
    {
        return Err(NO_NAME);
    }
    Ok(Part::Variable { name, default })
}

/// Returns true if a value is taken from somewhere else, so that the text itself holds no secret.
pub(super) fn is_elsewhere(text: &str) -> bool {
    let is_elsewhere =
        |part: &Part<'_>| matches!(part, Part::File(_) | Part::Variable { default: None, .. });
    is_in(text) && parts(text).is_ok_and(|parts| parts.iter().any(is_elsewhere))
}

#[cfg(test)]
mod tests {
    use super::{Part::*, *};

    #[test]
    fn a_text_is_read_into_its_parts() {
        let variable = |name| Variable { name, default: None };
        let cases: &[(&str, &[Part<'_>])] = &[
            ("", &[]),
            ("a $b {c} $", &[Literal("a $b {c} $")]),
            ("${A}", &[variable("A")]),
            ("a${_b1}c", &[Literal("a"), variable("_b1"), Literal("c")]),
            ("${A}${B}", &[variable("A"), variable("B")]),
            ("${A:-}", &[Variable { name: "A", default: Some("") }]),
            ("${A:-b:-c $ d}", &[Variable { name: "A", default: Some("b:-c $ d") }]),
            ("${file:a/b.pem}", &[File("a/b.pem")]),
            ("${file}", &[variable("file")]),
            ("$${A}", &[Literal("${"), Literal("A}")]),
            ("$$${A}", &[Literal("$"), Literal("${"), Literal("A}")]),
            ("$${${A}", &[Literal("${"), variable("A")]),
            ("$$ ${A}}", &[Literal("$$ "), variable("A"), Literal("}")]),
        ];
        for (text, expected) in cases {
            assert_eq!(parts(text).as_deref(), Ok(*expected), "{text}");
        }
    }

    #[test]
    fn a_text_that_cannot_be_read_says_why() {
        let cases = [
            ("${", OPEN),
            ("a ${A", OPEN),
            ("${}", NO_NAME),
            ("${ A }", NO_NAME),
            ("${1A}", NO_NAME),
            ("${A-b}", NO_NAME),
            ("${A:?b}", NO_NAME),
            ("${é}", NO_NAME),
            ("${:-b}", NO_NAME),
            ("${file:}", NO_NAME),
            ("${A:-${B}}", NESTED),
            ("${file:${B}}", NESTED),
        ];
        for (text, expected) in cases {
            assert_eq!(parts(text), Err(expected), "{text}");
        }
    }
}
