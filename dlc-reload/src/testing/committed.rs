//! The check of a committed file.

use std::path::Path;

use crate::durable;

/// Fails the test where a committed file is not what it should be, because it was made from an older configuration
/// type. The message has the first line that differs, and the command that mends it.
///
/// A relative path is one below the directory of the package, where `cargo test` runs. How lines end does not count,
/// nor how many empty ones are at the end.
///
/// ```
/// use dlc_reload::{Reloadable, testing::assert_committed};
///
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(hot, live)] rate: u32 }
/// # let folder = std::env::temp_dir().join(format!("dlc-reload-committed-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder).unwrap();
/// # let path = folder.join("billing.schema.json");
/// # let path = path.to_str().unwrap();
/// # let schema = dlc_reload::schema::<Config>();
/// # std::fs::write(path, format!("{:#}\n", schema.as_value())).unwrap();
/// # #[cfg(any())]
/// # {
/// let (path, schema) = ("billing.schema.json", dlc_reload::schema::<Config>());
/// # }
/// let text = format!("{:#}", schema.as_value());
/// assert_committed(path, &text, "cargo run -- config schema -o billing.schema.json");
/// # std::fs::remove_dir_all(&folder).unwrap();
/// ```
///
/// # Panics
///
/// If the file differs, cannot be read or does not exist.
#[track_caller]
#[allow(clippy::panic, reason = "it is an assertion")]
pub fn assert_committed(path: impl AsRef<Path>, text: &str, command: &str) {
    if let Some(staleness) = durable::staleness(path.as_ref(), text) {
        panic!("{staleness}\nto mend it, run: {command}");
    }
}
