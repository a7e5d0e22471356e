//! The typed diff of two values of a section.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Generics, parse_quote};

use super::{Names, lints, span_at};
use crate::ir::Field;

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
    let (_, section_generics, _) = names.generics.split_for_impl();
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
    let docs = format!("What differs between two values of [`{ident}`]; borrows both.");
    let lints = lints();
    quote! {
        #[doc = #docs]
        #lints
        #vis struct #diff #impl_generics #where_clause {
            #(#fields)*
            __both: #krate::Change<'a, #ident #section_generics>,
        }
    }
}

/// Returns the generics of the struct.
pub(super) fn generics(names: &Names<'_>) -> Generics {
    names.generics_with([parse_quote!('a)])
}

/// Returns the impls that note what differs, and print it.
pub(super) fn impls(names: &Names<'_>) -> TokenStream {
    let Names { section, private, diff, .. } = names;
    let ident = &section.ident;
    let generics = generics(names);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let (_, section_generics, _) = names.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        #[allow(dead_code, private_interfaces)]
        impl #impl_generics #diff #ty_generics #where_clause {
            /// Returns the two values, whole.
            #[must_use]
            pub const fn values(&self) -> #private::Change<'a, #ident #section_generics> {
                self.__both
            }
        }
        #[automatically_derived]
        impl #impl_generics #private::Diff for #diff #ty_generics #where_clause {
            #[inline]
            fn note(&self, __found: &mut #private::Differing) {
                <#ident #section_generics as #private::Parts>::compare(self.__both.old, self.__both.new, __found)
            }
        }
        #[automatically_derived]
        impl #impl_generics ::core::fmt::Debug for #diff #ty_generics #where_clause {
            #[inline]
            fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                #private::debug_diff(__f, self, <#ident #section_generics as #private::Parts>::TABLE)
            }
        }
    }
}

/// Returns `Reloadable::diff` and `present`.
pub(super) fn method(names: &Names<'_>) -> TokenStream {
    let Names { section, private, diff, .. } = names;
    let fields = section.fields.iter().map(|field| {
        let name = &field.ident;
        let compared = if field.is_section() {
            let diff = names.of_section(field, "diff");
            quote!(#diff(&__old.#name, &__new.#name))
        } else {
            let differs = match names.entries(field) {
                Some(entries) => {
                    quote!(#private::entries_differ::<#entries>(&__old.#name, &__new.#name))
                }
                None => differs(names, field),
            };
            quote!(#private::change(#differs, &__old.#name, &__new.#name))
        };
        quote!(#name: #compared,)
    });
    let generics = generics(names);
    let (_, of_diff, _) = generics.split_for_impl();
    quote! {
        #[inline]
        fn diff<'a>(__old: &'a Self, __new: &'a Self) -> #diff #of_diff {
            #diff { #(#fields)* __both: #private::Change::new(__old, __new) }
        }
        #[inline]
        fn present<'a>(_: &'a Self, __diff: #diff #of_diff) -> ::core::option::Option<#diff #of_diff> {
            ::core::option::Option::Some(__diff)
        }
    }
}

/// Returns the comparison of a leaf. A missing `PartialEq` is reported at the type, in the same words each time, and not
/// at all for a section, which is refused as the type of a hot leaf.
pub(super) fn differs(names: &Names<'_>, field: &Field) -> TokenStream {
    let span = span_at(&field.ty);
    let mut ident = field.ident.clone();
    ident.set_span(span);
    if field.looks_plain {
        return quote_spanned!(span=> __old.#ident != __new.#ident);
    }
    let is_section = names.is_section(field);
    quote_spanned!(span=> #is_section.differs(&__old.#ident, &__new.#ident))
}
