//! The log of requests: one line for each, in a file.

use std::{
    fmt,
    fs::{File, OpenOptions},
    io::{self, Write as _},
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

/// Opens a file to append to.
///
/// # Errors
///
/// The file cannot be opened.
pub fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

/// The log of requests, while there is one.
#[derive(Debug, Default)]
pub struct Log {
    file: Mutex<Option<File>>,
    requests: AtomicU32,
}

impl Log {
    /// Writes to another file from now on, or to none.
    pub fn write_to(&self, file: Option<File>) {
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = file;
    }

    /// Writes a line for one request in `one_in`.
    pub fn write(&self, one_in: u32, line: fmt::Arguments<'_>) {
        let turn = self.requests.fetch_add(1, Ordering::Relaxed);
        if !turn.is_multiple_of(one_in) {
            return;
        }
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &mut *file
            && let Err(error) = file.write_all(format!("{line}\n").as_bytes())
        {
            tracing::warn!(%error, "cannot write the access log");
        }
    }
}
