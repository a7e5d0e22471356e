//! The name under which a fleet remembers who changed it.

use std::env;

/// Returns the user's name on this machine, such as `alice@desk-7`.
pub(super) fn name() -> String {
    let names = ["USER", "LOGNAME", "USERNAME"].into_iter();
    let user = names.filter_map(|name| env::var(name).ok()).find(|name| !name.is_empty());
    format!("{}@{}", user.unwrap_or_else(number), machine())
}

#[cfg(unix)]
fn number() -> String {
    format!("uid-{}", rustix::process::getuid().as_raw())
}

#[cfg(not(unix))]
fn number() -> String {
    "somebody".to_owned()
}

#[cfg(unix)]
fn machine() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn machine() -> String {
    env::var("COMPUTERNAME").unwrap_or_else(|_| "a-machine".to_owned())
}
