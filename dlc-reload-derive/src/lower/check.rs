//! The checks of the struct as a whole.

use std::collections::HashMap;

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{
    Attribute, Data, DeriveInput, Fields, FieldsNamed, GenericArgument, Generics, LitStr,
    PathArguments, Type, TypePath,
};

use super::shape;
use crate::{
    cx::Cx,
    ir::{Field, Kind},
};

/// Returns the fields of a struct whose fields have names, and notes that any other input has none.
pub(super) fn named_fields<'a>(cx: &mut Cx, input: &'a DeriveInput) -> Option<&'a FieldsNamed> {
    let (at, message): (&dyn ToTokens, _) = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => return Some(fields),
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

/// Checks whether the struct borrows nothing, and notes each lifetime.
pub(super) fn owns_its_data(cx: &mut Cx, generics: &Generics) -> bool {
    for lifetime in generics.lifetimes() {
        cx.error(
            lifetime,
            "a configuration outlives what it was read from: own the data (`String` for `&str`) instead of borrowing it",
        );
    }
    generics.lifetimes().next().is_none()
}

/// Notes container attributes after which the fields are not what sources write.
pub(super) fn container(cx: &mut Cx, attrs: &[Attribute]) {
    let mut said = Vec::new();
    for meta in shape::serde_metas(attrs) {
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

/// Checks whether no section lies in itself. The table of one that does would have no end.
pub(super) fn sections_end(cx: &mut Cx, ident: &Ident, fields: &[Field]) -> bool {
    let lies_in_itself =
        |field: &&Field| field.is_section() && name_of(section_in(&field.ty)) == Some(ident);
    let endless: Vec<_> = fields.iter().filter(lies_in_itself).collect();
    for field in &endless {
        cx.error(
            &field.ty,
            "a section cannot lie in itself: mark the field `#[reload(hot)]` or `#[reload(restart)]` to treat it as one value",
        );
    }
    endless.is_empty()
}

/// Returns the type that has the fields and hooks of a section: one in an `Option`, `Box` or `Arc` has those of the
/// section.
pub(super) fn section_in(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => section_in(&group.elem),
        Type::Paren(paren) => section_in(&paren.elem),
        Type::Path(path) => inside(path).map_or(ty, section_in),
        _ => ty,
    }
}

/// Returns the type in an `Option`, `Box` or `Arc`.
fn inside(path: &TypePath) -> Option<&Type> {
    let last = path.path.segments.last()?;
    let is_around = ["Option", "Box", "Arc"].iter().any(|around| last.ident == around);
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) if is_around => match arguments.args.first()? {
            GenericArgument::Type(below) => Some(below),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the name of a type, where that is one identifier.
fn name_of(ty: &Type) -> Option<&Ident> {
    match ty {
        Type::Path(path) if path.path.segments.len() == 1 => {
            path.path.segments.first().map(|segment| &segment.ident)
        }
        _ => None,
    }
}

/// Notes that there are more fields than an index can tell apart.
pub(super) fn number_of_fields(cx: &mut Cx, ident: &Ident, number: usize) {
    if number > usize::from(u16::MAX) {
        cx.error(ident, "a section can have 65535 fields at most: group them in nested sections");
    }
}

/// Notes former names that are names of fields still: a source could not say which one it means.
pub(super) fn former_names(cx: &mut Cx, former: &[LitStr], fields: &[Field]) {
    for (at, name) in former.iter().enumerate() {
        let text = name.value();
        if let Some(field) = field_of(fields, &text) {
            cx.error(
                name,
                format!(
                    "`{text}` is a name of the field `{}`: a former name is one that no field has",
                    field.ident
                ),
            );
        } else if former[..at].iter().any(|earlier| earlier.value() == text) {
            cx.error(name, format!("`{text}` is a former name already: remove one of the two"));
        }
    }
    for field in fields.iter().filter(|field| field.serde.flatten) {
        let (is_renamed, has_variable) = (!field.former.is_empty(), field.env.is_some());
        for (_, name) in
            [(is_renamed, "renamed_from"), (has_variable, "env")].iter().filter(|(has, _)| *has)
        {
            cx.error(
                &field.ident,
                format!(
                    "a flattened field has no name in a source: write `{name}` on the fields in it"
                ),
            );
        }
    }
}

/// Notes names of variables that no variable can have, or that are given twice.
pub(super) fn variables(cx: &mut Cx, names: &[LitStr]) {
    for (at, name) in names.iter().enumerate() {
        let text = name.value();
        let is_plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if text.is_empty() || !is_plain(&text) || text.starts_with(|c: char| c.is_ascii_digit()) {
            cx.error(
                name,
                "the name of a variable has letters, digits and `_`, and begins with no digit",
            );
        } else if names[..at].iter().any(|earlier| earlier.value() == text) {
            cx.error(name, format!("`{text}` is the variable of another field: give each its own"));
        }
    }
}

/// Checks whether the entries of collections can be sections, and notes those that cannot.
pub(super) fn entries(cx: &mut Cx, fields: &[Field]) -> bool {
    let mut can_be = true;
    for field in fields.iter().filter(|field| field.entries().is_some()) {
        let problem = if field.recursive {
            "a section cannot lie in itself: mark the field `#[reload(hot)]` to treat the collection as one value"
        } else if field.serde.flatten {
            "the entries of a flattened collection have no key of their own: remove `flatten`, or `entries`"
        } else {
            continue;
        };
        cx.error(&field.ty, problem);
        can_be = false;
    }
    can_be
}

/// Notes removed keys that are names of fields.
pub(super) fn removed(cx: &mut Cx, removed: &[(LitStr, LitStr)], fields: &[Field]) {
    for (key, _) in removed {
        let text = key.value();
        let is_former = |field: &&Field| field.former.contains(&text);
        let of_field = field_of(fields, &text).or_else(|| fields.iter().find(is_former));
        if let Some(field) = of_field {
            cx.error(
                key,
                format!(
                    "`{text}` is a name of the field `{}`: a key that is removed has none",
                    field.ident
                ),
            );
        }
    }
}

/// Returns the field that has a name.
fn field_of<'f>(fields: &'f [Field], name: &str) -> Option<&'f Field> {
    fields.iter().filter(|field| !field.serde.flatten).find(|field| {
        field.serde.name == name || field.serde.aliases.iter().any(|alias| alias == name)
    })
}

