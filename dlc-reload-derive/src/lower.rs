//! From what was written to what it means: every check, and every mistake at once.

use std::collections::HashMap;

use proc_macro2::{Ident, Span, TokenTree};
use quote::ToTokens;
use syn::{
    Attribute, Data, DeriveInput, Fields, Generics, Meta, Path, Token, parse_quote,
    punctuated::Punctuated, spanned::Spanned,
};

use crate::{
    attr::{self, Options},
    cx::Cx,
    ir::{Field, Role, Schema, Secrecy, Section},
};

mod bounds;
mod serde;

pub(crate) use self::bounds::mentions;

/// What can be generated for an input.
pub(crate) enum Lowered<'a> {
    /// The input is understood, perhaps with mistakes that were noted; a field whose mark is wrong
    /// has the role that gives the fewest further errors.
    Section(Box<Section>),
    /// The input is not a section; `krate` is the path of the runtime.
    Nothing { input: &'a DeriveInput, krate: Path },
    /// serde's derives refuse the input and report it. Nothing is generated, because everything
    /// generated needs what they would have derived.
    Foreign,
}

/// Understands a struct, noting every mistake in `cx`.
pub(crate) fn lower<'a>(cx: &mut Cx, input: &'a DeriveInput) -> Lowered<'a> {
    let options = Options::from_attrs(cx, &input.attrs, attr::STRUCT, "struct");
    let krate = options.paths(cx, "crate").pop().unwrap_or_else(|| parse_quote!(::dlc_reload));
    let Some(fields) = named_fields(cx, input) else {
        return Lowered::Nothing { input, krate };
    };
    if borrows(cx, &input.generics) {
        return Lowered::Nothing { input, krate };
    }
    check_container(cx, &input.attrs);
    let Some(serde) = serde::read(input) else {
        return Lowered::Foreign;
    };

    // Whoever meant a default with a wrong option is not told of every field.
    let restart_by_default = options.flag(cx, "restart").is_some() || options.are_broken();
    let own_schema = options.boolean(cx, "schema") == Some(false);
    let validators = options.paths(cx, "validate");
    let schema = if own_schema {
        Schema::Own
    } else {
        Schema::Mirror {
            named: ["serde", "schemars"].iter().any(|owner| sets(&input.attrs, owner, "rename")),
            shape: container_shape(&input.attrs),
            default: serde.default,
        }
    };

    let mut lowered = Vec::new();
    for (field, serde) in fields.iter().zip(serde.fields) {
        let Some(ident) = field.ident.clone() else { continue };
        let role = role(cx, field, restart_by_default, serde.is_none());
        if let (Some(serde), Some((role, mark))) = (serde, role) {
            let index = u16::try_from(lowered.len()).unwrap_or(u16::MAX);
            let docs = docs(&field.attrs);
            let mut shape: Vec<_> = shape(&field.attrs).cloned().collect();
            if !own_schema && lacks_schema_of_with(cx, field) {
                shape.push(parse_quote!(#[schemars(with = "()")]));
            }
            lowered.push(Field {
                ident,
                ty: field.ty.clone(),
                index,
                docs,
                serde,
                role,
                mark,
                shape,
            });
        }
    }
    if lowered.len() > usize::from(u16::MAX) {
        cx.error(
            &input.ident,
            "a section can have 65535 fields at most: group them in nested sections",
        );
    }
    if method_names_clash(cx, &lowered) {
        return Lowered::Nothing { input, krate };
    }

    let generics = bounds::of_types(&input.generics, &lowered, &krate);
    let itself = bounds::of_the_struct(input, &krate, own_schema);
    Lowered::Section(Box::new(Section {
        ident: input.ident.clone(),
        vis: input.vis.clone(),
        generics,
        itself,
        docs: docs(&input.attrs),
        krate,
        fields: lowered,
        validators,
        schema,
    }))
}

fn named_fields<'a>(
    cx: &mut Cx,
    input: &'a DeriveInput,
) -> Option<&'a Punctuated<syn::Field, Token![,]>> {
    let (at, message): (&dyn ToTokens, _) = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => return Some(&fields.named),
            Fields::Unnamed(fields) => (
                fields,
                "a section needs named fields: give the fields names, or use the type as a leaf and remove the derive",
            ),
            Fields::Unit => (
                &input.ident,
                "a section needs named fields: a unit struct has nothing to configure",
            ),
        },
        Data::Enum(data) => (
            &data.enum_token,
            "an enum is a leaf, not a section: remove `Reloadable` here and mark the field that holds it `hot` or `restart`",
        ),
        Data::Union(data) => {
            (&data.union_token, "a union cannot be read from a file: use a struct")
        }
    };
    cx.error(at, message);
    None
}

