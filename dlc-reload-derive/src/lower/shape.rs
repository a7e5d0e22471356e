//! The attributes that say how a thing is written in a source.

use proc_macro2::TokenTree;
use quote::ToTokens as _;
use syn::{
    Attribute, Expr, ExprLit, Field, GenericArgument, Lit, Meta, MetaNameValue, PathArguments,
    Token, Type, parse_quote, punctuated::Punctuated,
};

use crate::{cx::Cx, ir::Schema};

/// Returns the shape of a field. `section` is its type, where that is a section.
pub(super) fn of_field(
    cx: &mut Cx,
    attrs: &[Attribute],
    schema: &Schema,
    section: Option<&Type>,
) -> Vec<Attribute> {
    let mut shape = named(attrs, &["doc", "serde", "schemars", "garde", "validate", "deprecated"]);
    if !matches!(schema, Schema::Own) && lacks_schema_of_functions(cx, attrs, section) {
        shape.push(parse_quote!(#[schemars(with = "()")]));
    }
    shape
}

/// Checks whether the table of a struct can say all that its schema has. It holds names, docs and defaults; what
/// schemars reads besides needs a mirror.
pub(super) fn fits_a_table(attrs: &[Attribute], fields: &Punctuated<Field, Token![,]>) -> bool {
    const OF_THE_STRUCT: [&str; 4] = ["default", "deny_unknown_fields", "rename_all", "bound"];
    const OF_A_FIELD: [&str; 5] = ["rename", "alias", "default", "skip", "skip_deserializing"];
    let is_deprecated = |attr: &Attribute| attr.path().is_ident("deprecated");
    fits(attrs, &OF_THE_STRUCT)
        && !attrs.iter().any(is_deprecated)
        && fields.iter().all(|field| fits(&field.attrs, &OF_A_FIELD))
}

fn fits(attrs: &[Attribute], known: &[&str]) -> bool {
    let is_foreign = |attr: &Attribute| {
        ["schemars", "garde", "validate"].iter().any(|name| attr.path().is_ident(name))
    };
    let is_known = |meta: Meta| known.iter().any(|name| meta.path().is_ident(name));
    !attrs.iter().any(is_foreign)
        && serde_metas(attrs).all(is_known)
        && docs_of_schemars(attrs).is_some_and(|text| text.trim() == docs(attrs))
}

/// Returns the doc comment as schemars reads it, which keeps the spaces at the ends of lines; `None` where a part of it
/// is an expression.
fn docs_of_schemars(attrs: &[Attribute]) -> Option<String> {
    let parts = doc_values(attrs).map(|value| {
        let text = text(value)?;
        Some(text.strip_prefix(' ').unwrap_or(&text).to_owned())
    });
    Some(parts.collect::<Option<Vec<_>>>()?.join("\n"))
}

/// Returns a mirror with the shape of the struct, without what the mirror says itself.
pub(super) fn mirror(attrs: &[Attribute]) -> Schema {
    let mut shape = named(attrs, &["doc", "schemars", "deprecated"]);
    const KEPT: [&str; 3] = ["rename", "rename_all", "deny_unknown_fields"];
    let kept = |meta: &Meta| KEPT.iter().any(|name| meta.path().is_ident(name));
    shape.extend(serde_metas(attrs).filter(kept).map(|meta| parse_quote!(#[serde(#meta)])));
    let named = ["serde", "schemars"].iter().any(|owner| sets(attrs, owner, "rename"));
    Schema::Mirror { named, shape }
}

/// Returns the attributes with one of the names.
fn named(attrs: &[Attribute], names: &[&str]) -> Vec<Attribute> {
    let kept = |attr: &&Attribute| names.iter().any(|name| attr.path().is_ident(name));
    attrs.iter().filter(kept).cloned().collect()
}

/// Notes functions that read or write a field, without a schema: they say how a value is written, but not what its
/// schema is.
fn lacks_schema_of_functions(cx: &mut Cx, attrs: &[Attribute], section: Option<&Type>) -> bool {
    const FUNCTIONS: [(&str, &str); 3] = [
        ("with", "a `with` module"),
        ("deserialize_with", "a function that reads the field"),
        ("serialize_with", "a function that writes the field"),
    ];
    let function = serde_metas(attrs).find_map(|meta| {
        let known = FUNCTIONS.iter().find(|(name, _)| meta.path().is_ident(name));
        known.map(|(_, words)| (meta, *words))
    });
    let Some((meta, words)) = function.filter(|_| !says_schema(attrs)) else { return false };
    // A section has the keys of its own fields, whatever reads it.
    let such_as = section.map_or_else(|| "String".to_owned(), shown);
    cx.error(
        meta,
        format!(
            "the schema cannot follow {words}: say what is written, such as `#[schemars(with = \"{such_as}\")]`"
        ),
    );
    true
}

/// Returns a type as people write it.
fn shown(ty: &Type) -> String {
    ty.to_token_stream().to_string().replace(" ", "").replace(',', ", ")
}

/// Checks whether an attribute says what the schema of a field is.
pub(super) fn says_schema(attrs: &[Attribute]) -> bool {
    ["with", "schema_with"].iter().any(|name| sets(attrs, "schemars", name))
}

/// Returns the options in `#[serde(…)]`.
pub(super) fn serde_metas(attrs: &[Attribute]) -> impl Iterator<Item = Meta> {
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident("serde"))
        // A list that does not parse is for serde's derive to report.
        .filter_map(|attr| attr.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok())
        .flatten()
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

/// Returns the note of `#[deprecated]`, which is empty where the author wrote none.
pub(super) fn deprecated(attrs: &[Attribute]) -> Option<String> {
    let attr = attrs.iter().find(|attr| attr.path().is_ident("deprecated"))?;
    let note = match &attr.meta {
        Meta::Path(_) => None,
        Meta::NameValue(MetaNameValue { value, .. }) => text(value),
        Meta::List(list) => list
            .parse_args_with(Punctuated::<MetaNameValue, Token![,]>::parse_terminated)
            .into_iter()
            .flatten()
            .find(|option| option.path.is_ident("note"))
            .and_then(|note| text(&note.value)),
    };
    Some(note.unwrap_or_default())
}

fn text(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

/// Returns the doc comment as one text, without the space that rustdoc drops too.
pub(super) fn docs(attrs: &[Attribute]) -> String {
    let lines = |text: String| {
        // Not `lines`, which finds none in the empty one between two paragraphs.
        let lines = text.split('\n');
        let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end());
        lines.map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    let texts = doc_values(attrs).filter_map(text);
    texts.flat_map(lines).collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// Returns the values of the attributes that a doc comment is made of.
fn doc_values(attrs: &[Attribute]) -> impl Iterator<Item = &Expr> {
    attrs.iter().filter_map(|attr| match &attr.meta {
        Meta::NameValue(MetaNameValue { path, value, .. }) if path.is_ident("doc") => Some(value),
        _ => None,
    })
}

/// The types of values that tell the items of a list apart, without more being said.
const IDENTITIES: [&str; 27] = [
    "String",
    "char",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "isize",
    "NonZeroU8",
    "NonZeroU16",
    "NonZeroU32",
    "NonZeroU64",
    "NonZeroUsize",
    "IpAddr",
    "Ipv4Addr",
    "Ipv6Addr",
    "SocketAddr",
    "SocketAddrV4",
    "SocketAddrV6",
    "PathBuf",
    "Uuid",
];

/// Checks whether the type of a field is one whose values tell the items of a list apart.
pub(super) fn tells_apart(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let Some(last) = path.path.segments.last() else { return false };
    let is_text = |text: &str| last.to_token_stream().to_string().replace(' ', "") == text;
    match &last.arguments {
        PathArguments::None => IDENTITIES.iter().any(|known| last.ident == known),
        _ => ["Box<str>", "Arc<str>", "Rc<str>", "Cow<'static,str>"].into_iter().any(is_text),
    }
}

/// The types that are neither a secret nor a section, and have all that a leaf needs; as in the runtime.
const PLAIN: [&str; 17] = [
    "bool", "char", "String", "f32", "f64", "u8", "u16", "u32", "u64", "u128", "usize", "i8",
    "i16", "i32", "i64", "i128", "isize",
];

/// Checks whether a type has the name of one about which nothing has to be asked. That it is this one is for the
/// compiler to prove: the name may be the author's own.
pub(super) fn looks_plain(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let (None, 1, Some(only)) = (&path.qself, path.path.segments.len(), path.path.segments.first())
    else {
        return false;
    };
    match &only.arguments {
        PathArguments::None => PLAIN.iter().any(|plain| only.ident == plain),
        PathArguments::AngleBracketed(inner) if only.ident == "Option" || only.ident == "Vec" => {
            let is_plain =
                |inner: &_| matches!(inner, GenericArgument::Type(ty) if looks_plain(ty));
            inner.args.len() == 1 && inner.args.iter().all(is_plain)
        }
        _ => false,
    }
}
