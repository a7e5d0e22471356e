//! One line of a report or log: a value that differs, cut to a width that people can read.

use serde_json::Value;

use super::changed::{Changed, Shadowed};
use crate::place::on_one_line;

/// The greatest width of a row, in characters.
pub(crate) const WIDEST: usize = 200;

/// The mark for what was cut off.
const CUT: &str = "…";

/// The characters before the first difference of two values that are kept where the start is cut off.
const CONTEXT: usize = 12;

/// The room that is left for the values, if they need it, however long the key and the place are.
const FOR_VALUES: usize = 40;

/// The texts of a change, cut so that together they are not wider than a limit.
pub(crate) struct Cells {
    pub(crate) key: String,
    pub(crate) old: String,
    pub(crate) new: String,
    pub(crate) origin: String,
}

impl Cells {
    /// Makes the texts of a change. The values are cut first, around the first character in which they differ; then
    /// the start of the place, and the end of the key.
    pub(crate) fn new(change: &Changed, limit: usize) -> Self {
        let Changed { key, old, new, origin, secret, .. } = change;
        let (mut old, mut new) = match (secret, old, new) {
            (true, ..) => (String::new(), String::new()),
            // It differs in what does not serialize.
            (false, None, None) => ("(not shown)".to_owned(), "(not shown)".to_owned()),
            (false, old, new) => (text(old.as_ref()), text(new.as_ref())),
        };
        let wanted = (length(&old) + length(&new)).min(FOR_VALUES);
        let key = cut_end(key.to_string(), (limit - wanted) / 2);
        let origin = cut_start(origin.to_string(), limit - wanted - length(&key));
        fit(&mut old, &mut new, limit - length(&key) - length(&origin));
        Self { key, old, new, origin }
    }
}

/// Returns the line of a value without effect. The start of a place is cut off, and the end of a key.
pub(super) fn without_effect(shadowed: &Shadowed) -> String {
    let line =
        |key: &str, origin: &str, by: &str| format!("  · {key} is set in {origin} but {by} wins");
    let Shadowed { key, origin, by } = shadowed;
    let [key, origin, by] = [key.to_string(), origin.to_string(), by.to_string()];
    let room = WIDEST - length(&line("", "", ""));
    let wanted = |text: &str| length(text).min(room / 3);
    let key = cut_end(key, room - wanted(&origin) - wanted(&by));
    let origin = cut_start(origin, room - length(&key) - wanted(&by));
    let by = cut_start(by, room - length(&key) - length(&origin));
    line(&key, &origin, &by)
}

/// Returns a value on one line.
fn text(value: Option<&Value>) -> String {
    value
        .map_or_else(|| "(absent)".to_owned(), |value| on_one_line(&value.to_string()).into_owned())
}

/// Cuts two values so that together they are not wider than a limit.
fn fit(old: &mut String, new: &mut String, limit: usize) {
    if length(old) + length(new) <= limit {
        return;
    }
    let same = old.chars().zip(new.chars()).take_while(|(old, new)| old == new).count();
    if same > CONTEXT + 1 {
        for value in [&mut *old, &mut *new] {
            *value = CUT.chars().chain(value.chars().skip(same - CONTEXT)).collect();
        }
    }
    // A short one leaves its room to the other.
    let half = limit / 2;
    let for_old = half.max(limit.saturating_sub(length(new)));
    *old = cut_end(std::mem::take(old), for_old);
    *new = cut_end(std::mem::take(new), limit - length(old));
}

fn cut_end(text: String, limit: usize) -> String {
    if length(&text) <= limit {
        return text;
    }
    text.chars().take(limit.saturating_sub(1)).chain(CUT.chars()).collect()
}

fn cut_start(text: String, limit: usize) -> String {
    let whole = length(&text);
    if whole <= limit {
        return text;
    }
    CUT.chars().chain(text.chars().skip(whole + 1 - limit)).collect()
}

/// Returns the length of a text, in characters.
pub(super) fn length(text: &str) -> usize {
    text.chars().count()
}

/// One line of a report: a value, its place, and a note.
pub(super) struct Row {
    mark: char,
    pub(super) key: String,
    pub(super) values: String,
    origin: String,
    note: &'static str,
}

