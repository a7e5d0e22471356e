//! The bounds that the generated code puts on types: on those of sections, and on those that depend on a parameter.
//!
//! They stand on every generated item that uses the type, also where it names no parameter: that it is no section is
//! then reported once, at the type, instead of at each use of it. They stand on no other item, because the compiler
//! proves a bound again for each item and each method in it. What a leaf lacks is said by its row in the table.

use std::collections::HashSet;

use quote::{ToTokens, quote_spanned};
use syn::{Generics, WherePredicate, parse_quote, parse_quote_spanned, spanned::Spanned};

use super::{entries_by, respanned};
use crate::ir::{Field, Parameter, Section};

/// Returns the struct's generics with the bounds on its parameters, and on the types of its fields that mention one.
pub(super) fn of_parameters(section: &Section) -> Generics {
    let Section { generics, krate, .. } = section;
    let params = generics
        .type_params()
        .map(|param| &param.ident)
        .map(|param| -> WherePredicate { parse_quote!(#param: #krate::__private::Value) });
    let mut bounded = generics.clone();
    // Defaults of parameters are not allowed on the generated items.
    bounded.type_params_mut().for_each(|param| param.default = None);
    bounded.const_params_mut().for_each(|param| param.default = None);
    let generic = section.fields.iter().filter(|field| is_generic(field));
    with(bounded, params.chain(of_fields(section, generic)))
}

/// Returns these generics with the bounds on the types of the sections among some fields that mention no parameter.
pub(super) fn and_sections<'f>(
    section: &Section,
    generics: &Generics,
    fields: impl IntoIterator<Item = &'f Field>,
) -> Generics {
    let sections = fields
        .into_iter()
        .filter(|field| (field.is_section() || field.entries().is_some()) && !is_generic(field));
    with(generics.clone(), of_fields(section, sections))
}

fn is_generic(field: &Field) -> bool {
    field.generic == Some(Parameter::Type)
}

/// Returns the bounds on the types of fields; the same type has them once.
fn of_fields<'f>(
    section: &Section,
    fields: impl Iterator<Item = &'f Field>,
) -> impl Iterator<Item = WherePredicate> {
    let mut known = HashSet::new();
    fields
        .filter(move |field| known.insert(field.ty.to_token_stream().to_string()))
        .filter_map(|field| of_type(section, field))
}

fn with(mut generics: Generics, bounds: impl Iterator<Item = WherePredicate>) -> Generics {
    let mut bounds = bounds.peekable();
    if bounds.peek().is_some() {
        generics.make_where_clause().predicates.extend(bounds);
    }
    generics
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
        (true, false) => {
            let live = is_generic(field) && field.is_live_section();
            let hookless = (!field.has_hook())
                .then(|| quote_spanned!(span=> <Section: #krate::__private::WithoutHooks>));
            Some(match live {
                true => parse_quote_spanned!(span=> #ty: #krate::__private::MayBeAbsent #hookless),
                false => parse_quote_spanned!(span=> #ty: #krate::Reloadable),
            })
        }
        (false, true) => Some(parse_quote_spanned!(span=> #ty: ::core::cmp::PartialEq)),
        (false, false) => {
            Some(parse_quote_spanned!(span=> #ty: #krate::Leaf + #krate::schemars::JsonSchema))
        }
    }
}
