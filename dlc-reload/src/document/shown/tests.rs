//! Tests of values that are shown.

use std::collections::BTreeMap;

use serde::ser::SerializeStruct;
use serde_json::json;

use super::*;

/// A number as `serde_json` serializes it where it keeps the digits.
struct Digits(&'static str);

impl Serialize for Digits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut number = serializer.serialize_struct(DIGITS, 1)?;
        number.serialize_field(DIGITS, self.0)?;
        number.end()
    }
}

#[derive(serde::Serialize)]
enum Shape {
    Unit,
    Newtype(f32),
    Tuple(u8, u128),
    Struct { a: Option<char>, b: () },
}

#[test]
fn every_shape_is_shown_as_json_has_it() {
    let shapes = [
        Shape::Unit,
        Shape::Newtype(0.1),
        Shape::Tuple(1, u128::MAX),
        Shape::Struct { a: Some('x'), b: () },
    ];
    let expected = json!([
        "Unit",
        {"Newtype": 0.1},
        {"Tuple": [1, u128::MAX.to_string()]},
        {"Struct": {"a": "x", "b": null}},
    ]);
    assert_eq!(shown(&shapes), expected);
    assert_eq!(shown(&BTreeMap::from([((1, true), f64::NAN)])), json!({"[1,true]": "nan"}));
}

#[test]
fn what_is_not_wanted_is_not_serialized() {
    struct Unwanted;
    impl Serialize for Unwanted {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            unreachable!("it is not asked for")
        }
    }
    #[derive(serde::Serialize)]
    struct Outer {
        a: Inner,
        b: Unwanted,
        c: Option<u8>,
        #[serde(flatten)]
        more: BTreeMap<String, u8>,
    }
    #[derive(serde::Serialize)]
    struct Inner {
        x: u8,
        y: Unwanted,
    }
    let more = BTreeMap::from([("d".to_owned(), 4), ("e".to_owned(), 5)]);
    let outer = Outer { a: Inner { x: 1, y: Unwanted }, b: Unwanted, c: Some(3), more };
    let mut wanted = Wanted::Entries(BTreeMap::new());
    for key in [["a", "x"].as_slice(), &["c"], &["d"], &["gone"]] {
        let key: Vec<_> = key.iter().map(|name| Segment::Name((*name).into())).collect();
        wanted.add(&key);
    }
    assert_eq!(shown_parts(&outer, &wanted), json!({"a": {"x": 1}, "c": 3, "d": 4}));
}

#[test]
fn a_number_that_keeps_its_digits_is_a_number() {
    let numbers = [Digits("12"), Digits("1.5"), Digits("no number")];
    assert_eq!(shown(&numbers), json!([12, 1.5, UNSHOWN]));
}
