//! The type and value of a scalar without quotes, by the core schema of YAML 1.2.

use serde::{
    Deserialize, Serialize,
    de::{self, Unexpected, Visitor},
};

/// The type of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ScalarKind {
    Bool,
    Integer,
    Float,
    String,
}

/// Returns the type of a plain scalar; `None` is null. Only `true` and `false` are booleans: `yes`,
/// `no`, `on`, `off` and `n` are strings.
pub(crate) fn resolve(text: &str) -> Option<ScalarKind> {
    let first = text.bytes().next()?;
    match first {
        b'~' if text == "~" => None,
        b'n' | b'N' if matches!(text, "null" | "Null" | "NULL") => None,
        b't' | b'T' | b'f' | b'F' if boolean(text).is_some() => Some(ScalarKind::Bool),
        b'0'..=b'9' | b'+' | b'-' | b'.' => Some(resolve_number(text)),
        _ => Some(ScalarKind::String),
    }
}

fn resolve_number(text: &str) -> ScalarKind {
    let digits =
        |text: &str, digit: fn(&u8) -> bool| !text.is_empty() && text.as_bytes().iter().all(digit);
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_integer = match text.get(..2) {
        Some("0x") => digits(&text[2..], u8::is_ascii_hexdigit),
        Some("0o") => digits(&text[2..], |digit| (b'0'..=b'7').contains(digit)),
        _ => digits(unsigned, u8::is_ascii_digit),
    };
    match text {
        _ if is_integer => ScalarKind::Integer,
        ".nan" | ".NaN" | ".NAN" => ScalarKind::Float,
        _ if matches!(unsigned, ".inf" | ".Inf" | ".INF") || is_decimal(unsigned) => {
            ScalarKind::Float
        }
        _ => ScalarKind::String,
    }
}

/// Checks for `[0-9]* [. [0-9]*] [e [+-] [0-9]+]` with at least one digit before the exponent.
fn is_decimal(unsigned: &str) -> bool {
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_holds =
        all_digits(whole) && all_digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let exponent_holds = exponent.is_none_or(|text| {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        !digits.is_empty() && all_digits(digits)
    });
    mantissa_holds && exponent_holds
}

pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// Returns the message about an integer with a leading zero, which YAML 1.1 and C take as octal and YAML 1.2 as
/// decimal; `None` where the text has none.
pub(super) fn leading_zero(text: &str) -> Option<String> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let after = digits.strip_prefix('0').filter(|after| !after.is_empty())?;
    if !after.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let sign = if text.starts_with('-') { "-" } else { "" };
    let decimal = match after.trim_start_matches('0') {
        "" => "0",
        decimal => decimal,
    };
    // There is no octal way to write a sign.
    let is_octal = digits == text && decimal != "0" && !digits.contains(['8', '9']);
    Some(if is_octal {
        format!(
            "an integer with a leading zero is read in two ways, write `0o{decimal}` (octal) or `{decimal}` (decimal)"
        )
    } else {
        format!("an integer with a leading zero, write `{sign}{decimal}`")
    })
}

/// An integer of any width that serde knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Integer {
    Unsigned(u128),
    Negative(i128),
}

