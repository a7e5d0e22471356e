//! Remedies for what the parsers refuse: they say what they expected, which is seldom what to do.

#[cfg(feature = "yaml")]
use granit_parser::ErrorKind;

/// The remedy for a comment of another format.
#[cfg(any(feature = "yaml", feature = "toml"))]
const COMMENT: &str = ", and a comment begins with `#`";

/// Returns true if the line in which a parser stopped, or the one before, is a comment of another format.
#[cfg(any(feature = "yaml", feature = "toml"))]
fn is_foreign_comment(before: &str, at: &str) -> bool {
    let here = before.rsplit('\n').next().unwrap_or_default();
    let here = if here.trim().is_empty() { at } else { here };
    let above = before.rsplit('\n').nth(1).unwrap_or_default();
    [here, above]
        .iter()
        .any(|line| ["//", "/*", ";"].iter().any(|start| line.trim_start().starts_with(start)))
}

/// Returns the remedy for what the parser of YAML refuses, to go after its message; `before` and `at` are the text
/// around the place at which it stopped.
#[cfg(feature = "yaml")]
pub(super) fn yaml(kind: &ErrorKind, before: &str, at: &str) -> String {
    after_quote(kind, before).unwrap_or_else(|| fixed(kind, before, at).to_owned())
}

#[cfg(feature = "yaml")]
fn fixed(kind: &ErrorKind, before: &str, at: &str) -> &'static str {
    match kind {
        _ if before.ends_with('$') && at.starts_with('{') => {
            ", quote a text with `${` in it where it stands in brackets"
        }
        ErrorKind::MappingValueNotAllowed | ErrorKind::SimpleKeyExpected
            if is_foreign_comment(before, at) =>
        {
            COMMENT
        }
        ErrorKind::MappingValueNotAllowed => {
            ", indent this key as those beside it, or quote a text with `: ` in it"
        }
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::ExpectedBlockSequenceEntry => {
            ", indent this line as those beside it"
        }
        ErrorKind::SimpleKeyExpected => ", write `key: value`, or indent a text that goes on here",
        ErrorKind::ExpectedDocumentStart => {
            ", indent this line as the first key, and keep to one format"
        }
        ErrorKind::BlockSequenceEntryNotAllowed => {
            ", write a list below its key, and quote a text that starts with `- `"
        }
        ErrorKind::MappingKeyNotAllowed => ", quote a text that starts with `? `",
        ErrorKind::UnexpectedCharacter { .. } => ", quote a text that starts with it",
        ErrorKind::MisplacedFlowCollectionEnd => ", remove it or quote the text that it is in",
        ErrorKind::MissingAnchorOrAliasName => ", quote a text that starts with `&` or `*`",
        ErrorKind::InvalidBlockScalarHeader => {
            ", write the text below, or quote one that starts with `|` or `>`"
        }
        ErrorKind::UnknownQuotedScalarEscape | ErrorKind::InvalidQuotedScalarHexEscape => {
            ", write `\\\\` for a backslash or use single quotes"
        }
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => ", indent with spaces",
        ErrorKind::CommentNotSeparated => ", write a space before the `#`",
        _ => "",
    }
}

/// Returns the remedy for text that follows the end of another one in quotes, with the line in which that begins: its
/// own end may be missing there.
#[cfg(feature = "yaml")]
fn after_quote(kind: &ErrorKind, before: &str) -> Option<String> {
    let (quote, escaped) = match kind {
        ErrorKind::InvalidTrailingSingleQuotedScalar => ('\'', "''"),
        ErrorKind::InvalidTrailingDoubleQuotedScalar => ('"', "\\\""),
        _ => return None,
    };
    let inside = before.trim_end().strip_suffix(quote)?;
    let begins = line(&inside[..inside.rfind(quote)?]);
    let remedy = format!("remove it, or write `{escaped}` for a quote inside of the text");
    Some(if begins == line(before) {
        format!(", {remedy}")
    } else {
        format!(", which begins in line {begins}: close it there, {remedy}")
    })
}

/// Returns the number of the line that a text ends in.
#[cfg(feature = "yaml")]
fn line(text: &str) -> usize {
    text.matches('\n').count() + 1
}

/// Returns what is wrong with a text of TOML, and the remedy; `before` and `at` are the text around the place at
/// which the parser stopped.
#[cfg(feature = "toml")]
pub(super) fn toml<'m>(message: &'m str, before: &str, at: &str) -> (&'m str, &'static str) {
    let (what, _) = message.split_once(',').unwrap_or((message, ""));
    if matches!(what, "invalid float" | "invalid boolean") {
        // The parser takes a word that begins like `inf`, `nan` or `true` for one of them.
        match word(at).to_ascii_lowercase().as_str() {
            "null" | "nil" | "none" => return ("there is no null in TOML", ", remove the key"),
            "true" | "false" => {
                return ("invalid boolean", ", write `true` or `false` in lower case");
            }
            word if word.starts_with(|first: char| first.is_ascii_alphabetic()) => {
                return ("string values must be quoted, expected literal string", "");
            }
            _ => {}
        }
    }
    let remedy = match what {
        _ if is_foreign_comment(before, at) => COMMENT,
        "invalid mantissa" | "invalid fraction" => ", write one before and after the point",
        "invalid float" => ", put a text into quotes",
        "invalid unquoted key" | "missing assignment between key-value pairs" => {
            ", write `key = value`"
        }
        "invalid key-value pair" => ", write `key = value`, and no brackets around the whole",
        "unexpected key or value" => ", write one value to a line, and a text in quotes",
        "missing escaped value" | "too few unicode value digits" => {
            ", write `\\\\` for a backslash or use single quotes"
        }
        _ => "",
    };
    (message, remedy)
}

/// Returns the remedy for what the parser of JSON refuses; `before` and `at` are the text around the place at
/// which the parser stopped.
#[cfg(feature = "json")]
pub(super) fn json(message: &str, before: &str, at: &str) -> &'static str {
    let first = at.chars().next().unwrap_or_default();
    match message {
        "unexpected token" | "unexpected word" => match word(at).to_ascii_lowercase().as_str() {
            "true" | "false" | "null" if message == "unexpected token" => {
                ", write `true`, `false` and `null` in lower case"
            }
            "nan" | "infinity" => ", which is no number in JSON",
            "none" | "nil" | "undefined" => ", write `null`",
            "" if first == '#' => ", comments are not allowed",
            "" => "",
            _ if before.trim().is_empty() => ", begin with `{`",
            _ if before.ends_with(|c: char| c.is_ascii_digit()) => "",
            _ => ", put a text into double quotes",
        },
        "expected comma" if before.ends_with('0') && first.is_ascii_digit() => {
            ", and a number has no leading zero"
        }
        "expected string for object property" => ", put the key into double quotes",
        "invalid escape" => ", write `\\\\` for a backslash",
        "text cannot contain more than one JSON value" if !before.trim_start().starts_with('{') => {
            ", put braces around the whole"
        }
        _ => "",
    }
}

/// Returns the word at the start of a text.
#[cfg(any(feature = "toml", feature = "json"))]
fn word(at: &str) -> &str {
    let end = at.find(|c: char| !c.is_ascii_alphanumeric());
    &at[..end.unwrap_or(at.len())]
}
