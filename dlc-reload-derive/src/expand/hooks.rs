//! The hook trait: one required method per hot field, and per section that has a hook of its own.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::parse_quote;

use super::{Names, entries_by, lints, respanned, span_at};
use crate::ir::{Field, OF_AN_ENTRY, OF_PRESENCE};

/// Returns the trait.
///
/// ```ignore
/// pub trait LoggingHooks: Send + Sync + LoggingSinksRoute {
///     fn on_level<'a>(&'a self, level: Change<'a, Level>) -> HookResult<'a>;
/// }
/// ```
pub(super) fn items(names: &Names<'_>) -> TokenStream {
    let Names { section, hooks, .. } = names;
    let (vis, ident) = (&section.vis, &section.ident);
    let (impl_generics, _, where_clause) = names.generics.split_for_impl();
    let hooks_of_all: Vec<_> = section.fields.iter().flat_map(Field::hooks).collect();
    let methods =
        section.fields.iter().filter(|_| section.has_hooks()).filter_map(|field| {
            match (field.has_hook(), field.is_section() || hooks_of_all.contains(&field.hook())) {
                (true, _) => Some(method(names, field)),
                (false, false) => Some(trap(names, field)),
                (false, true) => None,
            }
        });
    let (docs, unimplemented) = match section.has_hooks() {
        true => (
            format!(
                "The hooks of [`{ident}`]: what happens when one of its hot fields changes.\n\n\
                 A hook prepares the change and may refuse it; the commit it hands back runs once every \
                 hook has agreed, or is dropped."
            ),
            Some(unimplemented(names)),
        ),
        false => (
            format!(
                "The hooks of [`{ident}`], which has none of its own: whatever has those of its sections implements them."
            ),
            None,
        ),
    };
    let (supertraits, lints) = (supertraits(names), lints());
    quote! {
        #[doc = #docs]
        #unimplemented
        #lints
        #vis trait #hooks #impl_generics: #supertraits #where_clause {
            #(#methods)*
        }
    }
}