fn borrows(cx: &mut Cx, generics: &Generics) -> bool {
    for lifetime in generics.lifetimes() {
        cx.error(
            lifetime,
            "a configuration outlives what it was read from: own the data (`String` for `&str`) instead of borrowing it",
        );
    }
    generics.lifetimes().next().is_some()
}

/// Container attributes after which the fields are not what sources write.
fn check_container(cx: &mut Cx, attrs: &[Attribute]) {
    let mut said = Vec::new();
    for meta in serde_metas(attrs) {
        let Some(name) = meta.path().get_ident().map(Ident::to_string) else { continue };
        let reason = match name.as_str() {
            "transparent" => {
                "a transparent struct has no keys of its own: use it as a leaf and remove `Reloadable`"
            }
            "from" | "try_from" | "into" => {
                "this struct is read through another type, so its fields are not the keys of the file: derive `Reloadable` for that type, or use this one as a leaf"
            }
            "remote" => "a remote definition is not the type itself: use the type as a leaf",
            "tag" | "content" | "untagged" => {
                "a tag is not a field: remove it, or use the struct as a leaf"
            }
            _ => continue,
        };
        // `from` and `into` come in pairs and are one decision.
        if !said.contains(&reason) {
            cx.error(meta, reason);
            said.push(reason);
        }
    }
}

/// The role a field's mark gives it and the place of the mark, or `None` for a field that no source
/// sets.
fn role(
    cx: &mut Cx,
    field: &syn::Field,
    restart_by_default: bool,
    skipped: bool,
) -> Option<(Role, Span)> {
    let options = Options::from_attrs(cx, &field.attrs, attr::FIELD, "field");
    let hot = options.flag(cx, "hot");
    let live = options.flag(cx, "live");
    let restart = options.flag(cx, "restart");
    let nested = options.flag(cx, "nested");
    let secret = options.flag(cx, "secret");

    if skipped {
        if let Some(mark) = hot.or(nested).or(secret) {
            cx.error(mark, format!("no source sets a field with `#[serde(skip)]`, so `{mark}` has no meaning: remove one of the two"));
        }
        return None;
    }
    if let (Some(_), Some(restart)) = (hot, restart) {
        cx.error(restart, "a field is `hot` or `restart`, not both");
    }
    if let (Some(live), None) = (live, hot) {
        cx.error(live, "`live` says that a hot field needs no hook: write `#[reload(hot, live)]`");
    }
    if let (Some(nested), Some(_)) = (nested, hot) {
        cx.error(
            nested,
            "a nested section classifies its own fields: write `nested` alone, or `hot` alone to treat the whole value as one unit",
        );
    }
    if let Some(secret) = secret {
        if hot.is_some() {
            cx.error(secret, "a secret cannot be `hot`: mark it `#[reload(restart, secret)]`");
        } else if let Some(nested) = nested {
            cx.error(nested, "mark the secret fields inside the section `secret`, not the section");
        } else if restart.is_none() && !restart_by_default {
            cx.error(
                secret,
                "`secret` stands beside `restart`: write `#[reload(restart, secret)]`",
            );
        }
    }

    let mark = live.or(restart).or(hot).map_or_else(|| field.span(), Ident::span);
    // Contradictions were noted above; each has the role that its remedy leads to.
    let role = match (hot.or(live), nested, restart) {
        (_, Some(_), None) => Role::Routed,
        (_, Some(_), Some(_)) => Role::Frozen,
        (Some(_), None, _) if secret.is_some() => Role::Restart { secret: Secrecy::Marked },
        (Some(_), None, _) if live.is_some() => Role::Live,
        (Some(_), None, _) => Role::Hook,
        (None, None, _) => {
            if options.are_empty() && !restart_by_default {
                let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
                cx.error(
                    &field.ident,
                    format!("`{name}` has no class: mark it `#[reload(hot)]`, `#[reload(restart)]` or, for a section, `#[reload(nested)]`"),
                );
            }
            Role::Restart {
                secret: if secret.is_some() { Secrecy::Marked } else { Secrecy::ByType },
            }
        }
    };
    Some((role, mark))
}

