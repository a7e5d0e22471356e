//! `impl Reloadable`: thin, one call per field.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use super::{Names, diff, place, schema};
use crate::ir::{Field, Role, Secrecy, Serde};

pub(super) fn impls(cx: &Names<'_>) -> TokenStream {
    let Names { section, private, hooks, diff: diff_name, fields } = cx;
    let (ident, krate) = (&section.ident, &section.krate);
    let generics = cx.impl_generics();
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let arguments = cx.arguments();

    let table = table(cx);
    let compare = diff::compare(cx);
    let plain_schema = schema::plain(cx);
    let adoptions = each(cx, |field| adopt_hot(cx, field));
    let preparations = each(cx, |field| prepare(cx, field));
    let probes = each(cx, |field| Some(probe(field)));
    let leaves = each(cx, |field| Some(leaf(cx, field)));
    let hot_leaves = each(cx, |field| hot_leaf(cx, field));
    let validations = each(cx, validate);
    let validators = &section.validators;
    let hot_secrets = each(cx, |field| refuse_hot_secret(cx, field));

    quote! {
        // Prefers the constant of a type that holds a secret to this trait's.
        #[allow(unused_imports)]
        use #private::NoSecret as _;
        #(#hot_secrets)*

        #[automatically_derived]
        #[allow(unused_variables)]
        impl #impl_generics #krate::Reloadable for #ident #ty_generics #where_clause {
            type Hooks<'h> = dyn #hooks #ty_generics + 'h;
            type Diff<'a> = #diff_name<'a, #arguments>;
            type Fields<__R: #krate::Reloadable, __M: #private::Mode> = #fields<__R, __M, #arguments>;

            const TABLE: &'static #private::Table = &#table;

            fn diff<'a>(__old: &'a Self, __new: &'a Self) -> Self::Diff<'a> {
                #compare
            }

            fn fields_at<__R: #krate::Reloadable, __M: #private::Mode>(
                __at: #private::At<__R, __M>,
            ) -> Self::Fields<__R, __M> {
                #fields { at: __at, parameters: ::core::marker::PhantomData }
            }

            #[inline]
            fn adopt_hot(&mut self, __candidate: &Self) {
                #(#adoptions)*
            }

            #[inline]
            fn prepare<'t, 'h: 't>(
                __tx: &mut #private::Transaction<'t>,
                __diff: &Self::Diff<'t>,
                __hooks: &'t Self::Hooks<'h>,
            ) {
                #(#preparations)*
            }

            #[inline]
            fn probe(__cx: &mut #private::Probe<'_>) {
                #(#probes)*
            }

            #[inline]
            fn validate(&self, __cx: &mut #private::Validation) {
                #(__cx.check(self, #validators);)*
                #(#validations)*
            }

            #[inline]
            fn leaf(&self, __at: &[::core::primitive::u16]) -> ::core::option::Option<&dyn ::core::any::Any> {
                let (__index, __below) = #private::step(__at)?;
                match __index {
                    #(#leaves)*
                    _ => ::core::option::Option::None,
                }
            }

            #[inline]
            fn hot_leaf_mut(
                &mut self,
                __at: &[::core::primitive::u16],
            ) -> ::core::option::Option<&mut dyn ::core::any::Any> {
                let (__index, __below) = #private::step(__at)?;
                match __index {
                    #(#hot_leaves)*
                    _ => ::core::option::Option::None,
                }
            }

            #[inline]
            fn plain_schema(__generator: &mut #private::schemars::SchemaGenerator) -> #private::schemars::Schema {
                #plain_schema
            }
        }
    }
}

fn each(cx: &Names<'_>, expand: impl Fn(&Field) -> Option<TokenStream>) -> Vec<TokenStream> {
    cx.section.fields.iter().filter_map(expand).collect()
}

