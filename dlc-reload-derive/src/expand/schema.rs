//! The JSON schema: from the table of the fields, or derived by schemars on a private mirror of the struct.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Attribute, GenericArgument, PathArguments, Type, ext::IdentExt as _};

use super::Names;
use crate::ir::{ContainerDefault, Field, Schema};

/// Returns `impl JsonSchema`, and the mirror where there is one.
///
/// ```ignore
/// #[derive(JsonSchema)]
/// struct __Mirror { /* the same fields with the same serde attributes */ }
/// impl JsonSchema for Logging { /* its schema, each property marked with its class */ }
/// ```
pub(super) fn impls(names: &Names<'_>) -> TokenStream {
    let Names { section, private, .. } = names;
    let ident = &section.ident;
    let (impl_generics, ty_generics, where_clause) = names.generics.split_for_impl();
    let (mirror, schema_name, schema) = match &section.schema {
        Schema::Own => return TokenStream::new(),
        Schema::Table { is_closed } => {
            (TokenStream::new(), schema_name(names), described(names, *is_closed))
        }
        Schema::Mirror { named, shape } => {
            let mirrored = quote!(<__Mirror #ty_generics as #private::schemars::JsonSchema>);
            (
                mirror(names, *named, shape),
                quote!(#mirrored::schema_name()),
                quote!(#mirrored::json_schema(__generator)),
            )
        }
    };
    quote! {
        #mirror
        #[automatically_derived]
        impl #impl_generics #private::schemars::JsonSchema for #ident #ty_generics #where_clause {
            #[inline]
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                #schema_name
            }
            #[inline]
            fn schema_id() -> ::std::borrow::Cow<'static, str> {
                #private::schema_id::<Self>(::core::file!(), ::core::line!(), ::core::column!())
            }
            #[inline]
            fn json_schema(__generator: &mut #private::schemars::SchemaGenerator) -> #private::schemars::Schema {
                #private::marked::<Self>(#schema)
            }
        }
    }
}

/// Returns the name of the section with those of its parameters, as schemars makes it.
fn schema_name(names: &Names<'_>) -> TokenStream {
    let Names { section, private, generics, .. } = names;
    let name = section.ident.unraw().to_string();
    let params: Vec<_> = generics.type_params().map(|param| &param.ident).collect();
    if params.is_empty() {
        return quote!(::std::borrow::Cow::Borrowed(#name));
    }
    let format = format!("{name}{}", "_{}".repeat(params.len()));
    quote! {
        ::std::borrow::Cow::Owned(::std::format!(
            #format #(, <#params as #private::schemars::JsonSchema>::schema_name())*
        ))
    }
}

/// Returns the mirror.
fn mirror(names: &Names<'_>, named: bool, shape: &[Attribute]) -> TokenStream {
    let Names { section, private, outside, .. } = names;
    let (impl_generics, _, where_clause) = names.generics.split_for_impl();
    let crate_path = quote!(#outside::schemars).to_string().replace(' ', "");
    let params: Vec<_> = names.generics.type_params().map(|param| &param.ident).collect();
    let name = params
        .iter()
        .fold(section.ident.unraw().to_string(), |name, param| format!("{name}_{{{param}}}"));
    let lenient: Vec<_> = section.fields.iter().map(|field| lenient(names, field)).collect();
    let fields = section.fields.iter().zip(&lenient).map(|(field, lenient)| {
        let (name, ty, shape) = (&field.ident, &field.ty, &field.shape);
        let with = lenient.as_ref().map(|(_, with)| with);
        quote!(#(#shape)* #with #name: #ty,)
    });
    let asked = lenient.iter().flatten().map(|(item, _)| item);
    let rename = (!named).then(|| quote!(#[schemars(rename = #name)]));
    let (default_attr, default_impl) = mirrored_default(names);
    let used = params
        .first()
        .map(|_| quote!(#[serde(skip)] __parameters: ::core::marker::PhantomData<(#(#params,)*)>,));
    quote! {
        #(#asked)*
        #[derive(#private::schemars::JsonSchema)]
        #[schemars(crate = #crate_path)]
        #rename
        #default_attr
        #(#shape)*
        #[allow(dead_code)]
        struct __Mirror #impl_generics #where_clause { #(#fields)* #used }
        #default_impl
    }
}

/// Returns what describes a leaf whose type may have no schema: a type that asks for it, and the attribute that names
/// that type. A type that depends on a parameter has one.
///
/// ```ignore
/// struct __Asked3;
/// impl Asked for __Asked3 { type Leaf = Level; const SCHEMA: … = SchemaIn::<Level>::OF; }
/// #[schemars(with = "Option<Lenient<__Asked3>>")]   // for `Option<Level>`
/// ```
fn lenient(names: &Names<'_>, field: &Field) -> Option<(TokenStream, TokenStream)> {
    let private = &names.private;
    if field.is_section() || field.generic.is_some() || !field.may_lack_schema {
        return None;
    }
    let ident = format_ident!("__Asked{}", field.index);
    let inner = behind_option(&field.ty);
    let ty = inner.unwrap_or(&field.ty);
    let lenient = format!("{private}::Lenient<{ident}>");
    // schemars has rules of its own for an `Option`.
    let with = if inner.is_some() { format!("::core::option::Option<{lenient}>") } else { lenient };
    let item = quote! {
        struct #ident;
        impl #private::Asked for #ident {
            type Leaf = #ty;
            const SCHEMA: ::core::option::Option<#private::Describe> = #private::SchemaIn::<#ty>::OF;
        }
    };
    Some((item, quote!(#[schemars(with = #with)])))
}

/// Returns the type in an `Option`, where it is written as one.
fn behind_option(ty: &Type) -> Option<&Type> {
    let path = match ty {
        Type::Path(path) => path,
        // A macro hands a type on like this.
        Type::Group(group) => return behind_option(&group.elem),
        _ => return None,
    };
    let last = path.path.segments.last().filter(|last| last.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}

/// Returns the schema that the table makes. `is_closed` is true if no other keys are allowed.
fn described(names: &Names<'_>, is_closed: bool) -> TokenStream {
    let private = &names.private;
    let default = match default(names) {
        Some(default) => quote!(#private::default_json(#default)),
        None => quote!(::core::option::Option::None),
    };
    let whole = quote!(#private::Whole { default: #default, is_closed: #is_closed });
    quote!(#private::described::<Self>(__generator, #whole))
}

/// Returns the default that `#[serde(default)]` on the struct stands for.
fn default(names: &Names<'_>) -> Option<TokenStream> {
    let (_, ty_generics, _) = names.generics.split_for_impl();
    let ident = &names.section.ident;
    match &names.section.default {
        ContainerDefault::None => None,
        ContainerDefault::Trait => {
            Some(quote!(<#ident #ty_generics as ::core::default::Default>::default()))
        }
        ContainerDefault::Function(function) => Some(quote!(#function())),
    }
}

/// Returns the mirror's attribute and impl for `#[serde(default)]` on the struct: schemars shows the
/// fields of the mirror's default, which are those of the real one.
fn mirrored_default(names: &Names<'_>) -> (TokenStream, TokenStream) {
    let Names { section, generics, .. } = names;
    let ident = &section.ident;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let Some(real) = default(names) else { return Default::default() };
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
