//! `impl Parts`: the fields as parts, for code that knows neither their names nor their types.
//!
//! It is apart from `impl Reloadable`, which asks of the struct what a configuration needs: the compiler would have to
//! prove all of that again for each field.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{Names, diff, table};
use crate::ir::{Field, OF_AN_ENTRY, OF_PRESENCE, Section};

pub(super) fn impls(names: &Names<'_>) -> TokenStream {
    let Names { section, private, hooks, generics, .. } = names;
    let ident = &section.ident;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let items = [table::constant(names), compare(names), ask(names), leaves(names)];
    quote! {
        #[automatically_derived]
        impl #impl_generics #private::Parts for #ident #ty_generics #where_clause {
            type Listener<'h> = dyn #hooks #ty_generics + 'h;
            #(#items)*
        }
    }
}

/// Returns `compare`.
fn compare(names: &Names<'_>) -> TokenStream {
    let Names { section, private, .. } = names;
    let notes = section.fields.iter().map(|field| {
        let Field { ident, index, .. } = field;
        if field.is_section() {
            let compare = names.of_parts(field, "compare");
            quote!(__found.section(#index, &__old.#ident, &__new.#ident, #compare);)
        } else if let Some(entries) = names.entries(field) {
            quote!(__found.entries::<#entries>(#index, &__old.#ident, &__new.#ident);)
        } else {
            let differs = diff::differs(names, field);
            quote!(if #differs { __found.leaf(#index) })
        }
    });
    quote! {
        #[inline]
        fn compare(__old: &Self, __new: &Self, __found: &mut #private::Differing) {
            #(#notes)*
        }
    }
}

/// Returns `ask`. Its calls name the traits: a section may have the name of a hook.
fn ask(names: &Names<'_>) -> TokenStream {
    let Names { section, private, hooks: trait_, generics, .. } = names;
    let (_, ty_generics, _) = generics.split_for_impl();
    let call = |field: &Field, change: TokenStream| {
        let hook = field.hook();
        quote!(<_ as #trait_ #ty_generics>::#hook(__hooks, #change))
    };
    let arms = section.fields.iter().filter_map(|field| {
        let Field { ident, index, .. } = field;
        let (old, new) = (quote!(&__old.#ident), quote!(&__new.#ident));
        if let Some(entries) = names.entries(field).filter(|_| field.has_hook()) {
            return Some(entries_arm(names, field, &entries));
        }
        let Some(route) = field.route() else {
            let change = quote!(#private::Change::new(#old, #new));
            let hook = field.has_hook().then(|| call(field, change))?;
            return Some(quote!(#index => #hook,));
        };
        let whole = field.has_hook().then(|| {
            let hook = call(field, quote!(__diff));
            let (diff, present) =
                (names.of_section(field, "diff"), names.of_section(field, "present"));
            let stays = quote! {
                match #present(#old, #diff(#old, #new)) {
                    ::core::option::Option::Some(__diff) => #hook,
                    ::core::option::Option::None => #private::no_hook(),
                }
            };
            let asked = match route.is_live {
                true => live_section(names, field, &stays),
                false => stays,
            };
            quote!(#index if __below.is_empty() => #asked,)
        });
        let (ask, route) = (names.of_parts(field, "ask"), &route.ident);
        let hooks = quote!(<_ as #route #ty_generics>::#ident(__hooks));
        Some(quote!(#whole #index => #ask(__below, #old, #new, #hooks),))
    });
    quote! {
        #[inline]
        fn ask<'t, 'h: 't>(
            __at: &[#private::Index],
            __old: &'t Self,
            __new: &'t Self,
            __hooks: &'t Self::Listener<'h>,
        ) -> #private::HookResult<'t> {
            let (__index, __below) = #private::enter(__at);
            match __index {
                #(#arms)*
                _ => #private::no_hook(),
            }
        }
    }
}

/// Returns the arm of `ask` for a collection: one of three hooks is asked of an entry.
fn entries_arm(names: &Names<'_>, field: &Field, entries: &TokenStream) -> TokenStream {
    let Names { private, hooks: trait_, generics, .. } = names;
    let (_, ty_generics, _) = generics.split_for_impl();
    let Field { ident, index, .. } = field;
    let arms = OF_AN_ENTRY.map(|difference| {
        let (change, hook) = (format_ident!("{}", difference.variant), difference.hook(field));
        quote! {
            ::core::option::Option::Some(#private::EntryChange::#change(__key, __entry)) => {
                <_ as #trait_ #ty_generics>::#hook(__hooks, __key, __entry)
            }
        }
    });
    quote! {
        #index => match #private::entry_change::<#entries>(__below, &__old.#ident, &__new.#ident) {
            #(#arms)*
            ::core::option::Option::None => #private::no_hook(),
        },
    }
}

/// Returns what asks one of the three hooks of a section that may appear and vanish live.
fn live_section(names: &Names<'_>, field: &Field, stays: &TokenStream) -> TokenStream {
    let Names { private, hooks: trait_, generics, .. } = names;
    let (_, ty_generics, _) = generics.split_for_impl();
    let ident = &field.ident;
    let arms = OF_PRESENCE.map(|difference| {
        let (presence, hook) = (format_ident!("{}", difference.variant), difference.hook(field));
        quote!(#private::Presence::#presence(__section) => <_ as #trait_ #ty_generics>::#hook(__hooks, __section),)
    });
    quote! {
        match #private::presence(&__old.#ident, &__new.#ident) {
            #(#arms)*
            #private::Presence::Stays => #stays,
        }
    }
}

/// Returns `leaf_at` and `hot_leaf_mut`.
fn leaves(names: &Names<'_>) -> TokenStream {
    let (private, Section { fields, .. }) = (&names.private, names.section);
    let found = |method: &str, borrow, reached: fn(&Field) -> bool, otherwise: TokenStream| {
        let name = format_ident!("{method}");
        let arms = fields.iter().filter(|field| reached(field)).map(|field| {
            let Field { ident, index, .. } = field;
            if field.is_section() {
                let below = names.of_parts(field, method);
                // A live section is put there or taken away as a whole.
                let whole = (field.is_live_section() && method == "hot_leaf_mut")
                    .then(|| quote!(#index if __below.is_empty() => #borrow self.#ident,));
                quote!(#whole #index => return #below(#borrow self.#ident, __below),)
            } else {
                quote!(#index => #borrow self.#ident,)
            }
        });
        quote! {
            #[inline]
            fn #name(
                #borrow self,
                __at: &[::core::primitive::u16],
            ) -> ::core::option::Option<#borrow dyn ::core::any::Any> {
                let (__index, __below) = #private::step(__at);
                let __leaf: #borrow dyn ::core::any::Any = match __index {
                    #(#arms)*
                    _ => return #otherwise,
                };
                ::core::option::Option::Some(__leaf)
            }
        }
    };
    let itself = quote!(#private::itself(self, __at));
    let leaf = found("leaf_at", quote!(&), |_| true, itself);
    let none = quote!(::core::option::Option::None);
    let hot_leaf = found("hot_leaf_mut", quote!(&mut), Field::changes_live, none);
    quote!(#leaf #hot_leaf)
}
