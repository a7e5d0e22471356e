//! The hook trait: one required method per hot field, one routing method per section.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::parse_quote;

use super::{Names, lints, respanned, span_at};
use crate::ir::{Field, Kind, Role};

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
    let methods = section.fields.iter().filter_map(|field| method(names, field));
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

fn method(names: &Names<'_>, field: &Field) -> Option<TokenStream> {
    let krate = &names.section.krate;
    let Field { ident, ty, .. } = field;
    let key = &field.serde.name;
    match field.kind {
        Kind::Leaf { role: Role::Hook, .. } => {
            let method = field.hook();
            let docs = with_docs(format!("`{key}` changes."), field);
            Some(quote_spanned! {span_at(ty)=>
                #[doc = #docs]
                fn #method<'a>(&'a self, #ident: #krate::Change<'a, #ty>) -> #krate::HookResult<'a>;
            })
        }
        Kind::Section { frozen: false } => {
            let docs = with_docs(format!("The hooks of the section `{key}`."), field);
            Some(quote_spanned! {span_at(ty)=>
                #[doc = #docs]
                fn #ident(&self) -> &<#ty as #krate::Reloadable>::Hooks<'_>;
            })
        }
        // An author who implements one of these is told why it does not exist.
        _ if !names.section.has_hooks() => None,
        Kind::Leaf { role: Role::Live, .. } => {
            Some(trap(names, field, quote_spanned!(field.mark=> LiveFieldsHaveNoHook)))
        }
        Kind::Leaf { role: Role::Restart | Role::Secret, .. } => {
            Some(trap(names, field, quote_spanned!(field.mark=> RestartFieldsHaveNoHook)))
        }
        Kind::Section { frozen: true } => {
            let why = respanned(&names.private, field.mark);
            let why = quote_spanned!(field.mark=> #why::RestartSectionsHaveNoHooks);
            Some(quote! {
                #[doc(hidden)]
                fn #ident(&self) -> #why where Self: ::core::marker::Sized { #why }
            })
        }
    }
}

/// Returns the purpose of a method, followed by the documentation of its field.
fn with_docs(purpose: String, field: &Field) -> String {
    if field.docs.is_empty() { purpose } else { format!("{purpose}\n\n{}", field.docs) }
}

/// Returns a method that cannot be implemented or called by mistake: the type of its argument says
/// why.
fn trap(names: &Names<'_>, field: &Field, why: TokenStream) -> TokenStream {
    let method = field.hook();
    let private = respanned(&names.private, field.mark);
    quote! {
        #[doc(hidden)]
        fn #method(&self, _: #private::#why) where Self: ::core::marker::Sized {}
    }
}

/// Returns the impls by which hooks behind an `Arc` are hooks too. A trait without methods is implemented by everything.
pub(super) fn impls(names: &Names<'_>) -> TokenStream {
    let Names { section, private, hooks, .. } = names;
    let (krate, ident) = (&section.krate, &section.ident);
    let (_, ty_generics, where_clause) = names.generics.split_for_impl();
    let bounded = &names.self_generics.where_clause;
    let implementor = if section.has_hooks() {
        parse_quote!(__H: ?::core::marker::Sized + #hooks #ty_generics)
    } else {
        parse_quote!(__H: ?::core::marker::Sized + ::core::marker::Send + ::core::marker::Sync)
    };
    let generics = names.generics_with([implementor]);
    let (impl_generics, _, _) = generics.split_for_impl();
    let (receiver, forwards) = if section.has_hooks() {
        (quote!(::std::sync::Arc<__H>), forwards(names))
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

fn forwards(names: &Names<'_>) -> Vec<TokenStream> {
    let krate = &names.section.krate;
    let hooks = &names.hooks;
    let (_, ty_generics, _) = names.generics.split_for_impl();
    let forward = |field: &Field| {
        let Field { ident, ty, .. } = field;
        match field.kind {
            Kind::Leaf { role: Role::Hook, .. } => {
                let method = field.hook();
                Some(quote! {
                    fn #method<'a>(&'a self, __change: #krate::Change<'a, #ty>) -> #krate::HookResult<'a> {
                        <__H as #hooks #ty_generics>::#method(self, __change)
                    }
                })
            }
            Kind::Section { frozen: false } => Some(quote! {
                fn #ident(&self) -> &<#ty as #krate::Reloadable>::Hooks<'_> {
                    <__H as #hooks #ty_generics>::#ident(self)
                }
            }),
            Kind::Leaf { .. } | Kind::Section { frozen: true } => None,
        }
    };
    names.section.fields.iter().filter_map(forward).collect()
}
