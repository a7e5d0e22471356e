//! `impl Reloadable`: thin, one call per field.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;

use super::{Names, diff, fields, schema, span_at};
use crate::ir::{Field, Kind, Role, Section, Serde};

pub(super) fn impls(names: &Names<'_>) -> TokenStream {
    let Names { section, private, self_generics, .. } = names;
    let (ident, krate) = (&section.ident, &section.krate);
    let (impl_generics, ty_generics, where_clause) = self_generics.split_for_impl();
    let refusals = section.fields.iter().filter_map(|field| refuse_type(names, field));
    let items = [
        types(names),
        diff::method(names),
        fields::constructor(names),
        adopt_hot(names),
        prepare(names),
        checks(names),
        leaves(names),
        schema::method(names),
    ];
    quote! {
        // The constants of a type that holds a secret or is a section are preferred to those of these traits.
        use #private::{NoSecret as _, NoSection as _};
        #(#refusals)*

        #[automatically_derived]
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
    let (diff_generics, fields_generics) = (diff::generics(names), fields::generics(names));
    let (_, of_diff, _) = diff_generics.split_for_impl();
    let (_, of_fields, _) = fields_generics.split_for_impl();
    let table = table(names);
    quote! {
        type Hooks<'h> = dyn #hooks #ty_generics + 'h;
        type Diff<'a> = #diff #of_diff;
        type Fields<__R: #krate::Reloadable, __M: #private::Mode> = #fields #of_fields;

        const TABLE: &'static #private::Table = &#table;
    }
}

/// Returns the constant that describes the fields.
fn table(names: &Names<'_>) -> TokenStream {
    let Names { section, private, .. } = names;
    let (name, docs) = (section.ident.unraw().to_string(), &section.docs);
    let fields = section.fields.iter().map(|field| {
        let (ident, ty, docs) = (field.plain_name(), &field.ty, &field.docs);
        let Serde { name, serialized, aliases, flatten, has_default } = &field.serde;
        let info = quote!(#private::FieldInfo);
        let mut info = match &field.kind {
            Kind::Leaf { role, .. } => {
                let role = match role {
                    Role::Hook => quote!(Hook),
                    Role::Live => quote!(Live),
                    Role::Restart => quote!(restart(#private::SecretIn::<#ty>::HELD)),
                    Role::Secret => quote!(Secret),
                };
                quote!(#info::leaf(#ident, #docs, #private::Role::#role))
            }
            Kind::Section { frozen: false, .. } => quote!(#info::section::<#ty>(#ident, #docs)),
            Kind::Section { frozen: true, .. } => quote!(#info::frozen::<#ty>(#ident, #docs)),
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
        if let Some(note) = &field.deprecated {
            info.extend(quote!(.deprecated(#note)));
        }
        info
    });
    quote!(#private::Table { name: #name, docs: #docs, fields: &[#(#fields),*] })
}

/// Refuses the type of a hot field that holds a secret, which would be handed to hooks and watches, or that
/// is a section, whose fields have classes of their own. A type that depends on a parameter is not known here.
fn refuse_type(names: &Names<'_>, field: &Field) -> Option<TokenStream> {
    if field.is_section() || !field.changes_live() || field.generic.is_some() {
        return None;
    }
    let (private, ty) = (&names.private, &field.ty);
    let name = field.plain_name();
    let secret =
        format!("`{name}` holds a secret, which cannot be `hot`: mark it `#[reload(restart)]`");
    let section = format!(
        "`{name}` derives `Reloadable`, so its fields have classes of their own: mark it `#[reload(nested)]`"
    );
    // A section cannot lie in itself, so one that is a leaf of its own is meant as one value.
    let unit = (!field.recursive).then(|| {
        quote_spanned! {span_at(ty)=>
            const _: () = ::core::assert!(!#private::SectionIn::<#ty>::IS, #section);
        }
    });
    Some(quote_spanned! {span_at(ty)=>
        const _: () = ::core::assert!(!#private::SecretIn::<#ty>::HELD, #secret);
        #unit
    })
}

fn adopt_hot(names: &Names<'_>) -> TokenStream {
    let Section { fields, krate, .. } = names.section;
    let adoptions = fields.iter().filter(|field| field.changes_live()).map(|field| {
        let Field { ident, ty, .. } = field;
        let adopt = if field.is_section() {
            quote!(<#ty as #krate::Reloadable>::adopt_hot)
        } else {
            quote!(::core::clone::Clone::clone_from)
        };
        quote!(#adopt(&mut self.#ident, &__candidate.#ident);)
    });
    quote! {
        #[inline]
        fn adopt_hot(&mut self, __candidate: &Self) {
            #(#adoptions)*
        }
    }
}

fn prepare(names: &Names<'_>) -> TokenStream {
    let Names { section, private, hooks, generics, .. } = names;
    let krate = &section.krate;
    let (_, ty_generics, _) = generics.split_for_impl();
    // A path, not a closure: each closure would be compiled as a function of its own.
    let trait_path = quote!(<Self::Hooks<'h> as #hooks #ty_generics>);
    let preparations = section.fields.iter().filter(|field| field.has_hook()).map(|field| {
        let Field { ident, ty, index, .. } = field;
        if field.is_section() {
            let prepare = quote!(<#ty as #krate::Reloadable>::prepare);
            quote!(__tx.section(#index, &__diff.#ident, __hooks, #trait_path::#ident, #prepare,);)
        } else {
            let method = field.hook();
            quote!(__tx.hook(#index, __diff.#ident, __hooks, #trait_path::#method);)
        }
    });
    quote! {
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

/// Returns `probe` and `run_validators`.
fn checks(names: &Names<'_>) -> TokenStream {
    let (private, Section { fields, validators, .. }) = (&names.private, names.section);
    let probes = fields.iter().map(|Field { ty, index, kind, .. }| match kind {
        Kind::Section { read: None, .. } => quote!(__cx.section::<#ty>(#index);),
        Kind::Section { read: Some(function), .. } => {
            quote!(__cx.section_with::<#ty, _, _>(#index, |__value| #function(__value));)
        }
        Kind::Leaf { read: None, .. } => quote!(__cx.leaf::<#ty>(#index);),
        Kind::Leaf { read: Some(function), .. } => {
            quote!(__cx.leaf_with::<#ty, _>(#index, |__value| #function(__value));)
        }
    });
    let sections = fields.iter().filter(|field| field.is_section());
    let validations =
        sections.map(|Field { ident, index, .. }| quote!(__cx.section(#index, &self.#ident);));
    quote! {
        #[inline]
        fn probe(__cx: &mut #private::Probe<'_>) {
            #(#probes)*
        }

        #[inline]
        fn run_validators(&self, __cx: &mut #private::Validation) {
            #(__cx.check(self, #validators);)*
            #(#validations)*
        }
    }
}

/// Returns `leaf_at` and `hot_leaf_mut`.
fn leaves(names: &Names<'_>) -> TokenStream {
    let (private, Section { fields, krate, .. }) = (&names.private, names.section);
    let found = |method: TokenStream, borrow: TokenStream, reached: fn(&Field) -> bool| {
        let arms = fields.iter().filter(|field| reached(field)).map(|field| {
            let Field { ident, index, .. } = field;
            if field.is_section() {
                quote!(#index => #krate::Reloadable::#method(#borrow self.#ident, __below),)
            } else {
                quote!(#index => ::core::option::Option::Some(#borrow self.#ident),)
            }
        });
        quote! {
            #[inline]
            fn #method(
                #borrow self,
                __at: &[::core::primitive::u16],
            ) -> ::core::option::Option<#borrow dyn ::core::any::Any> {
                let (__index, __below) = #private::step(__at)?;
                match __index {
                    #(#arms)*
                    _ => ::core::option::Option::None,
                }
            }
        }
    };
    let leaf = found(quote!(leaf_at), quote!(&), |_| true);
    let hot_leaf = found(quote!(hot_leaf_mut), quote!(&mut), Field::changes_live);
    quote!(#leaf #hot_leaf)
}