impl Row {
    pub(super) fn new(mark: char, change: &Changed, note: &'static str) -> Self {
        const NOT_SHOWN: &str = "secret, not shown";
        const BETWEEN: &str = " → ";
        let around = length("  ~ ") + length("  ") + length("  ") + length(note);
        let between = if change.secret { length(NOT_SHOWN) } else { length(BETWEEN) };
        let Cells { key, old, new, origin } = Cells::new(change, WIDEST - around - between);
        let values = match change.secret {
            true => NOT_SHOWN.to_owned(),
            false => format!("{old}{BETWEEN}{new}"),
        };
        Self { mark, key, values, origin, note }
    }

    /// Returns the line, with the values and the places below those of other rows as far as there is room.
    pub(super) fn aligned(&self, key_width: usize, values_width: usize) -> String {
        let Self { mark, key, values, origin, note } = self;
        let line = |first: usize, second: usize| {
            format!("  {mark} {key:first$}  {values:second$}  {origin}{note}")
        };
        let room = WIDEST.saturating_sub(length(&line(0, 0)));
        let first = key_width.min(length(key) + room);
        let room = room - first.saturating_sub(length(key));
        line(first, values_width.min(length(values) + room))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        place::{Key, Origin},
        section::Class,
    };

    fn change(key: &str, old: Value, new: Value, origin: &str) -> Changed {
        let (key, origin) = (Key::root().child(key.to_owned()), Origin::source(origin));
        let (old, new) = (Some(old), Some(new));
        Changed { key, class: Class::Hot, old, new, origin, secret: false }
    }

    #[test]
    fn a_row_is_never_too_wide() {
        let long = |length: usize| "é".repeat(length);
        for key in [1, 50, 99, 300] {
            for old in [0, 30, 90, 5000] {
                for new in [0, 30, 90, 5000] {
                    for origin in [1, 60, 150, 400] {
                        let values = (long(old).into(), (long(new) + "x").into());
                        let change = change(&long(key), values.0, values.1, &long(origin));
                        for secret in [false, true] {
                            let change = Changed { secret, ..change.clone() };
                            let row = Row::new('!', &change, "   waits for a restart");
                            let line = row.aligned(100, 100);
                            assert!(length(&line) <= WIDEST, "{key} {old} {new} {origin}: {line}");
                            assert!(line.ends_with("é   waits for a restart"), "{line}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_row_of_a_value_without_effect_is_never_too_wide() {
        let long = |length: usize| "é".repeat(length);
        for key in [1, 57, 300] {
            for origin in [1, 57, 300] {
                for by in [1, 57, 300] {
                    let [from, winner] = [origin, by].map(|one| Origin::source(&*long(one)));
                    let key = Key::root().child(long(key));
                    let shadowed = Shadowed { key, origin: from, by: winner };
                    let line = without_effect(&shadowed);
                    assert!(length(&line) <= WIDEST, "{line}");
                    let is_cut = [shadowed.key.to_string().len(), 2 * origin, 2 * by];
                    let is_cut = is_cut.into_iter().sum::<usize>() / 2 > WIDEST - 25;
                    assert_eq!(line.contains(CUT), is_cut, "{line}");
                }
            }
        }
    }

    #[test]
    fn values_are_cut_around_what_differs() {
        let long = "a".repeat(300);
        let change = change("k", format!("{long}x").into(), format!("{long}y{long}").into(), "f");
        let line = Row::new('~', &change, "").aligned(1, 1);
        assert!(line.starts_with("  ~ k  …aaaaaaaaaaaax\" → …aaaaaaaaaaaayaaa"), "{line}");
        assert!(line.ends_with("aaa…  f") && length(&line) == WIDEST, "{line}");
    }

    #[test]
    fn a_value_stays_on_its_line() {
        let change = change("k", "a\u{85}b".into(), "a\n\u{2028}\u{7f}".into(), "f\ng");
        let line = Row::new('~', &change, "").aligned(1, 1);
        assert_eq!(line, "  ~ k  \"a\\u{85}b\" → \"a\\n\\u{2028}\\u{7f}\"  f\\u{a}g");
    }
}
