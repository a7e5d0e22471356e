//! The typed paths: `Config::fields().logging().level()`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Generics, parse_quote};

use super::{Names, behind, bounds, lints};
use crate::ir::{Field, Kind};

/// Returns the struct; its methods are in the impls.
///
/// ```ignore
/// pub struct LoggingFields<R, M> { at: At<R, M> }
/// impl<R, M> LoggingFields<R, M> {
///     pub fn level(self) -> Field<R, M::Value<Level>, M::Class<Hot>> { … }
/// }
/// ```
pub(super) fn items(names: &Names<'_>) -> TokenStream {
    let Names { section, outside, fields, .. } = names;
    let (vis, ident) = (&section.vis, &section.ident);
    let generics = generics(names);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let params = names.type_parameters();
    let docs = format!("The typed paths of the fields of [`{ident}`].");
    let lints = lints();
    quote! {
        #[doc = #docs]
        #lints
        #vis struct #fields #impl_generics #where_clause {
            at: #outside::At<__R, __M>,
            parameters: ::core::marker::PhantomData<fn() -> #params>,
        }
    }
}

pub(super) fn impls(names: &Names<'_>) -> TokenStream {
    let Names { section, private, fields, .. } = names;
    let generics = generics(names);
    let shown = behind(
        [parse_quote!(__R: #private::Reloadable), parse_quote!(__M: #private::Mode)],
        &names.parameters,
    );
    let (shown, ..) = shown.split_for_impl();
    let ident = &section.ident;
    let (_, of_section, _) = names.generics.split_for_impl();
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    // A path to a leaf needs nothing of the sections beside it.
    let (below, leaves): (Vec<_>, Vec<_>) =
        section.fields.iter().partition(|field| field.is_section());
    let [leaves, below] = [leaves, below].map(|of| methods(names, &of));
    quote! {
        #leaves
        #below
        #[automatically_derived]
        impl #impl_generics ::core::clone::Clone for #fields #ty_generics #where_clause {
            fn clone(&self) -> Self {
                *self
            }
        }
        #[automatically_derived]
        impl #impl_generics ::core::marker::Copy for #fields #ty_generics #where_clause {}
        #[automatically_derived]
        impl #shown ::core::fmt::Debug for #fields #ty_generics #where_clause {
            fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Debug::fmt(&self.at, __f)
            }
        }
        #[automatically_derived]
        impl #shown #private::SectionPath for #fields #ty_generics #where_clause {
            type Root = __R;
            type Mode = __M;
            type Section = #ident #of_section;
            fn at(self) -> #private::At<__R, __M> {
                self.at
            }
        }
    }
}

/// Returns the generics of the struct: the root and the way to the section come first. Of the root nothing is asked,
/// because it would be proven again for each field.
pub(super) fn generics(names: &Names<'_>) -> Generics {
    let outside = &names.outside;
    behind([parse_quote!(__R), parse_quote!(__M: #outside::Mode)], &names.parameters)
}

/// Returns the methods that lead to some of the fields.
fn methods(names: &Names<'_>, of: &[&Field]) -> Option<TokenStream> {
    let generics = bounds::and_sections(names.section, &generics(names), of.iter().copied());
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let (fields, methods) = (&names.fields, of.iter().map(|field| method(names, field)));
    (!of.is_empty()).then(|| {
        quote! {
            #[automatically_derived]
            #[allow(dead_code, private_interfaces)]
            impl #impl_generics #fields #ty_generics #where_clause {
                #(#methods)*
            }
        }
    })
}

fn method(names: &Names<'_>, field: &Field) -> TokenStream {
    let Names { private, .. } = names;
    let Field { ident, ty, index, .. } = field;
    let docs = match field.docs.as_str() {
        "" => format!("The path of `{}`.", field.serde.name),
        docs => docs.to_owned(),
    };
    let method = match field.kind {
        Kind::Leaf { .. } => {
            let class = if field.changes_live() { quote!(Hot) } else { quote!(Restart) };
            quote! {
                pub fn #ident(self) -> #private::Field<__R, __M::Value<#ty>, __M::Class<#private::#class>> {
                    self.at.leaf::<#ty, #private::#class>(#index)
                }
            }
        }
        Kind::Section { ref route, .. } => {
            let (below, fields_at) =
                (names.of_section(field, "Fields"), names.of_section(field, "fields_at"));
            let (mode, at) = match route {
                Some(_) => (quote!(__M), quote!(section)),
                None => (quote!(#private::Frozen<__M>), quote!(frozen)),
            };
            quote! {
                pub fn #ident(self) -> #below<__R, #mode> {
                    #fields_at(self.at.#at(#index))
                }
            }
        }
    };
    quote!(#[doc = #docs] #method)
}

/// Returns `Reloadable::fields_at`.
pub(super) fn constructor(names: &Names<'_>) -> TokenStream {
    let Names { private, fields, .. } = names;
    let generics = generics(names);
    let (_, of_fields, _) = generics.split_for_impl();
    quote! {
        fn fields_at<__R, __M: #private::Mode>(
            __at: #private::At<__R, __M>,
        ) -> #fields #of_fields {
            #fields { at: __at, parameters: ::core::marker::PhantomData }
        }
    }
}
