//! `show` and `explain`: the values that a service would start with, and the story of one key.

use super::{
    context::Context,
    exit::Exit,
    shared::{failure::Failure, fields},
};
use crate::{
    load::Boot,
    place::Key,
    reloader::{
        FieldStatus,
        view::{Config, Explained, Known, Nothing},
    },
    schema::{Outline, Variables},
    section::{Found, Reloadable},
};

/// The arguments of `show`.
#[derive(Debug, clap::Args)]
pub(super) struct ShowArgs {
    /// Show where each value is set
    #[arg(long)]
    origin: bool,
    /// A field or a section, such as `logging.level` or `logging`; all of them without it
    key: Option<Key>,
}

/// The arguments of `explain`.
#[derive(Debug, clap::Args)]
pub(super) struct ExplainArgs {
    /// A field, a section or a value in a field, such as `logging.level` or `upstreams["a"].weight`
    key: Key,
}

pub(super) fn show<C: Reloadable>(
    args: &ShowArgs,
    context: &Context<'_, C>,
) -> Result<Exit, Failure> {
    let Some(examined) = context.examined()? else { return Ok(Exit::Invalid) };
    let boot = &examined.boot;
    let outline = boot.sources.shape.outline(Variables::Own);
    let config = Config::of(known(boot, &outline));
    let config = match &args.key {
        None => config,
        Some(key) => below(config, boot, key)?,
    };
    context.print(&config, |page, fit| fields::values(page, fit, &config.fields, args.origin))?;
    Ok(Exit::Done)
}

/// Returns the part of a configuration at a key.
fn below<C: Reloadable>(config: Config, boot: &Boot<C>, key: &Key) -> Result<Config, Failure> {
    let key = C::TABLE.canonical(key);
    let Config { fields, mut sections, .. } = config;
    let mut fields = fields;
    fields.retain(|field| key.covers(&field.status.key));
    if fields.is_empty() {
        let meant = boot.explain(key.clone()).meant().cloned();
        let nothing = match C::TABLE.find(key.segments()) {
            Found::Nothing => Nothing::Unknown(meant),
            Found::Section(_) | Found::Leaf(..) => Nothing::Empty,
        };
        return Err(Failure::usage(nothing.message(&key)));
    }
    sections.retain(|section| key.covers(&section.key));
    Ok(Config { fields, sections, ..config })
}

pub(super) fn explain<C: Reloadable>(
    args: &ExplainArgs,
    context: &Context<'_, C>,
) -> Result<Exit, Failure> {
    let Some(examined) = context.examined()? else { return Ok(Exit::Invalid) };
    let boot = &examined.boot;
    let outline = boot.sources.shape.outline(Variables::Own);
    let explanation = boot.explain(args.key.clone());
    let origin = boot.loaded.document.origin(&explanation.key);
    let explained = Explained::of(known(boot, &outline), explanation, origin, C::TABLE);
    let explained = explained.map_err(|nothing| Failure::usage(nothing.message(&args.key)))?;
    context.print(&explained, |page, fit| fields::explained(page, fit, &explained))?;
    Ok(Exit::Done)
}

/// Returns what is known of a configuration with which a service would start.
fn known<'o, C: Reloadable>(boot: &Boot<C>, outline: &'o Outline) -> Known<'o> {
    let (config, document) = (boot.first.config(), &boot.loaded.document);
    Known {
        generation: boot.first.generation(),
        accepted_at: boot.first.accepted_at(),
        fields: FieldStatus::list(config, config, document, boot.sources.shape),
        pending: Vec::new(),
        overrides: Vec::new(),
        outline,
    }
}
