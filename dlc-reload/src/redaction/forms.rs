//! The forms in which the text of a secret may stand in a message.

use std::fmt::Write;

use crate::document::{Integer, float};

/// Returns a secret as it stands in its source, and as authors quote it: trimmed, by its lines, escaped as Rust, JSON
/// and URLs do, as the number that it reads as, and the password alone where it is a URL.
pub(super) fn forms(secret: &str) -> Vec<String> {
    let mut plain = vec![secret, secret.trim()];
    plain.extend(secret.lines().map(str::trim));
    plain.extend(password(secret));
    let mut forms: Vec<String> = plain.iter().map(|text| (*text).to_owned()).collect();
    for text in plain {
        forms.push(format!("{text:?}").trim_matches('"').to_owned());
        let json = serde_json::to_string(text).unwrap_or_default();
        forms.push(json.trim_matches('"').to_owned());
        forms.extend([in_url(text, false), in_url(text, true)]);
        forms.extend(number(text.trim()));
    }
    forms
}

/// Returns the password of a URL.
fn password(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let (user, _) = rest.rsplit_once('@')?;
    user.split_once(':').map(|(_, password)| password)
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
            ("0x1F4", "500"),
            ("+500", "500"),
            ("1.50", "1.5"),
        ];
        for (secret, form) in cases {
            assert!(forms(secret).iter().any(|known| known == form), "{secret}: {form}");
        }
    }
}
