//! The numbers that a form allows.

use serde_json::{Number, Value as Json};

use super::form::{Form, Kind};

/// The formats of numbers without a limit.
const UNLIMITED: [&str; 2] = ["float", "double"];

/// Returns true if a format is one of numbers.
pub(super) fn is_of_numbers(format: &Json) -> bool {
    format.as_str().is_some_and(|format| UNLIMITED.contains(&format) || limits(format).is_some())
}

/// Returns the limits of the integers of a format.
fn limits(format: &str) -> Option<(i128, i128)> {
    Some(match format {
        "int8" => (i8::MIN.into(), i8::MAX.into()),
        "int16" => (i16::MIN.into(), i16::MAX.into()),
        "int32" => (i32::MIN.into(), i32::MAX.into()),
        "int64" | "int" => (i64::MIN.into(), i64::MAX.into()),
        "int128" => (i128::MIN, i128::MAX),
        "uint8" => (0, u8::MAX.into()),
        "uint16" => (0, u16::MAX.into()),
        "uint32" => (0, u32::MAX.into()),
        "uint64" | "uint" => (0, u64::MAX.into()),
        "uint128" => (0, i128::MAX),
        _ => return None,
    })
}

/// The least and the greatest integer of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Integers {
    pub(super) least: Option<i128>,
    pub(super) greatest: Option<i128>,
}

impl Integers {
    pub(super) fn of(form: &Form<'_>) -> Self {
        let formats = form.keyword("format").filter_map(Json::as_str).filter_map(limits);
        let formats: Vec<_> = formats.collect();
        let numbers = |keyword| form.keyword(keyword).filter_map(Json::as_number);
        let least = formats.iter().map(|(least, _)| *least);
        let least = least.chain(numbers("minimum").map(|number| integer(number, f64::ceil)));
        let least = least.chain(
            numbers("exclusiveMinimum").map(|number| integer(number, f64::floor).saturating_add(1)),
        );
        let greatest = formats.iter().map(|(_, greatest)| *greatest);
        let greatest = greatest.chain(numbers("maximum").map(|number| integer(number, f64::floor)));
        let greatest = greatest.chain(
            numbers("exclusiveMaximum").map(|number| integer(number, f64::ceil).saturating_sub(1)),
        );
        Self { least: least.max(), greatest: greatest.min() }
    }

    pub(super) fn hold(self, number: &Number) -> bool {
        let number = integer(number, f64::trunc);
        self.least.is_none_or(|least| least <= number)
            && self.greatest.is_none_or(|greatest| number <= greatest)
    }

    /// Returns true if all of these integers are among those of another form.
    pub(super) fn are_in(self, other: Self) -> bool {
        other.least.is_none_or(|least| self.least.is_some_and(|own| own >= least))
            && other
                .greatest
                .is_none_or(|greatest| self.greatest.is_some_and(|own| own <= greatest))
    }
}

impl Form<'_> {
    /// Returns true if every boolean or number of the kinds follows the form.
    pub(super) fn takes_all(&self, kinds: &[Kind]) -> bool {
        let is_free = Fractions::of(self) == Fractions { least: None, greatest: None }
            && Integers::of(self) == Integers { least: None, greatest: None }
            && self.keyword("multipleOf").next().is_none();
        kinds.iter().all(|kind| self.kinds.contains(kind))
            && self.words.is_none()
            && (is_free || kinds == [Kind::Bool])
    }
}

/// Returns a limit as an integer.
fn integer(number: &Number, rounded: fn(f64) -> f64) -> i128 {
    let whole = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
    #[expect(clippy::cast_possible_truncation, reason = "a limit beyond 128 bits saturates")]
    whole.unwrap_or_else(|| rounded(number.as_f64().unwrap_or_default()) as i128)
}

/// The limits of the fractions of a form, each with true if the limit itself is none of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Fractions {
    pub(super) least: Option<(f64, bool)>,
    pub(super) greatest: Option<(f64, bool)>,
}

impl Fractions {
    pub(super) fn of(form: &Form<'_>) -> Self {
        let limits = |keyword, is_out| {
            form.keyword(keyword).filter_map(Json::as_f64).map(move |limit| (limit, is_out))
        };
        let least = limits("minimum", false).chain(limits("exclusiveMinimum", true));
        let greatest = limits("maximum", false).chain(limits("exclusiveMaximum", true));
        Self {
            least: least.reduce(|one, other| if is_above(one, other) { one } else { other }),
            greatest: greatest.reduce(|one, other| if is_below(one, other) { one } else { other }),
        }
    }

    pub(super) fn hold(self, number: f64) -> bool {
        let only = Self { least: Some((number, false)), greatest: Some((number, false)) };
        only.are_in(self)
    }

    /// Returns true if all of these fractions are among those of another form.
    pub(super) fn are_in(self, other: Self) -> bool {
        other.least.is_none_or(|least| self.least.is_some_and(|own| is_above(own, least)))
            && other
                .greatest
                .is_none_or(|limit| self.greatest.is_some_and(|own| is_below(own, limit)))
    }
}

/// Returns true if nothing above the first limit is below the second one.
fn is_above((one, is_out): (f64, bool), (other, other_is_out): (f64, bool)) -> bool {
    one > other || one == other && (is_out || !other_is_out)
}

/// Returns true if nothing below the first limit is above the second one.
fn is_below((one, is_out): (f64, bool), (other, other_is_out): (f64, bool)) -> bool {
    one < other || one == other && (is_out || !other_is_out)
}
