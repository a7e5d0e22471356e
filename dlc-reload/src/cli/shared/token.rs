//! Secrets of the user: a token or a password in a file that nobody else may read, a token in the environment.

use std::{env, fs, io, path::Path};

use super::failure::Failure;

/// The variable that holds the token itself.
const VARIABLE: &str = "DLC_RELOAD_TOKEN";

/// The greatest size of a token in bytes; a longer file is another one by mistake.
const LONGEST: u64 = 8 << 10;

/// Returns the value of the `Authorization` header. No message quotes the token, or anything else that the file holds.
///
/// # Errors
///
/// No token, or one that cannot be one.
pub(super) fn authorization(file: Option<&Path>) -> Result<String, Failure> {
    let (token, place) = match file {
        Some(path) => (read_secret(path, "token")?, format!("`{}`", path.display())),
        None => {
            let missing = "no token: give `--token-file FILE`, or set `DLC_RELOAD_TOKEN_FILE` or `DLC_RELOAD_TOKEN`";
            let token = env::var(VARIABLE).ok().filter(|token| !token.trim().is_empty());
            (token.ok_or_else(|| Failure::usage(missing))?, format!("`{VARIABLE}`"))
        }
    };
    let token = token.trim();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        let message = format!("{place} holds no token, which is one word of ASCII characters");
        return Err(Failure::usage(message));
    }
    Ok(format!("Bearer {token}"))
}

/// Reads a secret of the user, such as a token, from a file that nobody else may read.
///
/// # Errors
///
/// It cannot be read, is too large, or others may read it.
pub fn read_secret(path: &Path, name: &str) -> Result<String, Failure> {
    let shown = path.display();
    let failed =
        |error: io::Error| Failure::usage(format!("cannot read the {name} in `{shown}`: {error}"));
    let file = fs::File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    check(&metadata, path, name)?;
    if metadata.len() > LONGEST {
        return Err(Failure::usage(format!("`{shown}` is too large for a {name}")));
    }
    io::read_to_string(file).map_err(failed)
}

/// Refuses a file of this user that others may read, as `ssh` refuses a key. One of another user, such as a mounted
/// secret, is as somebody else has set it up.
#[cfg(unix)]
fn check(metadata: &fs::Metadata, path: &Path, name: &str) -> Result<(), Failure> {
    use std::os::unix::fs::MetadataExt;

    let is_own = metadata.uid() == rustix::process::getuid().as_raw();
    let mode = metadata.mode() & 0o777;
    if !is_own || !metadata.is_file() || mode & 0o077 == 0 {
        return Ok(());
    }
    let shown = path.display();
    Err(Failure::usage(format!(
        "others may read the {name} in `{shown}` (its mode is {mode:04o}): run `chmod 600 {shown}`, and have the {name} replaced if they did"
    )))
}

#[cfg(not(unix))]
fn check(_: &fs::Metadata, _: &Path, _: &str) -> Result<(), Failure> {
    Ok(())
}