/// `#[serde(with = …)]` says how a value is written, but not what its schema is.
fn lacks_schema_of_with(cx: &mut Cx, field: &syn::Field) -> bool {
    let with = serde_metas(&field.attrs).into_iter().find(|meta| meta.path().is_ident("with"));
    let schema = ["with", "schema_with"].iter().any(|name| sets(&field.attrs, "schemars", name));
    if let (Some(with), false) = (with, schema) {
        cx.error(
            with,
            "the schema cannot follow a `with` module: say what is written, such as `#[schemars(with = \"String\")]`",
        );
        return true;
    }
    false
}

/// Two methods of the hook trait with one name would be an error at a place nobody wrote.
fn method_names_clash(cx: &mut Cx, fields: &[Field]) -> bool {
    let hooks: HashMap<String, &Ident> = fields
        .iter()
        .filter(|field| !field.is_section())
        .map(|field| (format!("on_{}", field.plain_name()), &field.ident))
        .collect();
    let mut clash = false;
    for field in fields.iter().filter(|field| field.is_section()) {
        if let Some(hook) = hooks.get(&field.plain_name()) {
            cx.error(
                &field.ident,
                format!("the section `{}` and the hook of `{hook}` would have the same name: rename one of the fields", field.ident),
            );
            clash = true;
        }
    }
    clash
}

/// The attributes that say how a thing is written in a source; schemars reads all of them.
fn shape(attrs: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    const KEPT: [&str; 6] = ["doc", "serde", "schemars", "garde", "validate", "deprecated"];
    attrs.iter().filter(|attr| KEPT.iter().any(|kept| attr.path().is_ident(kept)))
}

/// The container's shape without what the mirror says itself.
fn container_shape(attrs: &[Attribute]) -> Vec<Attribute> {
    let mut kept: Vec<Attribute> = shape(attrs)
        .filter(|attr| {
            !["serde", "garde", "validate"].iter().any(|name| attr.path().is_ident(name))
        })
        .cloned()
        .collect();
    const KEPT: [&str; 3] = ["rename", "rename_all", "deny_unknown_fields"];
    for meta in serde_metas(attrs) {
        if KEPT.iter().any(|name| meta.path().is_ident(name)) {
            kept.push(parse_quote!(#[serde(#meta)]));
        }
    }
    kept
}

fn serde_metas(attrs: &[Attribute]) -> Vec<Meta> {
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident("serde"))
        // What does not parse is for the derive that owns the attribute to report.
        .filter_map(|attr| attr.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok())
        .flatten()
        .collect()
}

/// Checks whether an attribute of `owner` has the option `name = …`. The options are not parsed,
/// because those of schemars are no `Meta`s: `!default` takes one back.
fn sets(attrs: &[Attribute], owner: &str, name: &str) -> bool {
    let lists = attrs.iter().filter(|attr| attr.path().is_ident(owner));
    lists.filter_map(|attr| attr.meta.require_list().ok()).any(|list| {
        let tokens: Vec<_> = list.tokens.clone().into_iter().collect();
        tokens.windows(2).any(|pair| {
            matches!(pair, [TokenTree::Ident(ident), TokenTree::Punct(punct)]
                if ident == name && punct.as_char() == '=')
        })
    })
}

/// The doc comment as one text, without the space that rustdoc drops too.
fn docs(attrs: &[Attribute]) -> String {
    let mut lines = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("doc")) {
        if let Meta::NameValue(pair) = &attr.meta
            && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value
        {
            let text = text.value();
            lines.extend(
                text.lines()
                    .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned()),
            );
        }
    }
    lines.join("\n").trim().to_owned()
}
