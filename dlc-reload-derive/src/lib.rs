//! `#[derive(Reloadable)]`: the lowering pipeline of `dlc-reload`.
//!
//! `Self` is spelled out (`receiver`). What was written (`attr`) is then checked and understood (`lower`),
//! which yields what it means (`ir`); `expand` turns the meaning into code. Only `lower` can fail, and it
//! collects every mistake before it does.

mod attr;
mod cx;
mod expand;
mod ir;
mod lower;
mod receiver;

use proc_macro::TokenStream;
use quote::quote;
use syn::{DeriveInput, parse_macro_input};

/// Classifies every field of a configuration section, for a struct with named fields that also
/// derives `Clone`, `Serialize` and `Deserialize`.
///
/// # On a field
///
/// | attribute | meaning |
/// |---|---|
/// | `#[reload(hot)]` | changes live; the hook trait gets a required `on_<field>`, with the name as it is (`on__reserved` for `_reserved`) |
/// | `#[reload(hot, live)]` | changes live; no hook, because every use reads the handle |
/// | `#[reload(restart)]` | takes effect at the next start; there is no hook to implement |
/// | `#[reload(restart, secret)]` | the same, and the value is never shown |
/// | `#[reload(nested)]` | the type derives `Reloadable` itself (or is an `Option`, `Box` or `Arc` of one that does) and classifies its fields |
/// | `#[reload(nested, hook)]` | the same, and the hook trait gets a required `on_<field>` with the diff of the section, for a change of anything in it; it is asked after the hooks of the section, and where the fields are `live`, in their place |
/// | `#[reload(nested, live)]` | on an `Option`: the section may appear and vanish live, as it is, what needs a restart otherwise and secrets included; with `hook`, which a section with hooks in it needs, the hook trait also gets `on_<field>_appeared` and `_vanished` |
/// | `#[reload(restart, nested)]` | the same as `nested`, but every leaf in it is `restart` here |
/// | `#[reload(hot, entries)]` | a map of sections: entries come and go live, and the fields of one that stays have their own classes; the hook trait gets `on_<field>_added`, `_removed` and `_changed`; with `live`, no hooks |
/// | `#[reload(hot, entries = "name")]` | the same for a `Vec`, whose items the named field tells apart; with `merge`, a later source adds to the list of an earlier one and changes items in it, in place of replacing it |
/// | `identity` beside a class | the field can tell the items of a list apart; texts, numbers, addresses and paths need no mark |
///
/// Every field needs one, except those with `#[serde(skip)]`. A leaf type is `Clone`, `PartialEq`, `Serialize`,
/// `Deserialize`, `Send`, `Sync` and `'static` (the trait `Leaf`). Its `JsonSchema` is used where it has one; the
/// schema of any other type takes every value. A flattened leaf, and one whose type depends on a parameter, need one. A
/// map or a list without `entries` is one leaf, whatever it holds. A hot leaf is no section: the classes of its fields
/// would be lost. Where its type is a parameter, that is an error of the start.
///
/// `env = "NAME"` beside a class names the environment variable of the field, in place of the one that its key would
/// have. It is the variable of one field: a struct that is a section twice cannot have one (an error when the
/// configuration is loaded), and an entry of a collection cannot either.
///
/// A file that was written for an earlier version of the service goes on working, or says what to do:
///
/// | attribute, beside a class | meaning |
/// |---|---|
/// | `renamed_from = "old"` | sources may write the former name, with a warning at the line; both at once are an error; may be written several times |
/// | `deprecated = "use …"` | the key is read, with a warning at the line; `#[deprecated(note = "…")]` on the field does the same |
///
/// # On the struct
///
/// | attribute | meaning |
/// |---|---|
/// | `#[reload(restart)]` | fields without a mark are `restart` |
/// | `#[reload(validate = path)]` | a `fn(&Self) -> Result<(), Invalid>`; may be written several times |
/// | `#[reload(finish = path)]` | a `fn(&mut Self)` that runs after reading, before validation and comparison, after those of the sections in it; may be written several times |
/// | `#[reload(removed(key = "why"))]` | a key that is gone: a source that sets it is refused with the reason |
/// | `#[reload(crate = path)]` | where the runtime is, if it is not `::dlc_reload` |
/// | `#[reload(schema = false)]` | the author derives or writes `JsonSchema` |
///
/// # What it generates for `struct Logging`
///
/// | item | what it is |
/// |---|---|
/// | `LoggingHooks` | a trait with one method per hot field; if there are none, whatever has the routes implements it |
/// | `Logging<Field>Route` | a trait for each section, which leads to its hooks; whatever implements these has it, unless the struct has another section of the same type |
/// | `impl IdentifiedBy<…> for Logging` | one for each field that can tell the items of a list apart; for the derive of that list |
/// | `LoggingDiff<'a>` | one `Option<Change<'a, T>>` per leaf, the diffs of sections by value |
/// | `LoggingFields` | typed field paths: `Logging::fields().level()` |
/// | `impl Reloadable for Logging` | diff, overlay, hooks, validation, metadata |
/// | `impl JsonSchema for Logging` | with serde attributes and doc comments, and `x-reload` on every property |
///
/// Serde's `rename`, `rename_all`, `alias`, `default`, `flatten`, `skip` and `with` are honoured; `with`,
/// `deserialize_with` and `serialize_with` need `#[schemars(with = "…")]` beside them, or `schema_with`, which says
/// what a source writes.
///
/// # Parameters
///
/// A section may have parameters of types and constants, and no lifetimes; `Self` in it is the section with its
/// parameters. Best is a struct without bounds: the derives write those that they need. Where the struct
/// itself has a bound that serde's derive would write again, such as `T: Reloadable` or `T: DeserializeOwned`, the
/// compiler cannot choose between the two (`E0283`), and `#[serde(bound = "")]` leaves serde's out. The trait
/// `Reloadable` has an example.
#[proc_macro_derive(Reloadable, attributes(reload, serde, schemars))]
pub fn derive_reloadable(input: TokenStream) -> TokenStream {
    // As one text, which the compiler makes in a moment; most structs have no `Self`.
    let says_self = input.to_string().contains("Self");
    let input = parse_macro_input!(input as DeriveInput);
    let input = if says_self { receiver::spelled_out(input) } else { input };
    let mut cx = cx::Cx::default();
    let input = lower::lower(&mut cx, &input);
    let errors = cx.finish().into_iter().map(|error| error.to_compile_error());
    let code = expand::expand(input);
    quote! { #(#errors)* #code }.into()
}
