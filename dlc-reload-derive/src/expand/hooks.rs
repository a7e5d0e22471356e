//! The hook trait: one required method per hot field, one routing method per section.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::parse_quote;

use super::{Names, lints, respanned, span_at};
use crate::ir::Field;

/// Returns the trait.
///
/// ```ignore
/// pub trait LoggingHooks: Send + Sync {
///     fn on_level<'a>(&'a self, level: Change<'a, Level>) -> HookResult<'a>;
///     fn sinks(&self) -> &<Sinks as Reloadable>::Hooks<'_>;
/// }
/// ```
pub(super) fn items(names: &Names<'_>) -> TokenStream {
    let Names { section, hooks, .. } = names;
    let (vis, ident) = (&section.vis, &section.ident);
    let (impl_generics, _, where_clause) = names.generics.split_for_impl();
    let methods = section
        .fields
        .iter()
        .filter(|_| section.has_hooks())
        .map(|field| if field.has_hook() { method(names, field) } else { trap(names, field) });
    let docs = format!(
        "The hooks of [`{ident}`]: what happens when one of its hot fields changes.\n\n\
         A hook prepares the change and may refuse it; the commit it hands back runs once every \
         hook has agreed, or is dropped."
    );
    let remedy = format!(
        "implement `{hooks}` for the type that reacts to changes of `{ident}`; if that is the whole configuration, pass it with `.hooks(Arc::new(…))` before `.start()`, and if it is a section, return it where the hooks of the struct around it ask for it"
    );
    let message = format!("`{{Self}}` does not implement `{hooks}`, the hooks of `{ident}`");
    let missing = format!("hooks of `{ident}` are missing here");
    let lints = lints();
    quote! {
        #[doc = #docs]
        #[diagnostic::on_unimplemented(message = #message, label = #missing, note = #remedy)]
        #lints
        #vis trait #hooks #impl_generics: ::core::marker::Send + ::core::marker::Sync #where_clause {
            #(#methods)*
        }
    }
}

fn method(names: &Names<'_>, field: &Field) -> TokenStream {
    let krate = &names.section.krate;
    let Field { ident, ty, docs, .. } = field;
    let (key, hook) = (&field.serde.name, field.hook());
    let (mut purpose, method) = if field.is_section() {
        let below = names.of_parts(field, "Listener");
        let method = quote_spanned!(span_at(ty)=> fn #ident(&self) -> &#below<'_>;);
        (format!("The hooks of the section `{key}`."), method)
    } else {
        let method = quote_spanned! {span_at(ty)=>
            fn #hook<'a>(&'a self, #ident: #krate::Change<'a, #ty>) -> #krate::HookResult<'a>;
        };
        (format!("`{key}` changes."), method)
    };
    if !docs.is_empty() {
        purpose = format!("{purpose}\n\n{docs}");
    }
    quote!(#[doc = #purpose] #method)
}

/// Returns a method that cannot be implemented or called by mistake: a type in its signature tells
/// the author who tries why it does not exist.
fn trap(names: &Names<'_>, field: &Field) -> TokenStream {
    let Field { ident, mark, .. } = field;
    let (hook, private) = (field.hook(), respanned(&names.outside, *mark));
    if field.is_section() {
        let why = quote_spanned!(*mark=> #private::RestartSectionsHaveNoHooks);
        return quote! {
            #[doc(hidden)]
            fn #ident(&self) -> #why where Self: ::core::marker::Sized { #why }
        };
    }
    let why = if field.changes_live() {
        quote_spanned!(*mark=> LiveFieldsHaveNoHook)
    } else {
        quote_spanned!(*mark=> RestartFieldsHaveNoHook)
    };
    quote! {
        #[doc(hidden)]
        fn #hook(&self, _: #private::#why) where Self: ::core::marker::Sized {}
    }
}

/// Returns the impls by which hooks behind an `Arc` are hooks too. A trait without methods is
/// implemented by everything.
pub(super) fn impls(names: &Names<'_>) -> TokenStream {
    let Names { section, private, hooks, .. } = names;
    let ident = &section.ident;
    let (_, ty_generics, where_clause) = names.generics.split_for_impl();
    let (receiver, asked) = if section.has_hooks() {
        (quote!(::std::sync::Arc<__H>), quote!(#hooks #ty_generics))
    } else {
        (quote!(__H), quote!(::core::marker::Send + ::core::marker::Sync))
    };
    let generics = names.generics_with([parse_quote!(__H: ?::core::marker::Sized + #asked)]);
    let (impl_generics, _, _) = generics.split_for_impl();
    let forwards = section.fields.iter().filter(|field| field.has_hook());
    let forwards = forwards.map(|field| forward(names, field));
    quote! {
        #[automatically_derived]
        impl #impl_generics #hooks #ty_generics for #receiver #where_clause {
            #(#forwards)*
        }
        #[automatically_derived]
        impl #impl_generics #private::AcceptsHooks<__H> for #ident #ty_generics #where_clause {
            #[inline]
            fn accept(__hooks: &::std::sync::Arc<__H>) -> &<Self as #private::Parts>::Listener<'_> {
                __hooks
            }
        }
    }
}

fn forward(names: &Names<'_>, field: &Field) -> TokenStream {
    let Names { private, hooks, generics, .. } = names;
    let hook = field.hook();
    let (_, ty_generics, _) = generics.split_for_impl();
    let Field { ident, ty, .. } = field;
    if field.is_section() {
        let below = names.of_parts(field, "Listener");
        quote! {
            fn #ident(&self) -> &#below<'_> {
                <__H as #hooks #ty_generics>::#ident(self)
            }
        }
    } else {
        quote! {
            fn #hook<'a>(&'a self, __change: #private::Change<'a, #ty>) -> #private::HookResult<'a> {
                <__H as #hooks #ty_generics>::#hook(self, __change)
            }
        }
    }
}
