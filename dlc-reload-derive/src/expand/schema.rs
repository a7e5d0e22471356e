//! The JSON schema, derived by schemars on a private mirror of the struct.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt as _;

use super::Names;
use crate::ir::{ContainerDefault, Schema};

/// Returns the mirror and the impl that asks it.
///
/// ```ignore
/// #[derive(JsonSchema)]
/// struct Mirror { /* the same fields with the same serde attributes */ }
/// impl JsonSchema for Logging { /* the mirror's schema, each property marked with its class */ }
/// ```
pub(super) fn impls(names: &Names<'_>) -> TokenStream {
    let Names { section, private, .. } = names;
    let Schema::Mirror { named, shape, default } = &section.schema else {
        return TokenStream::new();
    };
    let (ident, krate) = (&section.ident, &section.krate);
    let (impl_generics, ty_generics, where_clause) = names.generics.split_for_impl();
    let bounded = &names.self_generics.where_clause;

    let crate_path = quote!(#private::schemars).to_string().replace(' ', "");
    let params: Vec<_> = names.generics.type_params().map(|param| &param.ident).collect();
    let name =
        params.iter().fold(ident.unraw().to_string(), |name, param| format!("{name}_{{{param}}}"));
    let fields = section.fields.iter().map(|field| {
        let (name, ty, shape) = (&field.ident, &field.ty, &field.shape);
        quote!(#(#shape)* #name: #ty,)
    });
    let rename = (!named).then(|| quote!(#[schemars(rename = #name)]));
    let (default_attr, default_impl) = mirrored_default(names, default);
    let used = params
        .first()
        .map(|_| quote!(#[serde(skip)] __parameters: ::core::marker::PhantomData<(#(#params,)*)>,));
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

/// Returns `Reloadable::plain_schema`.
pub(super) fn method(names: &Names<'_>) -> TokenStream {
    let Names { section, private, .. } = names;
    let (_, ty_generics, _) = names.generics.split_for_impl();
    let described = match section.schema {
        Schema::Mirror { .. } => quote!(__Mirror #ty_generics),
        Schema::Own => quote!(Self),
    };
    quote! {
        #[inline]
        fn plain_schema(__generator: &mut #private::schemars::SchemaGenerator) -> #private::schemars::Schema {
            <#described as #private::schemars::JsonSchema>::json_schema(__generator)
        }
    }
}

/// Returns the mirror's attribute and impl for `#[serde(default)]` on the struct: schemars shows the
/// fields of the mirror's default, which are those of the real one.
fn mirrored_default(names: &Names<'_>, default: &ContainerDefault) -> (TokenStream, TokenStream) {
    let Names { section, generics, .. } = names;
    let ident = &section.ident;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let real = match default {
        ContainerDefault::None => return Default::default(),
        ContainerDefault::Trait => {
            quote!(<#ident #ty_generics as ::core::default::Default>::default())
        }
        ContainerDefault::Function(function) => quote!(#function()),
    };
    let names = section.fields.iter().map(|field| &field.ident);
    let used = generics.type_params().next();
    let used = used.map(|_| quote!(__parameters: ::core::marker::PhantomData,));
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
