//! `impl Reloadable`: thin, one call per field.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Names, diff, fields, schema};
use crate::ir::{Field, Section};

pub(super) fn impls(names: &Names<'_>) -> TokenStream {
    let Names { section, private, self_generics, .. } = names;
    let ident = &section.ident;
    let (impl_generics, ty_generics, where_clause) = self_generics.split_for_impl();
    let (types, methods) = (types(names), methods(names));
    quote! {
        #[automatically_derived]
        impl #impl_generics #private::Reloadable for #ident #ty_generics #where_clause {
            #types
            #methods
        }
    }
}

fn methods(names: &Names<'_>) -> TokenStream {
    let methods = [
        diff::method(names),
        fields::constructor(names),
        ask(names),
        validation(names),
        schema::method(names),
    ];
    quote!(#(#methods)*)
}

/// Returns the associated types.
fn types(names: &Names<'_>) -> TokenStream {
    let Names { private, hooks, diff, fields, generics, .. } = names;
    let (_, ty_generics, _) = generics.split_for_impl();
    let (diff_generics, fields_generics) = (diff::generics(names), fields::generics(names));
    let (_, of_diff, _) = diff_generics.split_for_impl();
    let (_, of_fields, _) = fields_generics.split_for_impl();
    quote! {
        type Hooks<'h> = dyn #hooks #ty_generics + 'h;
        type Diff<'a> = #diff #of_diff;
        type Fields<__R: #private::Reloadable, __M: #private::Mode> = #fields #of_fields;

    }
}

/// Returns `Reloadable::ask`.
fn ask(names: &Names<'_>) -> TokenStream {
    let (private, Section { fields, .. }) = (&names.private, names.section);
    let arms = fields.iter().filter(|field| field.has_hook()).map(|field| {
        let Field { ident, index, .. } = field;
        if field.is_section() {
            let ask = names.of_section(field, "ask");
            quote!(#index => #ask(__below, &__old.#ident, &__new.#ident, __hooks.#ident()),)
        } else {
            let hook = field.hook();
            let change = quote!(#private::Change { old: &__old.#ident, new: &__new.#ident });
            quote!(#index => __hooks.#hook(#change),)
        }
    });
    quote! {
        #[inline]
        fn ask<'t, 'h: 't>(
            __at: &[::core::primitive::u16],
            __old: &'t Self,
            __new: &'t Self,
            __hooks: &'t Self::Hooks<'h>,
        ) -> #private::HookResult<'t> {
            let (__index, __below) = #private::step(__at);
            match __index {
                #(#arms)*
                _ => #private::no_hook(),
            }
        }
    }
}

/// Returns `run_validators`.
fn validation(names: &Names<'_>) -> TokenStream {
    let (private, Section { fields, validators, .. }) = (&names.private, names.section);
    let sections = fields.iter().filter(|field| field.is_section());
    let validations = sections.map(|field| {
        let Field { ident, index, .. } = field;
        let run = names.of_section(field, "run_validators");
        quote!(__cx.section(#index, &self.#ident, #run);)
    });
    quote! {
        #[inline]
        fn run_validators(&self, __cx: &mut #private::Validation) {
            #(__cx.check(self, #validators);)*
            #(#validations)*
        }
    }
}
