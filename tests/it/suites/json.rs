//! JSONTestSuite: `y_` has to be taken, `n_` refused, and a reader is free to do either with `i_`.

use std::fs;

use dlc_reload::Format;

use super::{Deviation, Differences, Tree, folder, read};

/// The cases that are read otherwise than the suite says.
const DEVIATIONS: &[Deviation] = &[
    Deviation {
        reason: "an operator who writes a key twice does not know which one holds",
        refused: Some("duplicate key `a`"),
        cases: &["y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"],
    },
    Deviation {
        reason: "minus zero without a fraction is the integer zero",
        refused: None,
        cases: &["y_number_minus_zero.json", "y_number_negative_zero.json"],
    },
];

/// The cases that a reader is free to refuse, and that are taken.
const TAKEN: &[&str] = &[
    "i_number_double_huge_neg_exp.json",
    "i_number_real_underflow.json",
    "i_structure_500_nested_arrays.json",
];

#[test]
fn json_is_read_as_its_suite_says() {
    let mut differences = Differences::default();
    let mut taken = Vec::new();
    let mut files: Vec<_> = fs::read_dir(folder("json/test_parsing")).unwrap().flatten().collect();
    files.sort_by_key(fs::DirEntry::path);
    for file in files {
        let name = file.file_name().into_string().unwrap();
        let text = fs::read(file.path()).unwrap();
        // The root of a configuration is a map; any other value is put into one.
        let mut wrapped = b"{\"value\": ".to_vec();
        wrapped.extend(&text);
        wrapped.push(b'}');
        match &name[..2] {
            "n_" => {
                differences.compare(&name, read(Format::Json, wrapped), None);
                let bare = read(Format::Json, text);
                assert!(bare.is_err(), "{name}: {bare:?}");
            }
            "y_" => {
                let expected: Tree = serde_json::from_slice(&wrapped).unwrap();
                differences.compare(&name, read(Format::Json, wrapped), Some(&expected));
            }
            _ => {
                if read(Format::Json, wrapped).is_ok() {
                    taken.push(name);
                }
            }
        }
    }
    differences.are(283, DEVIATIONS);
    assert_eq!(taken, TAKEN);
}
