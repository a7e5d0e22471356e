//! The forms in which the text of a secret may stand in a message.

use std::{borrow::Cow, fmt::Write};

use crate::document::{Integer, float};

/// Returns a secret as it stands in its source, and as authors quote it: trimmed, by its lines, escaped as Rust, JSON
/// and URLs do, as the number that it reads as, and the password alone where it is a URL, also as it was before it
/// was escaped for that.
pub(super) fn forms(secret: &str) -> Vec<String> {
    let mut plain = vec![Cow::from(secret), secret.trim().into()];
    plain.extend(secret.lines().map(|line| line.trim().into()));
    plain.extend(passwords(secret).into_iter().flat_map(|text| [text.into(), out_of_url(text)]));
    let mut forms: Vec<String> = plain.iter().map(|text| text.to_string()).collect();
    for text in &plain {
        forms.push(format!("{text:?}").trim_matches('"').to_owned());
        let json = serde_json::to_string(text).unwrap_or_default();
        forms.push(json.trim_matches('"').to_owned());
        forms.extend([in_url(text, false), in_url(text, true)]);
        forms.extend(number(text.trim()));
    }
    forms
}

/// Returns the password of a URL; several where it is not sure which `@` ends it.
fn passwords(url: &str) -> Vec<&str> {
    let login = url.split_once("://").and_then(|(_, rest)| rest.split_once(':'));
    let Some((_, rest)) = login.filter(|(user, _)| !user.contains(['@', '/'])) else {
        return Vec::new();
    };
    rest.match_indices('@').map(|(end, _)| &rest[..end]).collect()
}

/// Returns a text as it stands in a URL: without the characters that mean something there, or in the digits of lower
/// case.
fn in_url(text: &str, lower: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        // Writing to a string cannot fail.
        let _ = match byte {
            _ if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) => {
                escaped.write_char(char::from(byte))
            }
            _ if lower => write!(escaped, "%{byte:02x}"),
            _ => write!(escaped, "%{byte:02X}"),
        };
    }
    escaped
}

/// Returns a text that stands in a URL, as it was before.
fn out_of_url(text: &str) -> Cow<'_, str> {
    let mut plain = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).filter(|_| *first == b'%');
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.and_then(|digits| str::from_utf8(digits).ok());
        let escaped = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        plain.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(plain).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Returns a number as a program writes it, in as many ways as there are.
fn number(text: &str) -> Vec<String> {
    match (Integer::parse(text), float(text)) {
        (Some(Integer::Unsigned(value)), _) => vec![value.to_string()],
        (Some(Integer::Negative(value)), _) => vec![value.to_string()],
        (None, Some(value)) if !value.is_nan() => vec![value.to_string(), format!("{value:?}")],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_in_the_forms_in_which_authors_quote_it() {
        let cases = [
            (" a\nb c ", "b c"),
            ("a\"b\\", "a\\\"b\\\\"),
            ("a/b+c", "a%2Fb%2Bc"),
            ("a/b", "a%2fb"),
            ("amqp://me:p@ss:word@host/x", "p@ss:word"),
            ("amqp://me:p@host/x?mail=a@b", "p"),
            ("amqp://me:p@ss@host/x?mail=a@b", "p@ss"),
            ("amqp://me:p%40ss%c3%a9%2@host/x", "p@ssé%2"),
            ("0x1F4", "500"),
            ("+500", "500"),
            ("1.50", "1.5"),
        ];
        for (secret, form) in cases {
            assert!(forms(secret).iter().any(|known| known == form), "{secret}: {form}");
        }
    }
}
