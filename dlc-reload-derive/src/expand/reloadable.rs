//! `impl Reloadable`: thin, one call per field.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Names, diff, fields, respanned, span_at};
use crate::ir::{Field, Section};

pub(super) fn impls(names: &Names<'_>) -> TokenStream {
    let Names { section, private, generics, .. } = names;
    let ident = &section.ident;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let (types, methods) = (types(names), methods(names));
    // What the struct lacks is reported in the same words by two checks, once if they are about the same place.
    let reloadable = respanned(quote!(#private::Reloadable), span_at(ident));
    quote! {
        #[automatically_derived]
        impl #impl_generics #reloadable for #ident #ty_generics #where_clause {
            #types
            #methods
        }
    }
}

fn methods(names: &Names<'_>) -> TokenStream {
    let methods = [
        diff::method(names),
        fields::constructor(names),
        validation(names),
        finishing(names).unwrap_or_default(),
    ];
    quote!(#(#methods)*)
}

/// Returns the associated types.
fn types(names: &Names<'_>) -> TokenStream {
    let Names { private, diff, fields, .. } = names;
    let (diff_generics, fields_generics) = (diff::generics(names), fields::generics(names));
    let (_, of_diff, _) = diff_generics.split_for_impl();
    let (_, of_fields, _) = fields_generics.split_for_impl();
    quote! {
        type Hooks<'h> = <Self as #private::Parts>::Listener<'h>;
        type Diff<'a> = #diff #of_diff;
        type Fields<__R, __M: #private::Mode> = #fields #of_fields;
        type Present<'a> = #diff #of_diff;

    }
}

/// Returns `FINISHES` and `finish`; nothing where no field can be set by a function.
fn finishing(names: &Names<'_>) -> Option<TokenStream> {
    let Section { fields, finishers, .. } = names.section;
    let private = &names.private;
    let holds_sections = |field: &&Field| field.is_section() || field.entries().is_some();
    let sections: Vec<_> = fields.iter().filter(holds_sections).collect();
    if sections.is_empty() && finishers.is_empty() {
        return None;
    }
    let has_own = !finishers.is_empty();
    let below = sections.iter().map(|field| match names.entries(field) {
        Some(entries) => quote!(#private::entries_finish::<#entries>()),
        None => names.of_section(field, "FINISHES"),
    });
    let finished = sections.iter().map(|field| {
        let ident = &field.ident;
        let finish = match names.entries(field) {
            Some(entries) => quote!(#private::finish_entries::<#entries>),
            None => names.of_section(field, "finish"),
        };
        quote!(#finish(&mut self.#ident);)
    });
    Some(quote! {
        const FINISHES: ::core::primitive::bool = #has_own #(|| #below)*;

        #[inline]
        fn finish(&mut self) {
            #(#finished)*
            #(#private::set_derived(self, #finishers);)*
        }
    })
}

/// Returns `run_validators`.
fn validation(names: &Names<'_>) -> TokenStream {
    let (private, Section { fields, validators, .. }) = (&names.private, names.section);
    let validations = fields.iter().filter_map(|field| {
        let Field { ident, index, .. } = field;
        if let Some(entries) = names.entries(field) {
            return Some(quote!(__cx.entries::<#entries>(#index, &self.#ident);));
        }
        let run = field.is_section().then(|| names.of_section(field, "run_validators"))?;
        Some(quote!(__cx.section(#index, &self.#ident, #run);))
    });
    quote! {
        #[inline]
        fn run_validators(&self, __cx: &mut #private::Validation) {
            #(__cx.check(self, #validators);)*
            #(#validations)*
        }
    }
}