/// The constant that describes the fields.
fn table(cx: &Names<'_>) -> TokenStream {
    let Names { section, private, .. } = cx;
    let krate = &section.krate;
    let (name, docs) = (super::plain(&section.ident), &section.docs);
    let fields = section.fields.iter().map(|field| {
        let (ident, ty, docs) = (field.plain_name(), &field.ty, &field.docs);
        let Serde { name, serialized, aliases, flatten, has_default, .. } = &field.serde;
        let leaf = |class: TokenStream| {
            quote!(#private::FieldInfo::leaf(#ident, #docs, #krate::Class::#class))
        };
        let section = quote!(#private::FieldInfo::section::<#ty>(#ident, #docs));
        let mut info = match field.role {
            Role::Hook => leaf(quote!(Hot)),
            Role::Live => {
                let leaf = leaf(quote!(Hot));
                quote!(#leaf.live())
            }
            Role::Restart { secret } => {
                let leaf = leaf(quote!(Restart));
                match secret {
                    Secrecy::Marked => quote!(#leaf.secret(true)),
                    Secrecy::ByType => quote!(#leaf.secret(#private::SecretIn::<#ty>::HELD)),
                }
            }
            Role::Routed => section,
            Role::Frozen => quote!(#section.frozen()),
        };
        if *name != ident || *serialized != ident {
            info.extend(quote!(.named(#name, #serialized)));
        }
        if !aliases.is_empty() {
            info.extend(quote!(.aliases(&[#(#aliases),*])));
        }
        if *flatten {
            info.extend(quote!(.flattened()));
        }
        if *has_default {
            info.extend(quote!(.defaulted()));
        }
        info
    });
    quote!(#private::Table { name: #name, docs: #docs, fields: &[#(#fields),*] })
}

/// A secret in a hot field would be handed to hooks and watches; its type is refused here, unless
/// it depends on a parameter.
fn refuse_hot_secret(cx: &Names<'_>, field: &Field) -> Option<TokenStream> {
    if !matches!(field.role, Role::Hook | Role::Live) || mentions_parameter(cx, field) {
        return None;
    }
    let private = &cx.private;
    let ty = &field.ty;
    let message = format!(
        "`{}` holds a secret, which cannot be `hot`: mark it `#[reload(restart)]`",
        field.plain_name()
    );
    Some(quote_spanned! {place(ty)=>
        const _: () = ::core::assert!(!#private::SecretIn::<#ty>::HELD, #message);
    })
}

fn mentions_parameter(cx: &Names<'_>, field: &Field) -> bool {
    let params: Vec<Ident> = cx
        .section
        .generics
        .params
        .iter()
        .filter_map(|param| match param {
            syn::GenericParam::Type(param) => Some(param.ident.clone()),
            syn::GenericParam::Const(param) => Some(param.ident.clone()),
            syn::GenericParam::Lifetime(_) => None,
        })
        .collect();
    crate::lower::mentions(&field.ty, &params)
}

fn adopt_hot(cx: &Names<'_>, field: &Field) -> Option<TokenStream> {
    let krate = &cx.section.krate;
    let Field { ident, ty, .. } = field;
    match field.role {
        Role::Hook | Role::Live => Some(quote! {
            ::core::clone::Clone::clone_from(&mut self.#ident, &__candidate.#ident);
        }),
        Role::Routed => Some(quote! {
            <#ty as #krate::Reloadable>::adopt_hot(&mut self.#ident, &__candidate.#ident);
        }),
        Role::Restart { .. } | Role::Frozen => None,
    }
}

fn prepare(cx: &Names<'_>, field: &Field) -> Option<TokenStream> {
    let (krate, hooks) = (&cx.section.krate, &cx.hooks);
    let (_, ty_generics, _) = cx.section.generics.split_for_impl();
    // A path, not a closure: each closure would be compiled as a function of its own.
    let trait_path = quote!(<Self::Hooks<'h> as #hooks #ty_generics>);
    let Field { ident, ty, index, .. } = field;
    match field.role {
        Role::Hook => {
            let method = quote::format_ident!("on_{}", ident);
            Some(quote!(__tx.hook(#index, __diff.#ident, __hooks, #trait_path::#method);))
        }
        Role::Routed => Some(quote! {
            __tx.section(
                #index,
                &__diff.#ident,
                __hooks,
                #trait_path::#ident,
                <#ty as #krate::Reloadable>::prepare,
            );
        }),
        Role::Live | Role::Restart { .. } | Role::Frozen => None,
    }
}

fn probe(field: &Field) -> TokenStream {
    let Field { ty, index, .. } = field;
    if field.is_section() {
        quote!(__cx.section::<#ty>(#index);)
    } else if let Some(function) = &field.serde.deserialize_with {
        quote!(__cx.leaf_with::<#ty, _>(#index, |__value| #function(__value));)
    } else {
        quote!(__cx.leaf::<#ty>(#index);)
    }
}

fn leaf(cx: &Names<'_>, field: &Field) -> TokenStream {
    let krate = &cx.section.krate;
    let Field { ident, index, .. } = field;
    if field.is_section() {
        quote!(#index => #krate::Reloadable::leaf(&self.#ident, __below),)
    } else {
        quote!(#index => ::core::option::Option::Some(&self.#ident),)
    }
}

fn hot_leaf(cx: &Names<'_>, field: &Field) -> Option<TokenStream> {
    let krate = &cx.section.krate;
    let Field { ident, index, .. } = field;
    match field.role {
        Role::Hook | Role::Live => {
            Some(quote!(#index => ::core::option::Option::Some(&mut self.#ident),))
        }
        Role::Routed => {
            Some(quote!(#index => #krate::Reloadable::hot_leaf_mut(&mut self.#ident, __below),))
        }
        Role::Restart { .. } | Role::Frozen => None,
    }
}

fn validate(field: &Field) -> Option<TokenStream> {
    let (ident, index) = (&field.ident, field.index);
    field.is_section().then(|| quote!(__cx.section(#index, &self.#ident);))
}
