//! The typed diff of two values of a section.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Generics, parse_quote};

use super::{Names, lints};
use crate::ir::{Field, Section};

/// Returns the struct with one field for each of the section.
///
/// ```ignore
/// pub struct LoggingDiff<'a> {
///     pub level: Option<Change<'a, Level>>,
///     pub sinks: <Sinks as Reloadable>::Diff<'a>,
/// }
/// ```
pub(super) fn items(names: &Names<'_>) -> TokenStream {
    let Names { section, diff, .. } = names;
    let (vis, krate, ident) = (&section.vis, &section.krate, &section.ident);
    let generics = generics(names);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let fields = section.fields.iter().map(|field| {
        let (name, ty) = (&field.ident, &field.ty);
        if field.is_section() {
            let docs = format!("What differs in the section `{}`.", field.serde.name);
            let below = names.of_section(field, "Diff");
            quote!(#[doc = #docs] pub #name: #below<'a>,)
        } else {
            let docs = format!("The change of `{}`, if it differs.", field.serde.name);
            quote!(#[doc = #docs] pub #name: ::core::option::Option<#krate::Change<'a, #ty>>,)
        }
    });
    let marker = marker(names)
        .map(|ty| quote!(#[doc(hidden)] pub __parameters: ::core::marker::PhantomData<#ty>,));
    let docs = format!("What differs between two values of [`{ident}`]; borrows both.");
    let lints = lints();
    quote! {
        #[doc = #docs]
        #lints
        #vis struct #diff #impl_generics #where_clause {
            #(#fields)*
            #marker
        }
    }
}

/// Returns the generics of the struct.
pub(super) fn generics(names: &Names<'_>) -> Generics {
    names.generics_with([parse_quote!('a)])
}

/// Returns a type that mentions the parameters that the fields may not mention.
fn marker(names: &Names<'_>) -> Option<TokenStream> {
    if names.section.fields.is_empty() || names.generics.type_params().next().is_some() {
        let params = names.type_parameters();
        return Some(quote!((&'a (), fn() -> #params)));
    }
    None
}

/// Returns the impls that note what differs, and print it.
pub(super) fn impls(names: &Names<'_>) -> TokenStream {
    let Names { section, private, diff, .. } = names;
    let ident = &section.ident;
    let generics = generics(names);
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let (_, section_generics, _) = names.generics.split_for_impl();
    let where_clause = &names.self_generics.where_clause;
    let notes = notes(
        section,
        |Field { ident, .. }| quote!(self.#ident.is_some()),
        |Field { ident, index, .. }| quote!(__found.diff(#index, &self.#ident);),
    );
    quote! {
        #[automatically_derived]
        impl #impl_generics #private::Diff for #diff #ty_generics #where_clause {
            #[inline]
            fn note(&self, __found: &mut #private::Differing) {
                #(#notes)*
            }
        }
        #[automatically_derived]
        impl #impl_generics ::core::fmt::Debug for #diff #ty_generics #where_clause {
            #[inline]
            fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                #private::debug_diff(__f, self, <#ident #section_generics as #private::Reloadable>::TABLE)
            }
        }
    }
}

/// Returns statements that note what differs: one for leaves that stand beside each other, one for each section.
fn notes<'s>(
    section: &'s Section,
    differs: impl Fn(&Field) -> TokenStream,
    below: impl Fn(&Field) -> TokenStream,
) -> impl Iterator<Item = TokenStream> {
    let groups = section.fields.chunk_by(|one, next| !one.is_section() && !next.is_section());
    groups.map(move |group| match group {
        [field] if field.is_section() => below(field),
        leaves => {
            let first = leaves.first().map(|field| field.index);
            let differ = leaves.iter().map(&differs);
            quote!(__found.leaves(#first, &[#(#differ),*]);)
        }
    })
}

/// Returns `Reloadable::diff` and `Reloadable::compare`.
pub(super) fn methods(names: &Names<'_>) -> TokenStream {
    let Names { section, private, diff, .. } = names;
    let fields = section.fields.iter().map(|field| {
        let name = &field.ident;
        let compared = if field.is_section() {
            let diff = names.of_section(field, "diff");
            quote!(#diff(&__old.#name, &__new.#name))
        } else {
            let change = names.of_type(field, quote!(change));
            quote!(#change(&__old.#name, &__new.#name))
        };
        quote!(#name: #compared,)
    });
    let marker = marker(names).map(|_| quote!(__parameters: ::core::marker::PhantomData,));
    let notes = notes(
        section,
        |field| {
            let (name, change) = (&field.ident, names.of_type(field, quote!(change)));
            quote!(#change(&__old.#name, &__new.#name).is_some())
        },
        |field| {
            let Field { ident, index, .. } = field;
            let compare = names.of_section(field, "compare");
            quote!(__found.section(#index, &__old.#ident, &__new.#ident, #compare);)
        },
    );
    quote! {
        #[inline]
        fn diff<'a>(__old: &'a Self, __new: &'a Self) -> Self::Diff<'a> {
            #diff { #(#fields)* #marker }
        }
        #[inline]
        fn compare(__old: &Self, __new: &Self, __found: &mut #private::Differing) {
            #(#notes)*
        }
    }
}
