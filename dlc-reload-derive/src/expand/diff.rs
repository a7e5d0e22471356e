//! The typed diff of two values of a section.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Generics, parse_quote};

use super::{Names, lints, span_at};

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
            quote!(#[doc = #docs] pub #name: <#ty as #krate::Reloadable>::Diff<'a>,)
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

/// Returns the impls that show the diff to a visitor, field by field, and print it.
pub(super) fn impls(names: &Names<'_>) -> TokenStream {
    let Names { section, private, diff, .. } = names;
    let (ident, krate) = (&section.ident, &section.krate);
    let generics = generics(names);
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let (_, section_generics, _) = names.generics.split_for_impl();
    let bounded = &names.self_generics.where_clause;
    let visits = section.fields.iter().map(|field| {
        let (name, index) = (&field.ident, field.index);
        if field.is_section() {
            quote!(__visitor.section(#index, &self.#name);)
        } else {
            quote!(__visitor.leaf(#index, ::core::option::Option::is_some(&self.#name));)
        }
    });
    quote! {
        #[automatically_derived]
        impl #impl_generics #krate::Diff for #diff #ty_generics #bounded {
            #[inline]
            fn visit(&self, __visitor: &mut dyn #private::Visitor) {
                #(#visits)*
            }
        }
        #[automatically_derived]
        impl #impl_generics ::core::fmt::Debug for #diff #ty_generics #bounded {
            #[inline]
            fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                #private::debug_diff(__f, self, <#ident #section_generics as #krate::Reloadable>::TABLE)
            }
        }
    }
}

/// Returns `Reloadable::diff`.
pub(super) fn method(names: &Names<'_>) -> TokenStream {
    let Names { section, private, diff, .. } = names;
    let krate = &section.krate;
    let fields = section.fields.iter().map(|field| {
        let (name, ty) = (&field.ident, &field.ty);
        let compared = if field.is_section() {
            quote!(<#ty as #krate::Reloadable>::diff(&__old.#name, &__new.#name))
        } else {
            // A missing `PartialEq` is reported at the type.
            quote_spanned!(span_at(ty)=> #private::change::<#ty>(&__old.#name, &__new.#name))
        };
        quote!(#name: #compared,)
    });
    let marker = marker(names).map(|_| quote!(__parameters: ::core::marker::PhantomData,));
    let unused = section.fields.is_empty().then(|| quote!(let _ = (__old, __new);));
    quote! {
        fn diff<'a>(__old: &'a Self, __new: &'a Self) -> Self::Diff<'a> {
            #unused
            #diff { #(#fields)* #marker }
        }
    }
}
