//! The step from attributes to their meaning: every check, and every mistake at once.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{DeriveInput, Generics, LitStr, Type, parse_quote};

use crate::{
    attr::{self, Options},
    cx::Cx,
    ir::{Field, Input, Kind, Parameter, Route, Schema, Section},
};

mod check;
mod marks;
mod serde;
mod shape;

/// Understands a struct and notes every mistake in `cx`.
pub(crate) fn lower<'a>(cx: &mut Cx, input: &'a DeriveInput) -> Input<'a> {
    let options = Options::from_attrs(cx, &input.attrs, attr::STRUCT);
    let krate = options.path(cx, "crate").unwrap_or_else(|| parse_quote!(::dlc_reload));
    let written = match check::named_fields(cx, input) {
        Some(written) if check::owns_its_data(cx, &input.generics) => written,
        _ => return Input::Refused { input, krate },
    };
    check::container(cx, &input.attrs);
    let Some(serde) = serde::read(input) else {
        return Input::LeftToSerde;
    };

    // An author who meant a default with a wrong option is not told of every field.
    let restart_by_default = options.flag(cx, "restart").is_some() || options.broken;
    let schema = match options.boolean(cx, "schema") {
        Some(false) => Schema::Own,
        _ if shape::fits_a_table(&input.attrs, &written.named) => {
            Schema::Table { is_closed: serde.is_closed }
        }
        _ => shape::mirror(&input.attrs),
    };
    let validators = options.functions(cx, "validate");
    let finishers = options.functions(cx, "finish");
    let removed = options.removed(cx);

    let read = written.named.iter().zip(serde.fields);
    let Some(mut fields) = fields(cx, read, input, &schema, restart_by_default) else {
        return Input::Refused { input, krate };
    };
    check::number_of_fields(cx, &input.ident, fields.len());
    check::removed(cx, &removed, &fields);
    let removed = removed.iter().map(|(key, reason)| (key.value(), reason.value())).collect();
    let routes_differ = check::routes(cx, &mut fields);
    let hooks_differ = check::hooks(cx, &fields);
    if !check::sections_end(cx, &input.ident, &fields) || !routes_differ || !hooks_differ {
        return Input::Refused { input, krate };
    }
    Input::Section(Box::new(Section {
        ident: input.ident.clone(),
        vis: input.vis.clone(),
        generics: input.generics.clone(),
        docs: shape::docs(&input.attrs),
        krate,
        fields,
        default: serde.default,
        validators,
        finishers,
        removed,
        schema,
    }))
}

/// Understands the fields that a source can set; serde skips the others. `None` if one is a collection that is not
/// understood.
fn fields<'a>(
    cx: &mut Cx,
    read: impl Iterator<Item = (&'a syn::Field, Option<serde::Field>)>,
    input: &DeriveInput,
    schema: &Schema,
    restart_by_default: bool,
) -> Option<Vec<Field>> {
    let (mut fields, mut is_refused) = (Vec::new(), false);
    let (mut former_names, mut variables) = (Vec::new(), Vec::new());
    for (field, serde) in read {
        let (Some(ident), Some(serde)) = (field.ident.clone(), serde) else {
            marks::check_skipped(cx, field);
            continue;
        };
        let route = Route::new(&input.ident, &ident, check::section_in(&field.ty));
        let marks::Marked { kind, is_refused: refused, is_identity, mark, former, deprecated, env } =
            marks::read(cx, field, serde.read, route, restart_by_default);
        is_refused |= refused;
        let shape = shape::of_field(
            cx,
            &field.attrs,
            schema,
            matches!(kind, Kind::Section { .. }).then_some(&field.ty),
        );
        former_names.extend(former.iter().cloned());
        variables.extend(env.clone());
        fields.push(Field {
            ident,
            ty: field.ty.clone(),
            generic: parameter_in(&field.ty, &input.generics),
            looks_plain: shape::looks_plain(&field.ty),
            recursive: mentions_itself(field.ty.to_token_stream(), &input.ident),
            index: u16::try_from(fields.len()).unwrap_or(u16::MAX),
            docs: shape::docs(&field.attrs),
            deprecated,
            former: former.iter().map(LitStr::value).collect(),
            env: env.as_ref().map(LitStr::value),
            may_lack_schema: !serde.serde.flatten && !shape::says_schema(&shape),
            serde: serde.serde,
            is_identity: is_identity || shape::tells_apart(&field.ty),
            kind,
            mark,
            shape,
        });
    }
    check::former_names(cx, &former_names, &fields);
    check::variables(cx, &variables);
    let are_entries = check::entries(cx, &fields);
    (are_entries && !is_refused).then_some(fields)
}

/// Returns the kind of parameter that a type mentions.
fn parameter_in(ty: &Type, generics: &Generics) -> Option<Parameter> {
    let mentions = |param: &Ident| mentions(ty.to_token_stream(), param);
    if generics.type_params().any(|param| mentions(&param.ident)) {
        Some(Parameter::Type)
    } else {
        let constant = generics.const_params().any(|param| mentions(&param.ident));
        constant.then_some(Parameter::Const)
    }
}

/// Checks whether a type mentions the struct that it is a field of. A longer path leads to another type.
fn mentions_itself(tokens: TokenStream, ident: &Ident) -> bool {
    let mut in_path = false;
    tokens.into_iter().any(|token| {
        let found = match &token {
            TokenTree::Ident(found) => !in_path && found == ident,
            TokenTree::Group(group) => mentions_itself(group.stream(), ident),
            _ => false,
        };
        in_path = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ':');
        found
    })
}

fn mentions(tokens: TokenStream, param: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *param,
        TokenTree::Group(group) => mentions(group.stream(), param),
        _ => false,
    })
}
