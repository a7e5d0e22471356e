//! The bytes of a source as text.

use crate::document::{Finding, Place, SourceId, narrow};

/// The byte order mark, with which a text may begin.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Returns the text without a byte order mark, or the finding at the first byte that is no text.
pub(super) fn decoded(bytes: &[u8], source: SourceId) -> Result<&str, Finding> {
    let place = |before: &[u8]| {
        let line = before.iter().filter(|byte| **byte == b'\n').count();
        let last = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let column = String::from_utf8_lossy(last).chars().count();
        Place { source, line: narrow(line + 1), column: narrow(column + 1) }
    };
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    if bytes.starts_with(BYTE_ORDER_MARK) {
        let message = "a second byte order mark (U+FEFF), remove it";
        return Err(Finding::error(place(b""), message));
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(Finding::error(Place::whole(source), "written in UTF-16, save it as UTF-8"));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let valid = &bytes[..error.valid_up_to()];
        Finding::error(place(valid), "not UTF-8 from here on, save it as UTF-8")
    })?;
    match text.find('\0') {
        Some(at) => {
            let message = "a NUL byte, which no text has: the file is damaged or not a text";
            Err(Finding::error(place(&bytes[..at]), message))
        }
        None => Ok(text),
    }
}
