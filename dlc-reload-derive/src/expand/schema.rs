//! The JSON schema, derived by schemars on a private mirror of the struct.

use proc_macro2::TokenStream;
use quote::quote;

use super::Names;
use crate::ir::{ContainerDefault, Schema};

/// ```ignore
/// #[derive(JsonSchema)]
/// struct Mirror { /* the same fields with the same serde attributes */ }
/// impl JsonSchema for Logging { /* the mirror's schema, each property marked with its class */ }
/// ```
pub(super) fn impls(cx: &Names<'_>) -> TokenStream {
    let Names { section, private, .. } = cx;
    let Schema::Mirror { named, shape, default } = &section.schema else {
        return TokenStream::new();
    };
    let (ident, krate) = (&section.ident, &section.krate);
    let (impl_generics, ty_generics, where_clause) = section.generics.split_for_impl();
    let generics = cx.impl_generics();
    let bounded = &generics.where_clause;

    let crate_path = quote!(#private::schemars).to_string().replace(' ', "");
    let params: Vec<_> = section.generics.type_params().map(|param| &param.ident).collect();
    let name = params.iter().fold(super::plain(ident), |name, param| format!("{name}_{{{param}}}"));
    let fields = section.fields.iter().map(|field| {
        let (name, ty, shape) = (&field.ident, &field.ty, &field.shape);
        quote!(#(#shape)* #name: #ty,)
    });
    let rename = (!named).then(|| quote!(#[schemars(rename = #name)]));
    let (default_attr, default_impl) = mirrored_default(cx, default);
    let used = (!params.is_empty())
        .then(|| quote!(#[serde(skip)] __parameters: ::core::marker::PhantomData<(#(#params,)*)>,));
    quote! {
        #[derive(#private::schemars::JsonSchema)]
        #[schemars(crate = #crate_path)]
        #rename
        #default_attr
        #(#shape)*
        #[allow(dead_code)]
        struct __Mirror #impl_generics #where_clause { #(#fields)* #used }
        #default_impl

        #[automatically_derived]
        impl #impl_generics #private::schemars::JsonSchema for #ident #ty_generics #bounded {
            #[inline]
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                <__Mirror #ty_generics as #private::schemars::JsonSchema>::schema_name()
            }
            #[inline]
            fn schema_id() -> ::std::borrow::Cow<'static, str> {
                // Two structs of one name may stand in two functions of one module.
                ::std::borrow::Cow::Owned(::std::format!(
                    "{}:{}:{}:{}",
                    ::core::file!(),
                    ::core::line!(),
                    ::core::column!(),
                    <__Mirror #ty_generics as #private::schemars::JsonSchema>::schema_id(),
                ))
            }
            #[inline]
            fn json_schema(__generator: &mut #private::schemars::SchemaGenerator) -> #private::schemars::Schema {
                <Self as #krate::Reloadable>::section_schema(__generator, false)
            }
        }
    }
}

/// The body of `Reloadable::plain_schema`.
pub(super) fn plain(cx: &Names<'_>) -> TokenStream {
    let Names { section, private, .. } = cx;
    let (_, ty_generics, _) = section.generics.split_for_impl();
    match section.schema {
        Schema::Mirror { .. } => {
            quote!(<__Mirror #ty_generics as #private::schemars::JsonSchema>::json_schema(__generator))
        }
        Schema::Own => quote!(<Self as #private::schemars::JsonSchema>::json_schema(__generator)),
    }
}

/// With `#[serde(default)]` on the struct, schemars shows the fields of the mirror's default, which
/// are those of the real one.
fn mirrored_default(cx: &Names<'_>, default: &ContainerDefault) -> (TokenStream, TokenStream) {
    let section = cx.section;
    let ident = &section.ident;
    let (impl_generics, ty_generics, where_clause) = section.generics.split_for_impl();
    let real = match default {
        ContainerDefault::None => return Default::default(),
        ContainerDefault::Trait => {
            quote!(<#ident #ty_generics as ::core::default::Default>::default())
        }
        ContainerDefault::Function(function) => quote!(#function()),
    };
    let names = section.fields.iter().map(|field| &field.ident);
    let used = section
        .generics
        .type_params()
        .next()
        .is_some()
        .then(|| quote!(__parameters: ::core::marker::PhantomData,));
    let default_impl = quote! {
        #[automatically_derived]
        impl #impl_generics ::core::default::Default for __Mirror #ty_generics #where_clause {
            fn default() -> Self {
                let __real: #ident #ty_generics = #real;
                Self { #(#names: ::core::clone::Clone::clone(&__real.#names),)* #used }
            }
        }
    };
    (quote!(#[serde(default)]), default_impl)
}
