//! The names of the entries of a map whose keys are integers: a range, and the pattern of the texts that the loader
//! reads as integers in it.

/// The integer types that serde asks for, each with the least and the greatest value.
const TYPES: [(&str, i128, u128); 10] = [
    ("u8", 0, u8::MAX as u128),
    ("u16", 0, u16::MAX as u128),
    ("u32", 0, u32::MAX as u128),
    ("u64", 0, u64::MAX as u128),
    ("u128", 0, u128::MAX),
    ("i8", i8::MIN as i128, i8::MAX as u128),
    ("i16", i16::MIN as i128, i16::MAX as u128),
    ("i32", i32::MIN as i128, i32::MAX as u128),
    ("i64", i64::MIN as i128, i64::MAX as u128),
    ("i128", i128::MIN, i128::MAX as u128),
];

/// The greatest limit that a pattern says exactly; of a greater one, it says the number of digits.
const EXACT: u128 = u32::MAX as u128;

/// The integers that the names of entries may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Integers {
    least: i128,
    greatest: u128,
    has_zero: bool,
}

impl Integers {
    /// Returns those of a type.
    pub(super) fn of(ty: &str, has_zero: bool) -> Option<Self> {
        let (_, least, greatest) = TYPES.into_iter().find(|(name, ..)| *name == ty)?;
        Some(Self { least, greatest, has_zero })
    }

    /// Returns those of a pattern that this library or schemars wrote; that of schemars says no more than the sign.
    pub(super) fn of_pattern(pattern: &str) -> Option<Self> {
        match pattern {
            r"^\d+$" => return Self::of("u128", true),
            r"^-?\d+$" => {
                return Some(Self { least: i128::MIN, greatest: u128::MAX, has_zero: true });
            }
            _ => {}
        }
        // Most patterns are none of these, and all of these begin alike.
        let mut all =
            TYPES.into_iter().filter(|_| pattern.starts_with("^(")).flat_map(|(ty, ..)| {
                [true, false].into_iter().filter_map(move |zero| Self::of(ty, zero))
            });
        all.find(|integers| integers.pattern() == pattern)
    }

    /// Returns the pattern of the texts that the loader reads as these: decimal, hexadecimal and octal.
    pub(super) fn pattern(self) -> String {
        let mut forms = Vec::new();
        if self.has_zero {
            forms.push("[+-]?0|0x0+|0o0+".to_owned());
        }
        for (before, radix) in [(r"\+?", 10), ("0x0*", 16), ("0o0*", 8)] {
            forms.push(format!("{before}{}", up_to(self.greatest, radix)));
        }
        if self.least < 0 {
            forms.push(format!("-{}", up_to(self.least.unsigned_abs(), 10)));
        }
        format!("^({})$", forms.join("|"))
    }

    /// Returns them in words.
    pub(super) fn words(self) -> String {
        match (self.least, self.greatest) {
            (i128::MIN, _) => "integers".to_owned(),
            (_, u128::MAX) => "integers from 0".to_owned(),
            (least, greatest) => format!("integers from {least} to {greatest}"),
        }
    }

    /// Returns true if a name is one of these.
    pub(super) fn have(self, name: &str) -> bool {
        let digits = name.strip_prefix('-').unwrap_or(name);
        let Ok(number) = digits.parse::<u128>() else { return false };
        let is_plain = !digits.starts_with('+') && (number == 0 || !digits.starts_with('0'));
        is_plain
            && match (number, digits == name) {
                (0, _) => self.has_zero,
                (_, true) => number <= self.greatest,
                (_, false) => number <= self.least.unsigned_abs(),
            }
    }

    /// Returns true if all of the others are among these.
    pub(super) fn include(self, others: Self) -> bool {
        self.least <= others.least
            && others.greatest <= self.greatest
            && (self.has_zero || !others.has_zero)
    }
}

/// Returns the pattern of the numbers from 1 to a limit, without leading zeros.
fn up_to(limit: u128, radix: u32) -> String {
    let digits = digits(limit, radix);
    let count = digits.len() - 1;
    let is_whole = digits.iter().all(|digit| digit + 1 == radix);
    if is_whole || limit > EXACT {
        return format!("{}{}{{0,{count}}}", class(1, radix - 1), class(0, radix - 1));
    }
    let mut forms = Vec::new();
    if count > 0 {
        forms.push(class(1, radix - 1) + &any(radix, 0, count - 1));
    }
    let mut before = String::new();
    for (index, digit) in digits.into_iter().enumerate() {
        let (least, left) = (u32::from(index == 0), count - index);
        if digit > least {
            forms.push(format!("{before}{}{}", class(least, digit - 1), any(radix, left, left)));
        }
        before += &class(digit, digit);
    }
    forms.push(before);
    format!("({})", forms.join("|"))
}

/// Returns the digits of a number.
fn digits(mut number: u128, radix: u32) -> Vec<u32> {
    let mut digits = Vec::new();
    while number > 0 {
        digits.extend(u32::try_from(number % u128::from(radix)));
        number /= u128::from(radix);
    }
    digits.reverse();
    digits
}

/// Returns the pattern of some digits of any value.
fn any(radix: u32, least: usize, most: usize) -> String {
    let digit = class(0, radix - 1);
    match (least, most) {
        (_, 0) => String::new(),
        (1, 1) => digit,
        (least, most) if least == most => format!("{digit}{{{most}}}"),
        (least, most) => format!("{digit}{{{least},{most}}}"),
    }
}

/// Returns the pattern of a digit of one of these values.
fn class(least: u32, most: u32) -> String {
    let letter = |value: u32| char::from_digit(value, 16).unwrap_or_default();
    let range = |least: char, most: char| {
        if least == most { least.to_string() } else { format!("{least}-{most}") }
    };
    let mut class = String::new();
    if least < 10 {
        class += &range(letter(least), letter(most.min(9)));
    }
    if most >= 10 {
        let [least, most] = [letter(least.max(10)), letter(most)];
        class += &range(least, most);
        class += &range(least.to_ascii_uppercase(), most.to_ascii_uppercase());
    }
    if class.len() == 1 { class } else { format!("[{class}]") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_read_back_and_names_are_told_apart() {
        for (ty, least, greatest) in TYPES {
            for has_zero in [true, false] {
                let integers = Integers::of(ty, has_zero).unwrap();
                assert_eq!(Integers::of_pattern(&integers.pattern()), Some(integers), "{ty}");
                assert_eq!(integers.have("0"), has_zero, "{ty}");
                assert!(integers.have(&greatest.to_string()) && integers.have("1"), "{ty}");
                assert_eq!(integers.have(&least.to_string()), least < 0 || has_zero, "{ty}");
                assert!(["", "-", "x", "01", "+1"].iter().all(|name| !integers.have(name)), "{ty}");
            }
        }
        let [byte, short] = ["u8", "i16"].map(|ty| Integers::of(ty, true).unwrap());
        assert!(short.include(byte) && !byte.include(short) && !byte.have("256"));
        assert_eq!(up_to(255, 10), "([1-9][0-9]{0,1}|1[0-9]{2}|2[0-4][0-9]|25[0-4]|255)");
    }
}
