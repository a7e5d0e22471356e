//! `impl Reloadable`: thin, one call per field.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;

use super::{Names, diff, fields, schema, span_at};
use crate::ir::{Field, Kind, Role, Serde};

pub(super) fn impls(names: &Names<'_>) -> TokenStream {
    let Names { section, private, self_generics, .. } = names;
    let (ident, krate) = (&section.ident, &section.krate);
    let (impl_generics, ty_generics, where_clause) = self_generics.split_for_impl();
    let hot_secrets = each(names, refuse_hot_secret);
    let items = [
        types(names),
        diff::method(names),
        fields::constructor(names),
        changes(names),
        checks(names),
        leaves(names),
        schema::method(names),
    ];
    quote! {
        // Prefers the constant of a type that holds a secret to this trait's.
        #[allow(unused_imports)]
        use #private::NoSecret as _;
        #(#hot_secrets)*

        #[automatically_derived]
        #[allow(unused_variables)]
        impl #impl_generics #krate::Reloadable for #ident #ty_generics #where_clause {
            #(#items)*
        }
    }
}

/// Returns the associated types and the table.
fn types(names: &Names<'_>) -> TokenStream {
    let Names { section, private, hooks, diff, fields, generics, .. } = names;
    let krate = &section.krate;
    let (_, ty_generics, _) = generics.split_for_impl();
    let (arguments, table) = (names.arguments(), table(names));
    quote! {
        type Hooks<'h> = dyn #hooks #ty_generics + 'h;
        type Diff<'a> = #diff<'a, #arguments>;
        type Fields<__R: #krate::Reloadable, __M: #private::Mode> = #fields<__R, __M, #arguments>;

        const TABLE: &'static #private::Table = &#table;
    }
}

/// Returns the methods that carry out a change.
fn changes(names: &Names<'_>) -> TokenStream {
    let private = &names.private;
    let (adoptions, preparations) = (each(names, adopt_hot), each(names, prepare));
    quote! {
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
    }
}

/// Returns the methods that find mistakes.
fn checks(names: &Names<'_>) -> TokenStream {
    let Names { section, private, .. } = names;
    let validators = &section.validators;
    let probes = section.fields.iter().map(probe);
    let validations = section.fields.iter().filter_map(validate);
    quote! {
        #[inline]
        fn probe(__cx: &mut #private::Probe<'_>) {
            #(#probes)*
        }

        #[inline]
        fn validate(&self, __cx: &mut #private::Validation) {
            #(__cx.check(self, #validators);)*
            #(#validations)*
        }
    }
}

/// Returns the methods that reach a leaf by its indices.
fn leaves(names: &Names<'_>) -> TokenStream {
    let private = &names.private;
    let found = |arms: Vec<TokenStream>| {
        quote! {
            let (__index, __below) = #private::step(__at)?;
            match __index {
                #(#arms)*
                _ => ::core::option::Option::None,
            }
        }
    };
    let (leaf, hot_leaf) = (found(each(names, leaf)), found(each(names, hot_leaf)));
    quote! {
        #[inline]
        fn leaf(&self, __at: &[::core::primitive::u16]) -> ::core::option::Option<&dyn ::core::any::Any> {
            #leaf
        }

        #[inline]
        fn hot_leaf_mut(
            &mut self,
            __at: &[::core::primitive::u16],
        ) -> ::core::option::Option<&mut dyn ::core::any::Any> {
            #hot_leaf
        }
    }
}

