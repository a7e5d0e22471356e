//! The table of a section: one row a field, which names the type of the field and so the functions for it.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::{ExprPath, ext::IdentExt as _};

use super::{Names, span_at};
use crate::ir::{ContainerDefault, Field, FieldDefault, Kind, Parameter, Role, Schema, Serde};

/// Returns `Reloadable::TABLE`.
///
/// ```ignore
/// const TABLE: &'static Table = &Table { name: "Logging", docs: "…", fields: &[
///     FieldInfo::leaf("level", "…", Role::Hook.of(…), LeafIn::<Level>::TYPE.described(SchemaIn::<Level>::OF)),
///     FieldInfo::section("sinks", "…", <Sinks as Reloadable>::SECTION, false),
/// ] };
/// ```
pub(super) fn constant(names: &Names<'_>) -> TokenStream {
    let (section, private) = (names.section, &names.private);
    let (name, docs) = (section.ident.unraw().to_string(), &section.docs);
    let rows = section.fields.iter().map(|field| row(names, field));
    let removed = section.removed.iter().map(|(key, reason)| quote!((#key, #reason)));
    quote! {
        const TABLE: &'static #private::Table = &#private::Table {
            name: #name, docs: #docs, fields: &[#(#rows),*], removed: &[#(#removed),*],
        };
    }
}

fn row(names: &Names<'_>, field: &Field) -> TokenStream {
    let private = &names.private;
    let (ident, docs) = (field.plain_name(), &field.docs);
    let mut row = match &field.kind {
        Kind::Leaf { role, read, .. } => leaf(names, field, role, read.as_ref()),
        Kind::Section { route, read } => {
            let frozen = route.is_none();
            let hooked = field.has_hook().then(|| quote!(.hooked()));
            let live = field.is_live_section().then(|| {
                let (ty, span) = (&field.ty, span_at(&field.ty));
                let live = if field.has_hook() { "live" } else { "live_without_hook" };
                let live = Ident::new(live, span);
                quote_spanned!(span=> .#live::<#ty>())
            });
            let this = names.of_section(field, "SECTION");
            let probed = read.as_ref().map(|read| {
                let probe = probe(names, field, read);
                quote!(.probed(#probe))
            });
            quote!(#private::FieldInfo::section(#ident, #docs, #this, #frozen) #live #hooked #probed)
        }
    };
    if let (Some(entries), Some(of)) = (field.entries(), names.entries(field)) {
        let merges = entries.merges;
        row.extend(quote!(.entries::<#of>(#merges)));
    }
    let Serde { name, serialized, aliases, flatten, default } = &field.serde;
    if *name != ident || *serialized != ident {
        row.extend(quote!(.named(#name, #serialized)));
    }
    if !aliases.is_empty() {
        row.extend(quote!(.aliases(&[#(#aliases),*])));
    }
    if !field.former.is_empty() {
        let former = &field.former;
        row.extend(quote!(.renamed_from(&[#(#former),*])));
    }
    if let Some(name) = &field.env {
        row.extend(quote!(.env(#name)));
    }
    if *flatten {
        row.extend(quote!(.flattened()));
    }
    row.extend(self::default(names, field, default));
    if let Some(note) = &field.deprecated {
        row.extend(quote!(.deprecated(#note)));
    }
    row
}

/// Returns the role of a leaf. A secret and a section are refused as the type of a hot one: it would be handed to hooks
/// and watches, and its fields have classes of their own. A type that depends on a parameter is not known here, and one
/// with entries is asked for these.
fn role(names: &Names<'_>, field: &Field, role: &Role) -> TokenStream {
    let private = &names.private;
    let span = span_at(&field.ty);
    let secret = names.of_type(field, quote!(SecretIn));
    let secret = quote_spanned!(span=> #secret::HELD);
    let hot = match role {
        Role::Restart => return quote!(#private::Role::restart(#secret)),
        Role::Secret => return quote!(#private::Role::Secret),
        Role::Hook => quote!(#private::Role::Hook),
        Role::Live => quote!(#private::Role::Live),
    };
    if field.generic.is_some() || field.entries().is_some() {
        return hot;
    }
    let is_section = names.is_section(field);
    quote_spanned!(span=> #hot.of(#secret, #is_section))
}

/// Returns what says that serde supplies a value, and where the table makes the schema, which.
fn default(names: &Names<'_>, field: &Field, default: &FieldDefault) -> Option<TokenStream> {
    let (private, ty) = (&names.private, &field.ty);
    let has_default = !matches!(names.section.default, ContainerDefault::None);
    match (default, &names.section.schema) {
        (FieldDefault::OfTheStruct, _) => has_default.then(|| quote!(.defaulted())),
        (FieldDefault::Trait, Schema::Table { .. }) => {
            Some(quote!(.default(#private::default_of::<#ty>)))
        }
        (FieldDefault::Function(function), Schema::Table { .. }) => {
            Some(quote!(.default(|| #private::default_json(#function()))))
        }
        (FieldDefault::Trait | FieldDefault::Function(_), _) => Some(quote!(.defaulted())),
    }
}

/// Returns the row of a leaf.
fn leaf(names: &Names<'_>, field: &Field, role: &Role, read: Option<&ExprPath>) -> TokenStream {
    let (private, ident, docs) = (&names.private, field.plain_name(), &field.docs);
    let is_described = matches!(names.section.schema, Schema::Table { .. });
    if field.looks_plain && field.generic.is_none() && is_described && read.is_none() {
        let row = names.of_type(field, plain_row(role));
        return quote!(#row(#ident, #docs));
    }
    let role = self::role(names, field, role);
    let ty = match read {
        // Its entries need not be comparable: they are compared field by field.
        None if field.entries().is_some() => {
            let leaf = names.of_type(field, quote!(TypeInfo::of_leaf));
            quote!(#leaf())
        }
        None => {
            let leaf = names.of_type(field, quote!(LeafIn));
            quote!(#leaf::TYPE)
        }
        Some(read) => {
            let (tried, probe) =
                (names.of_type(field, quote!(TypeInfo::tried)), probe(names, field, read));
            quote!(#tried(#probe))
        }
    };
    let described = is_described.then(|| {
        let schema = names.of_type(field, quote!(SchemaIn));
        quote!(.described(#schema::OF))
    });
    let parameter = (field.generic == Some(Parameter::Type)
        && field.changes_live()
        && field.entries().is_none()
        && !field.recursive)
        .then(|| {
            let ty = &field.ty;
            quote!(.of_parameter::<#ty>())
        });
    quote!(#private::FieldInfo::leaf(#ident, #docs, #role, #ty #described) #parameter)
}

/// Returns the function that makes the row of a leaf of a plain type, about which nothing is asked.
fn plain_row(role: &Role) -> TokenStream {
    match role {
        Role::Hook => quote!(plain::hook),
        Role::Live => quote!(plain::live),
        Role::Restart => quote!(plain::restart),
        Role::Secret => quote!(plain::secret),
    }
}

/// Returns what tries a field that a function of its author reads.
fn probe(names: &Names<'_>, field: &Field, read: &ExprPath) -> TokenStream {
    let (private, ty) = (&names.private, &field.ty);
    let value = quote!(|__value| #read(__value));
    let with = match field.is_section() {
        true => quote!(section_with::<#ty, _>(__index, #value)),
        false => quote!(leaf_with::<#ty>(__index, #value)),
    };
    quote!(|__cx: &mut #private::Probe<'_>, __index| __cx.#with)
}