impl Integer {
    /// Reads a text of the type [`ScalarKind::Integer`]; `None` where it is too large for 128 bits.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let magnitude = match unsigned.get(..2) {
            Some("0x") => u128::from_str_radix(&unsigned[2..], 16),
            Some("0o") => u128::from_str_radix(&unsigned[2..], 8),
            Some("0b") => u128::from_str_radix(&unsigned[2..], 2),
            _ => unsigned.parse(),
        }
        .ok()?;
        if !negative || magnitude == 0 {
            return Some(Self::Unsigned(magnitude));
        }
        0_i128.checked_sub_unsigned(magnitude).map(Self::Negative)
    }

    /// Hands the integer to a visitor, in 64 bits if it fits.
    pub(super) fn visit<'de, V, E>(self, visitor: V) -> Result<V::Value, E>
    where
        V: Visitor<'de>,
        E: de::Error,
    {
        match self {
            Self::Unsigned(value) => match u64::try_from(value) {
                Ok(value) => visitor.visit_u64(value),
                Err(_) => visitor.visit_u128(value),
            },
            Self::Negative(value) => match i64::try_from(value) {
                Ok(value) => visitor.visit_i64(value),
                Err(_) => visitor.visit_i128(value),
            },
        }
    }

    /// Returns the integer as a mismatch names what it found; `None` where 64 bits do not hold it.
    pub(super) fn unexpected(self) -> Option<Unexpected<'static>> {
        match self {
            Self::Unsigned(value) => u64::try_from(value).ok().map(Unexpected::Unsigned),
            Self::Negative(value) => i64::try_from(value).ok().map(Unexpected::Signed),
        }
    }

    /// Returns true if 64 bits do not hold the integer.
    pub(super) fn is_wide(self) -> bool {
        match self {
            Self::Unsigned(value) => u64::try_from(value).is_err(),
            Self::Negative(value) => i64::try_from(value).is_err(),
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a float field that is given an integer rounds it"
    )]
    pub(crate) const fn as_f64(self) -> f64 {
        match self {
            Self::Unsigned(value) => value as f64,
            Self::Negative(value) => value as f64,
        }
    }
}

/// Reads a text of the type [`ScalarKind::Float`]; `None` where it is too large to be finite.
pub(crate) fn float(text: &str) -> Option<f64> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    match unsigned.trim_start_matches('.') {
        "inf" | "Inf" | "INF" => return Some(sign * f64::INFINITY),
        "nan" | "NaN" | "NAN" => return Some(f64::NAN),
        _ => {}
    }
    let value: f64 = unsigned.parse().ok()?;
    value.is_finite().then_some(sign * value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_follow_the_core_schema() {
        let cases = [
            ("", None),
            ("~", None),
            ("null", None),
            ("true", Some(ScalarKind::Bool)),
            ("FALSE", Some(ScalarKind::Bool)),
            ("yes", Some(ScalarKind::String)),
            ("n", Some(ScalarKind::String)),
            ("0", Some(ScalarKind::Integer)),
            ("-12", Some(ScalarKind::Integer)),
            ("0x1F", Some(ScalarKind::Integer)),
            ("0o17", Some(ScalarKind::Integer)),
            ("0xg", Some(ScalarKind::String)),
            ("1.20", Some(ScalarKind::Float)),
            (".5", Some(ScalarKind::Float)),
            ("5.", Some(ScalarKind::Float)),
            ("1e3", Some(ScalarKind::Float)),
            ("-.inf", Some(ScalarKind::Float)),
            (".nan", Some(ScalarKind::Float)),
            (".", Some(ScalarKind::String)),
            ("-", Some(ScalarKind::String)),
            ("1e", Some(ScalarKind::String)),
            ("1.2.3", Some(ScalarKind::String)),
            ("24h", Some(ScalarKind::String)),
            ("1_000", Some(ScalarKind::String)),
        ];
        for (text, kind) in cases {
            assert_eq!(resolve(text), kind, "{text:?}");
        }
    }

    #[test]
    fn integers_reach_both_ends_of_128_bits() {
        assert_eq!(
            Integer::parse("-170141183460469231731687303715884105728"),
            Some(Integer::Negative(i128::MIN))
        );
        assert_eq!(
            Integer::parse("340282366920938463463374607431768211455"),
            Some(Integer::Unsigned(u128::MAX))
        );
        assert_eq!(Integer::parse("340282366920938463463374607431768211456"), None);
        assert_eq!(Integer::parse("-0"), Some(Integer::Unsigned(0)));
        assert_eq!(float("1e999"), None);
        assert_eq!(float("-.inf"), Some(f64::NEG_INFINITY));
    }
}
