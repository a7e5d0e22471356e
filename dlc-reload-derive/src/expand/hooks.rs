//! The hook trait: one required method per hot field, one routing method per section.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::parse_quote;

use super::{Names, at, lints, place};
use crate::ir::{Field, Role};

/// ```ignore
/// pub trait LoggingHooks: Send + Sync {
///     fn on_level<'a>(&'a self, level: Change<'a, Level>) -> HookResult<'a>;
///     fn sinks(&self) -> &<Sinks as Reloadable>::Hooks<'_>;
/// }
/// ```
pub(super) fn items(cx: &Names<'_>) -> TokenStream {
    let Names { section, hooks, .. } = cx;
    let (vis, ident) = (&section.vis, &section.ident);
    let (impl_generics, _, where_clause) = section.generics.split_for_impl();
    let methods = section.fields.iter().filter_map(|field| method(cx, field));
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

fn method(cx: &Names<'_>, field: &Field) -> Option<TokenStream> {
    let krate = &cx.section.krate;
    let Field { ident, ty, .. } = field;
    let key = &field.serde.name;
    match field.role {
        Role::Hook => {
            let method = format_ident!("on_{}", ident);
            let docs = with_docs(format!("`{key}` changes."), field);
            Some(quote_spanned! {place(ty)=>
                #[doc = #docs]
                fn #method<'a>(&'a self, #ident: #krate::Change<'a, #ty>) -> #krate::HookResult<'a>;
            })
        }
        Role::Routed => {
            let docs = with_docs(format!("The hooks of the section `{key}`."), field);
            Some(quote_spanned! {place(ty)=>
                #[doc = #docs]
                fn #ident(&self) -> &<#ty as #krate::Reloadable>::Hooks<'_>;
            })
        }
        // Whoever implements one of these is told why it does not exist.
        _ if !cx.section.has_hooks() => None,
        Role::Live => Some(trap(cx, field, quote_spanned!(field.mark=> LiveFieldsHaveNoHook))),
        Role::Restart { .. } => {
            Some(trap(cx, field, quote_spanned!(field.mark=> RestartFieldsHaveNoHook)))
        }
        Role::Frozen => {
            let why = at(field.mark, &cx.private);
            let why = quote_spanned!(field.mark=> #why::RestartSectionsHaveNoHooks);
            Some(quote! {
                #[doc(hidden)]
                fn #ident(&self) -> #why where Self: ::core::marker::Sized { #why }
            })
        }
    }
}

/// What a method is for, and what its field is.
fn with_docs(purpose: String, field: &Field) -> String {
    if field.docs.is_empty() { purpose } else { format!("{purpose}\n\n{}", field.docs) }
}

/// A method that nobody can implement or call by mistake: the type of its argument says why.
fn trap(cx: &Names<'_>, field: &Field, why: TokenStream) -> TokenStream {
    let method = format_ident!("on_{}", field.ident);
    let private = at(field.mark, &cx.private);
    quote! {
        #[doc(hidden)]
        fn #method(&self, _: #private::#why) where Self: ::core::marker::Sized {}
    }
}

/// Hooks behind an `Arc` are hooks too. A trait without methods is implemented by everything.
pub(super) fn impls(cx: &Names<'_>) -> TokenStream {
    let Names { section, private, hooks, .. } = cx;
    let (krate, ident) = (&section.krate, &section.ident);
    let (_, ty_generics, where_clause) = section.generics.split_for_impl();
    let itself = cx.impl_generics();
    let bounded = &itself.where_clause;
    let implementor = if section.has_hooks() {
        parse_quote!(__H: ?::core::marker::Sized + #hooks #ty_generics)
    } else {
        parse_quote!(__H: ?::core::marker::Sized + ::core::marker::Send + ::core::marker::Sync)
    };
    let generics = cx.generics_with([implementor]);
    let (impl_generics, _, _) = generics.split_for_impl();
    let (receiver, forwards) = if section.has_hooks() {
        (quote!(::std::sync::Arc<__H>), forwards(cx))
    } else {
        (quote!(__H), Vec::new())
    };
    quote! {
        #[automatically_derived]
        impl #impl_generics #hooks #ty_generics for #receiver #where_clause {
            #(#forwards)*
        }
        #[automatically_derived]
        impl #impl_generics #private::AcceptsHooks<__H> for #ident #ty_generics #bounded {
            #[inline]
            fn accept(__hooks: &::std::sync::Arc<__H>) -> &<Self as #krate::Reloadable>::Hooks<'_> {
                __hooks
            }
        }
    }
}

fn forwards(cx: &Names<'_>) -> Vec<TokenStream> {
    let krate = &cx.section.krate;
    let hooks = &cx.hooks;
    let (_, ty_generics, _) = cx.section.generics.split_for_impl();
    let forward = |field: &Field| {
        let Field { ident, ty, .. } = field;
        match field.role {
            Role::Hook => {
                let method = format_ident!("on_{}", ident);
                Some(quote! {
                    fn #method<'a>(&'a self, __change: #krate::Change<'a, #ty>) -> #krate::HookResult<'a> {
                        <__H as #hooks #ty_generics>::#method(self, __change)
                    }
                })
            }
            Role::Routed => Some(quote! {
                fn #ident(&self) -> &<#ty as #krate::Reloadable>::Hooks<'_> {
                    <__H as #hooks #ty_generics>::#ident(self)
                }
            }),
            Role::Live | Role::Restart { .. } | Role::Frozen => None,
        }
    };
    cx.section.fields.iter().filter_map(forward).collect()
}