/// Returns the message to an author whose type lacks the hooks.
fn unimplemented(names: &Names<'_>) -> TokenStream {
    let Names { section, hooks, .. } = names;
    let ident = &section.ident;
    let message = format!("`{{Self}}` does not implement `{hooks}`, the hooks of `{ident}`");
    let label = format!("hooks of `{ident}` are missing here");
    let remedy = format!(
        "implement `{hooks}` for `{{Self}}`; or, where a part of it reacts to changes of the section, lead there: implement the route to the section for `{{Self}}`"
    );
    quote!(#[diagnostic::on_unimplemented(message = #message, label = #label, note = #remedy)])
}

/// Returns the methods of a section that may appear and vanish live.
fn presence_methods(names: &Names<'_>, field: &Field) -> TokenStream {
    let (ty, key, span) = (&field.ty, &field.serde.name, span_at(&field.ty));
    let krate = respanned(&names.section.krate, span);
    let private = respanned(&names.outside, span);
    let methods = OF_PRESENCE.map(|difference| {
        let (hook, suffix) = (difference.hook(field), difference.suffix);
        let value = format_ident!("{}", if suffix == "appeared" { "new" } else { "old" });
        let purpose = format!("The section `{key}` {suffix}; the hooks in it are not asked.");
        quote_spanned! {span=>
            #[doc = #purpose]
            fn #hook<'a>(&'a self, #value: &'a <#ty as #private::MayBeAbsent>::Section) -> #krate::HookResult<'a>;
        }
    });
    quote!(#(#methods)*)
}

/// Returns the three methods of a collection.
fn entry_methods(names: &Names<'_>, field: &Field) -> TokenStream {
    let (key, span) = (&field.serde.name, span_at(&field.ty));
    let krate = respanned(&names.section.krate, span);
    let private = respanned(&names.outside, span);
    let (ty, by) = (&field.ty, entries_by(&names.outside, field));
    let of = quote_spanned!(span=> <#ty as #private::Entries<#by>>);
    let methods = OF_AN_ENTRY.map(|difference| {
        let (hook, suffix) = (difference.hook(field), difference.suffix);
        let (entry, purpose) = match suffix {
            "added" => (quote_spanned!(span=> new: &'a #of::Entry), "is new in"),
            "removed" => (quote_spanned!(span=> old: &'a #of::Entry), "is gone from"),
            _ => (
                quote_spanned!(span=> diff: <#of::Entry as #krate::Reloadable>::Diff<'a>),
                "changes in",
            ),
        };
        let mut purpose = format!("An entry {purpose} `{key}`.");
        if !field.docs.is_empty() {
            purpose = format!("{purpose}\n\n{}", field.docs);
        }
        quote_spanned! {span=>
            #[doc = #purpose]
            fn #hook<'a>(&'a self, key: &'a #of::Key, #entry) -> #krate::HookResult<'a>;
        }
    });
    quote!(#(#methods)*)
}

fn method(names: &Names<'_>, field: &Field) -> TokenStream {
    if field.entries().is_some() {
        return entry_methods(names, field);
    }
    let Field { ident, ty, docs, .. } = field;
    let (key, hook, span) = (&field.serde.name, field.hook(), span_at(ty));
    let krate = respanned(&names.section.krate, span);
    let (mut purpose, change) = if field.is_section() {
        let below = names.of_section(field, "Present");
        (
            format!(
                "Something in the section `{key}` changes, after its own hooks have been asked."
            ),
            quote_spanned!(span=> #below<'a>),
        )
    } else {
        (format!("`{key}` changes."), quote_spanned!(span=> #krate::Change<'a, #ty>))
    };
    if !docs.is_empty() {
        purpose = format!("{purpose}\n\n{docs}");
    }
    let method = quote_spanned! {span=>
        fn #hook<'a>(&'a self, #ident: #change) -> #krate::HookResult<'a>;
    };
    let presence = field.is_live_section().then(|| presence_methods(names, field));
    quote!(#[doc = #purpose] #method #presence)
}

/// Returns a method that cannot be implemented or called by mistake: a type in its signature tells
/// the author who tries why it does not exist.
fn trap(names: &Names<'_>, field: &Field) -> TokenStream {
    let mark = field.mark;
    let (hook, private) = (field.hook(), respanned(&names.outside, mark));
    let why = if field.changes_live() {
        quote_spanned!(mark=> LiveFieldsHaveNoHook)
    } else {
        quote_spanned!(mark=> RestartFieldsHaveNoHook)
    };
    quote! {
        #[doc(hidden)]
        fn #hook(&self, _: #private::#why) where Self: ::core::marker::Sized {}
    }
}

/// Returns the impls: a trait without methods is implemented by whatever has the routes, and the section accepts
/// whatever implements the trait.
pub(super) fn impls(names: &Names<'_>) -> TokenStream {
    let Names { section, private, hooks, .. } = names;
    let ident = &section.ident;
    let (_, ty_generics, where_clause) = names.generics.split_for_impl();
    let blanket = (!section.has_hooks()).then(|| {
        let supertraits = supertraits(names);
        let generics = names.generics_with([parse_quote!(__H: #supertraits)]);
        let (impl_generics, _, _) = generics.split_for_impl();
        quote! {
            #[automatically_derived]
            impl #impl_generics #hooks #ty_generics for __H #where_clause {}
        }
    });
    let generics = names.generics_with([parse_quote!(__H: #hooks #ty_generics)]);
    let (impl_generics, _, _) = generics.split_for_impl();
    quote! {
        #blanket
        #[automatically_derived]
        impl #impl_generics #private::AcceptsHooks<__H> for #ident #ty_generics #where_clause {
            #[inline]
            fn accept(__hooks: &__H) -> &<Self as #private::Parts>::Listener<'_> {
                __hooks
            }
        }
    }
}

/// Returns the supertraits: the routes to the hooks of the sections, and what sharing between threads needs.
fn supertraits(names: &Names<'_>) -> TokenStream {
    let (_, ty_generics, _) = names.generics.split_for_impl();
    let routes = names.section.routes().map(|(_, route)| &route.ident);
    quote!(::core::marker::Send + ::core::marker::Sync #(+ #routes #ty_generics)*)
}
