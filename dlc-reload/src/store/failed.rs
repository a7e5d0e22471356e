//! Content that failed its probation, as it is remembered on disk.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::archive::Archive;
use crate::{document::Document, error::Problem, schema::Shape};

/// Content that failed its probation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failed {
    /// The hash of all that may be kept of the content: what it sets and where, but no secret. So whoever reads the
    /// file cannot try secrets against it.
    content: String,
    /// The reason that the health check gave, without secrets.
    reason: String,
}

impl Failed {
    pub(crate) fn new(document: &Document, shape: &Shape, reason: String) -> Self {
        Self { content: identity(document, shape), reason }
    }

    pub(crate) fn reason(&self) -> &str {
        &self.reason
    }

    /// Returns true if a document is this content, but perhaps for secrets and for comments that move nothing.
    pub(crate) fn is(&self, document: &Document, shape: &Shape) -> bool {
        self.content == identity(document, shape)
    }

    /// Returns the error for which the content is refused in a later process.
    pub(crate) fn refusal(&self) -> Problem {
        Problem::error(format!(
            "this content failed its probation in an earlier process and was rolled back ({}): it is refused until it changes",
            self.reason
        ))
    }

    /// Returns the warning that the content is in force all the same.
    pub(crate) fn warning(&self) -> Problem {
        Problem::warning(format!(
            "this content failed its probation in an earlier process ({}), and there is nothing to go back to: it is in force, and has to prove itself or to change",
            self.reason
        ))
    }
}

fn identity(document: &Document, shape: &Shape) -> String {
    let Archive { values, replaced, left_out, .. } = Archive::of(document, shape);
    let mut hash = Fnv::default();
    let files = document.files.digests();
    if !files.is_empty() {
        let _ = serde_json::to_writer(&mut hash, &files);
    }
    // Neither can writing into a hash fail, nor is a row of a kind that JSON has no word for.
    let _ = serde_json::to_writer(&mut hash, &(values, replaced, left_out));
    format!("{:032x}", hash.0)
}

/// The hash FNV-1a, which is the same in every process; that of the standard library may change with its version.
struct Fnv(u128);

impl Default for Fnv {
    fn default() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }
}

impl Write for Fnv {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
        for byte in bytes {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(PRIME);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        let mut hash = Fnv::default();
        hash.write_all(b"foobar").unwrap();
        assert_eq!(format!("{:032x}", hash.0), "343e1662793c64bf6f0d3597ba446f18");
    }
}
