//! The routes: one trait per section, which leads from the hooks of the struct around it to those of the section.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::{parse_quote, spanned::Spanned as _};

use super::{Names, behind, bounds, lints, respanned, span_at};
use crate::ir::{Field, Route};

/// Returns the traits.
///
/// ```ignore
/// pub trait LoggingSinksRoute {
///     fn sinks(&self) -> &<Sinks as Reloadable>::Hooks<'_>;
/// }
/// ```
pub(super) fn items(names: &Names<'_>) -> TokenStream {
    names.section.routes().map(|(field, route)| item(names, field, route)).collect()
}

fn item(names: &Names<'_>, field: &Field, route: &Route) -> TokenStream {
    let section = names.section;
    let (vis, around) = (&section.vis, &section.ident);
    let (key, Route { ident, is_ambiguous, .. }) = (&field.serde.name, route);
    let generics = bounds::and_sections(section, &names.parameters, [field]);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (rule, remedy) = if *is_ambiguous {
        (
            "It is to be implemented where the section has hooks, because the struct has several sections of this type.",
            format!(
                "`{around}` has several sections of this type, so the hooks alone do not say which of them is meant: implement `{ident}` for `{{Self}}`"
            ),
        )
    } else {
        (
            "Whatever implements these hooks has it; implement it to lead elsewhere.",
            format!(
                "implement the hooks of the section for `{{Self}}`, or `{ident}` to lead to a part that implements them"
            ),
        )
    };
    let docs = format!("The route to the hooks of the section `{key}` of [`{around}`]. {rule}");
    let message = format!("`{{Self}}` has no hooks for the section `{key}` of `{around}`");
    let (method, lints) = (method(names, field), lints());
    quote! {
        #[doc = #docs]
        #[diagnostic::on_unimplemented(message = #message, note = #remedy)]
        #lints
        #vis trait #ident #impl_generics #where_clause {
            /// Returns the hooks.
            #method;
        }
    }
}

fn method(names: &Names<'_>, field: &Field) -> TokenStream {
    let (ident, below) = (&field.ident, names.of_parts(field, "Listener"));
    quote_spanned!(span_at(&field.ty)=> fn #ident(&self) -> &#below<'_>)
}

/// Returns the impls by which whatever implements the hooks of a section is the route to them. Where several sections
/// have the same type, that holds only if there is nothing to implement.
pub(super) fn impls(names: &Names<'_>) -> TokenStream {
    let (_, ty_generics, _) = names.generics.split_for_impl();
    let one = |(field, route): (&Field, &Route)| {
        let generics = bounds::and_sections(names.section, &names.parameters, [field]);
        let generics = behind([parse_quote!(__H)], &generics);
        let (impl_generics, _, where_clause) = generics.split_for_impl();
        let bounds = where_clause.iter().flat_map(|clause| &clause.predicates);
        let (ty, trait_, method) = (&field.ty, &route.ident, method(names, field));
        // A type that is no section is reported at the type, as by its other bounds.
        let span = ty.span();
        let krate = respanned(&names.section.krate, span);
        let accepts = quote_spanned!(span=> #krate::__private::AcceptsHooks);
        let hooks = Ident::new("__H", span_at(ty));
        let (without_hooks, not_the_hooks) = match route.is_ambiguous {
            true => (
                Some(quote_spanned!(span=> + #accepts<#krate::__private::Anything<#hooks>>)),
                // The route is what is to be implemented, whatever else is missing.
                Some(quote!(#[diagnostic::do_not_recommend])),
            ),
            false => (None, None),
        };
        let bound = quote_spanned!(span=> #ty: #accepts<#hooks> #without_hooks);
        quote! {
            #[automatically_derived]
            #not_the_hooks
            impl #impl_generics #trait_ #ty_generics for __H where #(#bounds,)* #bound {
                #[inline]
                #method {
                    <#ty as #accepts<#hooks>>::accept(self)
                }
            }
        }
    };
    names.section.routes().map(one).collect()
}
