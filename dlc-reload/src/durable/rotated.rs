//! The files of a log that were moved away, by number.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{Failure, open};

/// Returns the path that the file is moved to: `audit.jsonl.000012`.
pub(super) fn name(path: &Path, number: u64) -> PathBuf {
    path.with_added_extension(format!("{number:06}"))
}

/// Returns the files that were moved away, the oldest first.
pub(super) fn list(path: &Path) -> Result<Vec<(u64, PathBuf)>, Failure> {
    let directory = open::directory(path);
    let Some(name) = path.file_name() else { return Ok(Vec::new()) };
    let entries = match fs::read_dir(&directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(Failure::at(&directory))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(Failure::at(&directory))?.file_name();
        if let Some(number) = number(entry.as_encoded_bytes(), name.as_encoded_bytes()) {
            found.push((number, path.with_file_name(entry)));
        }
    }
    found.sort();
    Ok(found)
}

/// Returns the number in `audit.jsonl.000012`, for `audit.jsonl`.
fn number(entry: &[u8], name: &[u8]) -> Option<u64> {
    let digits = entry.strip_prefix(name)?.strip_prefix(b".")?;
    if digits.len() < 6 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_number_of_six_digits_or_more_belongs_to_the_log() {
        let names = [
            ("a.jsonl.000001", Some(1)),
            ("a.jsonl.999999", Some(999_999)),
            ("a.jsonl.1000000", Some(1_000_000)),
            ("a.jsonl.1", None),
            ("a.jsonl.00000x", None),
            ("a.jsonl.000001.gz", None),
            ("a.jsonl.lock", None),
            ("a.jsonl", None),
            ("b.jsonl.000001", None),
            ("a.jsonl.99999999999999999999", None),
        ];
        for (name, expected) in names {
            assert_eq!(number(name.as_bytes(), b"a.jsonl"), expected, "{name}");
        }
    }
}
