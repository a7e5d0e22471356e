//! The routes: one trait per section, which leads from the hooks of the struct around it to those of the section.

use std::collections::HashSet;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::{Type, parse_quote, spanned::Spanned as _};

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
    let hooks = hooks_of(names, route);
    let (rule, message, remedy) = if *is_ambiguous {
        (
            "It is to be implemented where the section has hooks, because the struct has several sections of this type.",
            format!("`{{Self}}` does not say whose hooks are asked: section `{key}` of `{around}`"),
            format!(
                "`{around}` has several sections of this type, so the hooks alone do not say which of them is meant: implement `{ident}` for `{{Self}}`"
            ),
        )
    } else {
        (
            "Whatever implements these hooks has it; implement it to lead elsewhere.",
            format!(
                "`{{Self}}` neither implements {hooks} nor says who does: section `{key}` of `{around}`"
            ),
            format!(
                "implement {hooks} for `{{Self}}`, or, where that has no methods, the hooks of the sections in it; or `{ident}`, which leads to a part that implements them"
            ),
        )
    };
    let docs = format!("The route to the hooks of the section `{key}` of [`{around}`]. {rule}");
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

/// Returns the name of the hook trait of a section, as its derive makes it; in words where the type is a parameter.
fn hooks_of(names: &Names<'_>, route: &Route) -> String {
    let name = match &route.section {
        Type::Path(path) => path.path.segments.last().map(|last| &last.ident),
        _ => None,
    };
    let is_parameter =
        |name: &&Ident| names.generics.type_params().any(|param| param.ident == **name);
    name.filter(|name| !is_parameter(name))
        .map_or_else(|| "the hooks of the section".to_owned(), |name| format!("`{name}Hooks`"))
}

fn method(names: &Names<'_>, field: &Field) -> TokenStream {
    let (ident, below) = (&field.ident, names.of_parts(field, "Listener"));
    quote_spanned!(span_at(&field.ty)=> fn #ident(&self) -> &#below<'_>)
}

/// Returns a check that two sections whose types are written differently are of different types: the hooks of one type
/// would be asked for both. Types that depend on parameters may be the same or not.
///
/// ```ignore
/// trait SectionsOfOneTypeNameItAlike {}
/// impl SectionsOfOneTypeNameItAlike for Sinks {}
/// ```
pub(super) fn differ(names: &Names<'_>) -> Option<TokenStream> {
    let mut written = HashSet::new();
    let known = names.section.routes().filter(|(field, _)| field.generic.is_none());
    let types = known.map(|(_, route)| &route.section);
    let types: Vec<_> =
        types.filter(|ty| written.insert(ty.to_token_stream().to_string())).collect();
    let impls = types
        .iter()
        .map(|ty| quote_spanned!(span_at(ty)=> impl SectionsOfOneTypeNameItAlike for #ty {}));
    (types.len() > 1).then(|| {
        quote! {
            #[allow(dead_code)]
            trait SectionsOfOneTypeNameItAlike {}
            #(#impls)*
        }
    })
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
        let without_hooks = route
            .is_ambiguous
            .then(|| quote_spanned!(span=> + #accepts<#krate::__private::Anything<#hooks>>));
        let bound = quote_spanned!(span=> #ty: #accepts<#hooks> #without_hooks);
        quote! {
            // The message is that of the route, which names the field.
            #[automatically_derived]
            #[diagnostic::do_not_recommend]
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
