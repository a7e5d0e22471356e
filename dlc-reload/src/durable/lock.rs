//! The lock that admits one writer at a time, among threads and among processes, and the note in it.

use std::{
    fs::{File, TryLockError},
    io::{self, Read, Seek, Write},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use super::{Failure, open};

/// The time for which a reader waits for a writer, which needs the lock for one line.
const PATIENCE: Duration = Duration::from_secs(10);

/// The time for which a writer waits that can write later.
pub(crate) const BRIEFLY: Duration = Duration::from_millis(50);

/// The longest pause between two attempts.
const PAUSE: Duration = Duration::from_millis(16);

/// The number of bytes that are read of a note.
const LONGEST_NOTE: u64 = 1024;

/// The lock of a log, until it is dropped; its file has the note of the last writer to the next one.
pub(super) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file is not enough: a program that another thread has just started has a copy of it until it
        // runs, and keeps the lock as long. What fails here, closing mends.
        let _ = self.0.unlock();
    }
}

impl Lock {
    /// Returns the note; empty where there is none that can be read.
    pub(super) fn note(&self) -> String {
        let mut text = String::new();
        let mut file = &self.0;
        let read = file.rewind().and_then(|()| file.take(LONGEST_NOTE).read_to_string(&mut text));
        let line = read.ok().and_then(|_| text.lines().next());
        line.unwrap_or_default().to_owned()
    }

    /// Replaces the note. It is not synced: after a crash of the machine it may be an older one.
    pub(super) fn set_note(&self, note: &str) -> io::Result<()> {
        let (mut file, line) = (&self.0, format!("{note}\n"));
        // In one write, so that a process that is killed leaves the old one or the new.
        file.rewind()?;
        file.write_all(line.as_bytes())?;
        file.set_len(file.stream_position()?)
    }
}

/// Locks a log for one writer, until the returned lock is dropped.
///
/// The lock is on a file of its own, because the log itself is renamed. The system releases it with
/// the process, however that ends. Another process may keep it for as long as `patience`; while others write their
/// lines in turn, the wait begins anew with each, up to ten seconds.
pub(super) fn exclusive(log: &Path, patience: Duration) -> Result<Lock, Failure> {
    let path = log.with_added_extension("lock");
    let written = || {
        let log = log.metadata().ok()?;
        Some((log.len(), log.modified().ok()?))
    };
    loop {
        let file = open::created_to_overwrite(&path)?;
        wait(&path, patience, written, || file.try_lock())?;
        // If the file was deleted while this writer waited, there may be a second lock by now.
        if is_at(&file, &path) {
            return Ok(Lock(file));
        }
    }
}

/// Keeps writers out of a log until the returned lock is dropped. A log that cannot be locked, such
/// as a copy that is read-only, is read without a lock.
pub(super) fn shared(log: &Path) -> Result<Option<Lock>, Failure> {
    let path = log.with_added_extension("lock");
    let Ok(Some(file)) = open::readable(&path) else { return Ok(None) };
    wait(&path, PATIENCE, || (), || file.try_lock_shared())?;
    Ok(Some(Lock(file)))
}

/// Attempts to lock until it succeeds or the time is over: a process that was stopped while it had
/// the lock would hold up reloads for ever. The time begins anew while `written` changes.
fn wait<W: PartialEq>(
    path: &Path,
    patience: Duration,
    written: impl Fn() -> W,
    attempt: impl Fn() -> Result<(), TryLockError>,
) -> Result<(), Failure> {
    let begun = Instant::now();
    let (mut since, mut last) = (begun, written());
    let mut pause = Duration::from_millis(1);
    loop {
        match attempt() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(Failure::at(path)(error)),
            Err(TryLockError::WouldBlock) if since.elapsed() >= patience => {
                let now = written();
                if now == last || begun.elapsed() >= PATIENCE {
                    return Err(Failure::locked_out(path));
                }
                (since, last) = (Instant::now(), now);
            }
            Err(TryLockError::WouldBlock) => thread::sleep(pause),
        }
        pause = PAUSE.min(pause * 2);
    }
}

/// Returns true if an open file is still the one at its path.
#[cfg(unix)]
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), path.symlink_metadata()) {
        (Ok(ours), Ok(theirs)) => (ours.dev(), ours.ino()) == (theirs.dev(), theirs.ino()),
        _ => false,
    }
}

/// Returns true: elsewhere an open file cannot be replaced.
#[cfg(not(unix))]
pub(super) const fn is_at(_: &File, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_lock_that_somebody_keeps_is_given_up_at_the_end_of_the_patience() {
        let path = Path::new("audit.jsonl.lock");
        let never = || Err(TryLockError::WouldBlock);
        let failure = wait(path, Duration::ZERO, || (), never).unwrap_err().to_string();
        assert!(
            failure.starts_with("audit.jsonl.lock: another process keeps the lock"),
            "{failure}"
        );
    }

    #[test]
    fn a_copy_of_the_file_in_a_process_that_starts_keeps_no_lock() {
        let folder = std::env::temp_dir().join(format!("dlc-reload-lock-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let log = folder.join("log");
        let lock = exclusive(&log, Duration::ZERO).ok().unwrap();
        let copy = lock.0.try_clone().unwrap();
        assert!(exclusive(&log, Duration::ZERO).is_err());
        drop(lock);
        let lock = exclusive(&log, Duration::ZERO).ok().unwrap();
        drop((lock, copy));
        let reading = shared(&log).ok().flatten().unwrap();
        let copy = reading.0.try_clone().unwrap();
        drop(reading);
        assert!(exclusive(&log, Duration::ZERO).is_ok());
        drop(copy);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn the_patience_begins_anew_while_others_write() {
        let (lines, tries) = (Cell::new(0), Cell::new(0));
        let written = || {
            lines.set(lines.get() + 1);
            lines.get()
        };
        let third = || {
            tries.set(tries.get() + 1);
            if tries.get() < 3 { Err(TryLockError::WouldBlock) } else { Ok(()) }
        };
        assert!(wait(Path::new("a.lock"), Duration::ZERO, written, third).is_ok());
    }
}
