//! The typed paths: `Config::fields().logging().level()`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{GenericParam, parse_quote};

use super::{Names, lints};
use crate::ir::{Field, Role};

/// ```ignore
/// pub struct LoggingFields<R, M> { at: At<R, M> }
/// impl<R, M> LoggingFields<R, M> {
///     pub fn level(self) -> Field<R, M::Value<Level>, M::Class<Hot>> { … }
/// }
/// ```
pub(super) fn items(cx: &Names<'_>) -> TokenStream {
    let Names { section, private, fields, .. } = cx;
    let (vis, ident) = (&section.vis, &section.ident);
    let generics = cx.generics_with(parameters(cx));
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let params = cx.type_parameters();
    let docs = format!("The typed paths of the fields of [`{ident}`].");
    let lints = lints();
    quote! {
        #[doc = #docs]
        #lints
        #vis struct #fields #impl_generics #where_clause {
            at: #private::At<__R, __M>,
            parameters: ::core::marker::PhantomData<fn() -> #params>,
        }
    }
}

pub(super) fn impls(cx: &Names<'_>) -> TokenStream {
    let Names { section, fields, .. } = cx;
    let generics = cx.generics_with(parameters(cx));
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let methods = section.fields.iter().map(|field| method(cx, field));
    quote! {
        #[automatically_derived]
        #[allow(dead_code, private_interfaces)]
        impl #impl_generics #fields #ty_generics #where_clause {
            #(#methods)*
        }
        #[automatically_derived]
        impl #impl_generics ::core::clone::Clone for #fields #ty_generics #where_clause {
            fn clone(&self) -> Self {
                *self
            }
        }
        #[automatically_derived]
        impl #impl_generics ::core::marker::Copy for #fields #ty_generics #where_clause {}
        #[automatically_derived]
        impl #impl_generics ::core::fmt::Debug for #fields #ty_generics #where_clause {
            fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Debug::fmt(&self.at, __f)
            }
        }
    }
}

/// The root and the way to the section.
fn parameters(cx: &Names<'_>) -> [GenericParam; 2] {
    let (krate, private) = (&cx.section.krate, &cx.private);
    [parse_quote!(__R: #krate::Reloadable), parse_quote!(__M: #private::Mode)]
}

fn method(cx: &Names<'_>, field: &Field) -> TokenStream {
    let Names { section, private, .. } = cx;
    let krate = &section.krate;
    let Field { ident, ty, index, .. } = field;
    let docs = match field.docs.as_str() {
        "" => format!("The path of `{}`.", field.serde.name),
        docs => docs.to_owned(),
    };
    let leaf = |class: TokenStream| {
        quote! {
            #[doc = #docs]
            pub const fn #ident(self) -> #krate::Field<__R, __M::Value<#ty>, __M::Class<#private::#class>> {
                self.at.leaf::<#ty, #private::#class>(#index)
            }
        }
    };
    match field.role {
        Role::Hook | Role::Live => leaf(quote!(Hot)),
        Role::Restart { .. } => leaf(quote!(Restart)),
        Role::Routed => quote! {
            #[doc = #docs]
            pub fn #ident(self) -> <#ty as #krate::Reloadable>::Fields<__R, __M> {
                <#ty as #krate::Reloadable>::fields_at(self.at.section(#index))
            }
        },
        Role::Frozen => quote! {
            #[doc = #docs]
            pub fn #ident(self) -> <#ty as #krate::Reloadable>::Fields<__R, #private::Frozen<__M>> {
                <#ty as #krate::Reloadable>::fields_at(self.at.frozen(#index))
            }
        },
    }
}