/// Checks whether all hooks have different names. Two of one name would be an error in code that the author did not
/// write.
pub(super) fn hooks(cx: &mut Cx, fields: &[Field]) -> bool {
    let mut of_name = HashMap::new();
    let mut differ = true;
    for field in fields {
        for hook in field.hooks() {
            let message = |other| {
                format!(
                    "`{hook}` would be a hook of the fields `{other}` and `{}`: rename one of them",
                    field.ident
                )
            };
            if let Some(other) = of_name.insert(hook.clone(), &field.ident) {
                cx.error(&field.ident, message(other));
                differ = false;
            }
        }
    }
    differ
}

/// Marks the routes to sections of the same type, and checks whether all routes have different names. Two of one name
/// would be an error in code that the author did not write.
pub(super) fn routes(cx: &mut Cx, fields: &mut [Field]) -> bool {
    let mut of_type = HashMap::<_, Vec<_>>::new();
    let mut of_name = HashMap::new();
    let mut differ = true;
    for (at, field) in fields.iter().enumerate() {
        let Some(route) = field.route() else { continue };
        of_type.entry(route.section.to_token_stream().to_string()).or_default().push(at);
        if let Some(other) = of_name.insert(route.ident.clone(), &field.ident) {
            cx.error(
                &field.ident,
                format!("the routes to the sections `{other}` and `{}` would have the same name: rename one of the fields", field.ident),
            );
            differ = false;
        }
    }
    for at in of_type.into_values().filter(|fields| fields.len() > 1).flatten() {
        if let Kind::Section { route: Some(route), .. } = &mut fields[at].kind {
            route.is_ambiguous = true;
        }
    }
    differ
}
