//! A crate that denies everything reasonable can still derive.

#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused,
    trivial_bounds,
    trivial_casts,
    trivial_numeric_casts,
    unused_qualifications,
    unused_lifetimes,
    unused_results,
    single_use_lifetimes,
    elided_lifetimes_in_paths,
    let_underscore_drop,
    private_bounds,
    private_interfaces,
    non_local_definitions,
    unsafe_code,
    explicit_outlives_requirements,
    redundant_lifetimes,
    nonstandard_style,
    future_incompatible,
    rust_2018_idioms,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::shadow_unrelated,
    clippy::std_instead_of_core,
    clippy::unwrap_used
)]

use dlc_reload::{Change, Commit, HookResult, Reloadable};
use serde::{Deserialize, Serialize};

/// Every role a field can have.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(default)]
pub struct Everything {
    /// Hot, with a hook.
    #[reload(hot)]
    pub level: u8,
    /// Hot, read through the handle.
    #[reload(hot, live)]
    pub motd: String,
    /// Waits for a restart.
    #[reload(restart)]
    pub port: u16,
    /// Never shown.
    #[reload(restart, secret)]
    pub password: String,
    /// Classifies its own fields.
    #[reload(nested)]
    pub inner: Inner,
    /// May be absent.
    #[reload(nested)]
    pub optional: Option<Inner>,
    /// All of it waits for a restart.
    #[reload(restart, nested)]
    pub frozen: Inner,
    /// A section with a parameter.
    #[reload(nested)]
    pub generic: Generic<u8>,
    /// Has a hook of its own.
    #[reload(nested, hook)]
    pub quiet: Quiet,
    /// Names of which the author was warned once.
    #[reload(nested)]
    pub named: oddly_named,
}

impl Default for Everything {
    fn default() -> Self {
        let inner = Inner { level: 0 };
        Self {
            level: 0,
            motd: String::new(),
            port: 0,
            password: String::new(),
            inner: inner.clone(),
            optional: None,
            frozen: inner,
            generic: Generic { value: 0, unused: 0 },
            quiet: Quiet::default(),
            named: oddly_named::default(),
        }
    }
}

/// A section.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
pub struct Inner {
    /// Hot, with a hook.
    #[reload(hot)]
    pub level: u8,
}

/// A section with a parameter.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
pub struct Generic<T> {
    /// Hot, with a hook.
    #[reload(hot)]
    pub value: T,
    #[reload(restart)]
    unused: u8,
}

/// A section in which nothing has a hook.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
pub struct Quiet {
    /// Hot, read through the handle.
    #[reload(hot, live)]
    pub motd: String,
}

/// A section that only has sections.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
pub struct Around {
    /// Its hooks are those of the section around it.
    #[reload(nested)]
    pub inner: Inner,
    /// It has none.
    #[reload(nested)]
    pub quiet: Quiet,
}

/// Names that lints find odd, and fields that are on their way out.
#[expect(
    non_camel_case_types,
    non_snake_case,
    clippy::pub_underscore_fields,
    reason = "others gave the names"
)]
#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default)]
pub struct oddly_named {
    /// Hot, with a hook.
    #[reload(hot)]
    pub _reserved: u8,
    /// Waits for a restart.
    #[reload(restart)]
    pub _replication_factor: u8,
    /// Hot, with a hook.
    #[reload(hot)]
    pub camelCase: u8,
    /// Hot, with a hook.
    #[reload(hot)]
    #[deprecated(note = "use `level`")]
    pub old: u8,
    /// Hot, read through the handle.
    #[reload(hot, live)]
    #[deprecated]
    pub older: u8,
    /// Waits for a restart.
    #[reload(restart)]
    #[deprecated = "it has no effect"]
    pub oldest: u8,
    /// A section.
    #[reload(nested)]
    #[deprecated]
    pub section: Option<Inner>,
}

/// A section that is on its way out.
#[deprecated]
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
pub struct Outdated {
    /// Hot, with a hook.
    #[reload(hot)]
    pub level: u8,
}

/// Implements every hook.
#[derive(Clone, Copy, Debug)]
pub struct App;

impl EverythingHooks for App {
    fn on_level(&self, _: Change<'_, u8>) -> HookResult<'_> {
        Ok(Commit::none())
    }

    fn on_quiet<'a>(&'a self, quiet: QuietDiff<'a>) -> HookResult<'a> {
        let Change { old, new, .. } = quiet.values();
        Ok(Commit::new(move || debug_assert_ne!(old.motd, new.motd)))
    }
}

impl oddly_namedHooks for App {
    fn on__reserved(&self, _: Change<'_, u8>) -> HookResult<'_> {
        Ok(Commit::none())
    }

    fn on_camelCase(&self, _: Change<'_, u8>) -> HookResult<'_> {
        Ok(Commit::none())
    }

    fn on_old(&self, _: Change<'_, u8>) -> HookResult<'_> {
        Ok(Commit::none())
    }
}

impl EverythingInnerRoute for App {
    fn inner(&self) -> &dyn InnerHooks {
        self
    }
}

impl EverythingOptionalRoute for App {
    fn optional(&self) -> &dyn InnerHooks {
        self
    }
}

impl InnerHooks for App {
    fn on_level(&self, _: Change<'_, u8>) -> HookResult<'_> {
        Ok(Commit::none())
    }
}

impl GenericHooks<u8> for App {
    fn on_value(&self, _: Change<'_, u8>) -> HookResult<'_> {
        Ok(Commit::none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is denied above is found when this compiles; here, that all of it can be used.
    #[test]
    fn derived_code_is_free_of_warnings() {
        let config = Everything::default();
        assert_eq!(Everything::fields().generic().value().read(&config), config.generic.value);
        assert_eq!(Everything::fields().generic().unused().read(&config), config.generic.unused);
        let _: &dyn EverythingHooks = &App;
    }
}
