//! What the generated code asks of types.
//!
//! Bounds stand on every generated item, also those that name no parameter: what a type lacks is then
//! reported once, at the type, instead of at each use of it.

use std::collections::HashSet;

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{
    DeriveInput, GenericParam, Generics, Path, Type, WherePredicate, parse_quote,
    parse_quote_spanned, spanned::Spanned,
};

use crate::{expand::at, ir::Field};

/// The struct's generics with what is asked of its parameters and of the types of its fields.
pub(super) fn of_types(generics: &Generics, fields: &[Field], krate: &Path) -> Generics {
    let mut bounded = generics.clone();
    let params: Vec<Ident> = generics.type_params().map(|param| param.ident.clone()).collect();
    // Defaults of parameters are not allowed on the generated items.
    for param in &mut bounded.params {
        match param {
            GenericParam::Type(param) => param.default = None,
            GenericParam::Const(param) => param.default = None,
            GenericParam::Lifetime(_) => {}
        }
    }
    let mut asked: Vec<WherePredicate> = Vec::new();
    for param in &params {
        asked.push(parse_quote!(#param: #krate::__private::Value));
    }
    let mut known = HashSet::new();
    for field in fields {
        let ty = &field.ty;
        let span = ty.span();
        let krate = at(span, krate);
        if !(field.is_section() || mentions(ty, &params))
            || !known.insert(ty.to_token_stream().to_string())
        {
            continue;
        }
        asked.push(if field.is_section() {
            parse_quote_spanned!(span=> #ty: #krate::Reloadable)
        } else {
            parse_quote_spanned!(span=> #ty: #krate::__private::Value + ::core::cmp::PartialEq)
        });
    }
    if !asked.is_empty() {
        bounded.make_where_clause().predicates.extend(asked);
    }
    bounded
}

/// What the impls ask of the struct itself. With parameters, their bounds decide.
pub(super) fn of_the_struct(
    input: &DeriveInput,
    krate: &Path,
    own_schema: bool,
) -> Option<WherePredicate> {
    let DeriveInput { ident, generics, .. } = input;
    if generics.type_params().next().is_some() || generics.const_params().next().is_some() {
        return None;
    }
    let span = ident.span();
    let private = at(span, &parse_quote!(#krate::__private));
    let schema = own_schema.then(|| quote_spanned!(span=> + #private::schemars::JsonSchema));
    Some(parse_quote_spanned! {span=>
        #ident: ::core::clone::Clone + #private::Serialize + #private::DeserializeOwned #schema
    })
}

/// Whether a type names one of the parameters.
pub(crate) fn mentions(ty: &Type, params: &[Ident]) -> bool {
    fn any(tokens: TokenStream, params: &[Ident]) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => params.contains(&ident),
            TokenTree::Group(group) => any(group.stream(), params),
            _ => false,
        })
    }
    any(ty.to_token_stream(), params)
}
