//! The bounds that the generated code puts on types: on those of sections, and on those that depend on a parameter.
//!
//! They stand on every generated item, also those that name no parameter: that a type is no section is then
//! reported once, at the type, instead of at each use of it. What a leaf lacks is said by its row in the table, because
//! a bound is proven again for each item.

use std::collections::HashSet;

use quote::ToTokens;
use syn::{Generics, WherePredicate, parse_quote, parse_quote_spanned, spanned::Spanned};

use super::{entries_by, respanned};
use crate::ir::{Field, Parameter, Section};

/// Returns the struct's generics with bounds on its parameters and on the types of its fields that mention one.
pub(super) fn of_types(section: &Section) -> Generics {
    let Section { generics, krate, .. } = section;
    let params = generics
        .type_params()
        .map(|param| &param.ident)
        .map(|param| -> WherePredicate { parse_quote!(#param: #krate::__private::Value) });
    let mut known = HashSet::new();
    let fields = section
        .fields
        .iter()
        .filter(|field| {
            let is_generic = field.generic == Some(Parameter::Type);
            field.is_section() || field.entries().is_some() || is_generic
        })
        .filter(|field| known.insert(field.ty.to_token_stream().to_string()))
        .filter_map(|field| of_type(section, field));

    let mut bounded = generics.clone();
    // Defaults of parameters are not allowed on the generated items.
    bounded.type_params_mut().for_each(|param| param.default = None);
    bounded.const_params_mut().for_each(|param| param.default = None);
    let mut bounds = params.chain(fields).peekable();
    if bounds.peek().is_some() {
        bounded.make_where_clause().predicates.extend(bounds);
    }
    bounded
}

/// Returns the bound on the type of a field. One on a type that mentions the struct would ask for what it
/// gives: that the struct is a section.
fn of_type(section: &Section, field: &Field) -> Option<WherePredicate> {
    let ty = &field.ty;
    let span = ty.span();
    let krate = respanned(&section.krate, span);
    if field.entries().is_some() {
        let by = entries_by(&parse_quote!(#krate::__private), field);
        return Some(parse_quote_spanned!(span=> #ty: #krate::__private::Entries<#by>));
    }
    match (field.is_section(), field.recursive) {
        (true, true) => None,
        (true, false) => Some(parse_quote_spanned!(span=> #ty: #krate::Reloadable)),
        (false, true) => Some(parse_quote_spanned!(span=> #ty: ::core::cmp::PartialEq)),
        (false, false) => {
            Some(parse_quote_spanned!(span=> #ty: #krate::Leaf + #krate::schemars::JsonSchema))
        }
    }
}