/// Returns the code of every field that has some.
fn each(
    names: &Names<'_>,
    expand: fn(&Names<'_>, &Field) -> Option<TokenStream>,
) -> Vec<TokenStream> {
    names.section.fields.iter().filter_map(|field| expand(names, field)).collect()
}

/// Returns the constant that describes the fields.
fn table(names: &Names<'_>) -> TokenStream {
    let Names { section, private, .. } = names;
    let krate = &section.krate;
    let (name, docs) = (section.ident.unraw().to_string(), &section.docs);
    let fields = section.fields.iter().map(|field| {
        let (ident, ty, docs) = (field.plain_name(), &field.ty, &field.docs);
        let Serde { name, serialized, aliases, flatten, has_default } = &field.serde;
        let leaf = |class: TokenStream| {
            quote!(#private::FieldInfo::leaf(#ident, #docs, #krate::Class::#class))
        };
        let section = quote!(#private::FieldInfo::section::<#ty>(#ident, #docs));
        let mut info = match field.kind {
            Kind::Leaf { role: Role::Hook, .. } => leaf(quote!(Hot)),
            Kind::Leaf { role: Role::Live, .. } => {
                let leaf = leaf(quote!(Hot));
                quote!(#leaf.live())
            }
            Kind::Leaf { role: Role::Restart, .. } => {
                let leaf = leaf(quote!(Restart));
                quote!(#leaf.secret(#private::SecretIn::<#ty>::HELD))
            }
            Kind::Leaf { role: Role::Secret, .. } => {
                let leaf = leaf(quote!(Restart));
                quote!(#leaf.secret(true))
            }
            Kind::Section { frozen: false } => section,
            Kind::Section { frozen: true } => quote!(#section.frozen()),
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

/// Refuses the type of a hot field that holds a secret, which would be handed to hooks and watches. A
/// type that depends on a parameter is not known here.
fn refuse_hot_secret(names: &Names<'_>, field: &Field) -> Option<TokenStream> {
    if !matches!(field.kind, Kind::Leaf { role: Role::Hook | Role::Live, .. })
        || field.generic.is_some()
    {
        return None;
    }
    let private = &names.private;
    let ty = &field.ty;
    let message = format!(
        "`{}` holds a secret, which cannot be `hot`: mark it `#[reload(restart)]`",
        field.plain_name()
    );
    Some(quote_spanned! {span_at(ty)=>
        const _: () = ::core::assert!(!#private::SecretIn::<#ty>::HELD, #message);
    })
}

fn adopt_hot(names: &Names<'_>, field: &Field) -> Option<TokenStream> {
    let krate = &names.section.krate;
    let Field { ident, ty, .. } = field;
    match field.kind {
        Kind::Leaf { role: Role::Hook | Role::Live, .. } => Some(quote! {
            ::core::clone::Clone::clone_from(&mut self.#ident, &__candidate.#ident);
        }),
        Kind::Section { frozen: false } => Some(quote! {
            <#ty as #krate::Reloadable>::adopt_hot(&mut self.#ident, &__candidate.#ident);
        }),
        Kind::Leaf { .. } | Kind::Section { frozen: true } => None,
    }
}

fn prepare(names: &Names<'_>, field: &Field) -> Option<TokenStream> {
    let (krate, hooks) = (&names.section.krate, &names.hooks);
    let (_, ty_generics, _) = names.generics.split_for_impl();
    // A path, not a closure: each closure would be compiled as a function of its own.
    let trait_path = quote!(<Self::Hooks<'h> as #hooks #ty_generics>);
    let Field { ident, ty, index, .. } = field;
    match field.kind {
        Kind::Leaf { role: Role::Hook, .. } => {
            let method = field.hook();
            Some(quote!(__tx.hook(#index, __diff.#ident, __hooks, #trait_path::#method);))
        }
        Kind::Section { frozen: false } => Some(quote! {
            __tx.section(
                #index,
                &__diff.#ident,
                __hooks,
                #trait_path::#ident,
                <#ty as #krate::Reloadable>::prepare,
            );
        }),
        Kind::Leaf { .. } | Kind::Section { frozen: true } => None,
    }
}

fn probe(field: &Field) -> TokenStream {
    let Field { ty, index, .. } = field;
    match &field.kind {
        Kind::Section { .. } => quote!(__cx.section::<#ty>(#index);),
        Kind::Leaf { read: None, .. } => quote!(__cx.leaf::<#ty>(#index);),
        Kind::Leaf { read: Some(function), .. } => {
            quote!(__cx.leaf_with::<#ty, _>(#index, |__value| #function(__value));)
        }
    }
}

fn leaf(names: &Names<'_>, field: &Field) -> Option<TokenStream> {
    let krate = &names.section.krate;
    let Field { ident, index, .. } = field;
    Some(if field.is_section() {
        quote!(#index => #krate::Reloadable::leaf(&self.#ident, __below),)
    } else {
        quote!(#index => ::core::option::Option::Some(&self.#ident),)
    })
}

fn hot_leaf(names: &Names<'_>, field: &Field) -> Option<TokenStream> {
    let krate = &names.section.krate;
    let Field { ident, index, .. } = field;
    match field.kind {
        Kind::Leaf { role: Role::Hook | Role::Live, .. } => {
            Some(quote!(#index => ::core::option::Option::Some(&mut self.#ident),))
        }
        Kind::Section { frozen: false } => {
            Some(quote!(#index => #krate::Reloadable::hot_leaf_mut(&mut self.#ident, __below),))
        }
        Kind::Leaf { .. } | Kind::Section { frozen: true } => None,
    }
}

fn validate(field: &Field) -> Option<TokenStream> {
    let (ident, index) = (&field.ident, field.index);
    field.is_section().then(|| quote!(__cx.section(#index, &self.#ident);))
}
