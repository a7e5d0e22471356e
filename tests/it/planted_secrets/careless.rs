//! Authors who quote every secret that they see, in every form that comes to mind.

use std::sync::atomic::{AtomicU8, Ordering};

use dlc_reload::{Change, Commit, Handle, HookResult, Intent, Invalid, Observer, Report, Veto};

use super::config::{AuthHooks, Config, ConfigHooks};

/// The parts of a service that authors write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Part {
    Nobody,
    Root,
    Section,
    Type,
    Hook,
    Commit,
    Intent,
    Report,
    Health,
}

/// The part that fails at the moment, and whether by a panic: the process has one round at a time.
static FAILING: AtomicU8 = AtomicU8::new(0);
static PANICS: AtomicU8 = AtomicU8::new(0);

/// Makes one part fail from now on, and no other.
pub(super) fn fails(part: Part, panics: bool) {
    FAILING.store(part as u8, Ordering::SeqCst);
    PANICS.store(panics.into(), Ordering::SeqCst);
}

/// Fails with the text of a part, if it is the one that fails.
fn say(part: Part, seen: impl FnOnce() -> String) -> Result<(), String> {
    if FAILING.load(Ordering::SeqCst) != part as u8 {
        return Ok(());
    }
    let text = seen();
    assert!(PANICS.load(Ordering::SeqCst) == 0, "{text}");
    Err(text)
}

/// Refuses a configuration with the secrets in it, at a field.
pub(super) fn validator(
    part: Part,
    field: &str,
    secrets: impl FnOnce() -> Vec<String>,
    whole: impl FnOnce() -> String,
) -> Result<(), Invalid> {
    let refused = say(part, || format!("{} {}", quoted(&secrets()), whole()));
    refused.map_err(|text| Invalid::new().at(field, text))
}

/// Refuses a value with the secrets in it.
pub(super) fn refusal(part: Part, secrets: impl FnOnce() -> Vec<String>) -> Result<(), String> {
    say(part, || quoted(&secrets()))
}

/// Returns secrets as authors quote them.
fn quoted(secrets: &[String]) -> String {
    let mut said = String::new();
    for secret in secrets {
        let json = serde_json::to_string(secret).unwrap();
        let first = secret.lines().next().unwrap_or_default();
        said.push_str(&format!("<{secret}> ({}) {secret:?}, {json}; ", secret.trim()));
        said.push_str(&format!("'{first}' q={}&", in_url(secret)));
        if let Some(password) = password(secret) {
            said.push_str(&format!("user bob with {password}, {}\n", out_of_url(password)));
        }
    }
    said
}

/// Returns a text as it stands in a URL.
pub(super) fn in_url(text: &str) -> String {
    let escaped = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escaped).collect()
}

/// Returns a text that stands in a URL, as it was before.
pub(super) fn out_of_url(text: &str) -> String {
    let mut parts = text.split('%');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if byte.is_ascii() => {
                plain.push(char::from(byte));
                plain.push_str(&part[2..]);
            }
            _ => plain.push_str(&format!("%{part}")),
        }
    }
    plain
}

/// Returns the password in a URL.
pub(super) fn password(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let (login, _) = rest.split_once('@')?;
    Some(login.split_once(':')?.1)
}

/// A service that knows the configuration in force.
pub(super) struct Careless(pub(super) Handle<Config>);

impl Careless {
    fn in_force(&self) -> String {
        quoted(&self.0.load().secrets())
    }

    fn hook(&self) -> HookResult<'_> {
        say(Part::Hook, || self.in_force())?;
        Ok(Commit::fallible(|| Ok(say(Part::Commit, || self.in_force())?)))
    }

    /// Returns the reason why the service is not well.
    pub(super) fn health(&self) -> Result<(), Veto> {
        Ok(say(Part::Health, || self.in_force())?)
    }

    /// Panics, as a handler may.
    pub(super) fn handler(&self) {
        panic!("{}", self.in_force());
    }
}

/// Panics where it cannot refuse.
impl Observer for Careless {
    fn intended(&self, _: &Intent<'_>) -> Result<(), Veto> {
        Ok(say(Part::Intent, || self.in_force())?)
    }

    fn reported(&self, _: &Report) {
        say(Part::Report, || self.in_force()).unwrap();
    }
}

impl ConfigHooks for Careless {
    fn on_rate(&self, _: Change<'_, u32>) -> HookResult<'_> {
        self.hook()
    }
    fn on_motd(&self, _: Change<'_, String>) -> HookResult<'_> {
        self.hook()
    }
}

impl AuthHooks for Careless {
    fn on_retries(&self, _: Change<'_, u32>) -> HookResult<'_> {
        self.hook()
    }
}
