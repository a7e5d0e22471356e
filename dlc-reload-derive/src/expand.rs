//! The code for a section. Nothing here can fail.
//!
//! For `struct Logging` the author gets, beside it, `LoggingHooks`, a `Logging…Route` for each section in it,
//! `LoggingDiff` and `LoggingFields`; the impls stand in one anonymous constant, where their names meet no others.

mod bounds;
mod diff;
mod fallback;
mod fields;
#[cfg(test)]
mod golden;
mod hooks;
mod identity;
mod parts;
mod reloadable;
mod routes;
mod schema;
mod table;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{GenericParam, Generics, Path, parse_quote, spanned::Spanned};

use crate::ir::{Field, Input, Section};

/// Returns the whole expansion.
pub(crate) fn expand(input: Input<'_>) -> TokenStream {
    let section = match input {
        Input::Section(section) => section,
        Input::Refused { input, krate } => return fallback::expand(input, &krate),
        Input::LeftToSerde => return TokenStream::new(),
    };
    let names = Names::new(&section);
    let items =
        [routes::items(&names), hooks::items(&names), diff::items(&names), fields::items(&names)];
    let impls = [
        routes::impls(&names),
        routes::differ(&names).unwrap_or_default(),
        hooks::impls(&names),
        diff::impls(&names),
        fields::impls(&names),
        schema::impls(&names),
        parts::impls(&names),
        reloadable::impls(&names),
        identity::impls(&names),
    ];
    let outside = &names.outside;
    // The constants of a type that is what is asked for are preferred to those of the traits.
    let uses = quote! {
        use #outside::{
            self as __private, NoLeaf as _, NoSchema as _, NoSecret as _, NoSection as _,
        };
    };
    quote! {
        #(#items)*
        #[allow(
            nonstandard_style, deprecated, unreachable_code, unused_imports, unused_variables,
            clippy::allow_attributes_without_reason, clippy::all, clippy::pedantic, clippy::nursery
        )]
        const _: () = {
            #uses
            #(#impls)*
        };
    }
}

/// A section with the names and generics of what is generated for it.
struct Names<'a> {
    section: &'a Section,
    /// The module of what generated code uses, under the name that it has among the impls.
    private: Ident,
    /// The same module, as it is named outside.
    outside: Path,
    hooks: Ident,
    diff: Ident,
    fields: Ident,
    /// The struct's generics, with the bounds on its parameters.
    parameters: Generics,
    /// The same, with the bounds on the types of all sections in it.
    generics: Generics,
}

impl<'a> Names<'a> {
    fn new(section: &'a Section) -> Self {
        let krate = &section.krate;
        let parameters = bounds::of_parameters(section);
        let generics = bounds::and_sections(section, &parameters, &section.fields);
        Self {
            section,
            private: format_ident!("__private"),
            outside: parse_quote!(#krate::__private),
            hooks: format_ident!("{}Hooks", section.ident),
            diff: format_ident!("{}Diff", section.ident),
            fields: format_ident!("{}Fields", section.ident),
            parameters,
            generics,
        }
    }

    /// Returns the struct's generics behind more parameters.
    fn generics_with(&self, first: impl IntoIterator<Item = GenericParam>) -> Generics {
        behind(first, &self.generics)
    }

    /// Returns an item of the module that takes the type of a field: what the type lacks is reported at the type.
    fn of_type(&self, field: &Field, items: TokenStream) -> TokenStream {
        let (ty, span) = (&field.ty, span_at(&field.ty));
        let (private, items) = (Ident::new("__private", span), respanned(items, span));
        quote_spanned!(span=> #private::#items::<#ty>)
    }

    /// Returns the answer to whether a leaf that is one value has the type of a section; only a hot one is asked.
    fn is_section(&self, field: &Field) -> TokenStream {
        let span = span_at(&field.ty);
        // A type that depends on a parameter is not known here. And a section cannot lie in itself, so one that is a leaf
        // of its own is meant as one value.
        if field.generic.is_some() || field.recursive || !field.changes_live() {
            let unit = Ident::new("Unit", span);
            let private = Ident::new("__private", span);
            return quote_spanned!(span=> #private::#unit);
        }
        let section = self.of_type(field, quote!(SectionIn));
        quote_spanned!(span=> #section::IS)
    }

    /// Returns an item that the type of a field has as a section. That it is none is reported at the type.
    fn of_section(&self, field: &Field, item: &str) -> TokenStream {
        let (ty, span) = (&field.ty, span_at(&field.ty));
        let (krate, item) = (respanned(&self.section.krate, span), Ident::new(item, span));
        quote_spanned!(span=> <#ty as #krate::Reloadable>::#item)
    }

    /// Returns an item that the type of a field has as a struct with fields.
    fn of_parts(&self, field: &Field, item: &str) -> TokenStream {
        let (ty, span) = (&field.ty, span_at(&field.ty));
        let (outside, item) = (respanned(&self.outside, span), Ident::new(item, span));
        quote_spanned!(span=> <#ty as #outside::Parts>::#item)
    }

    /// Returns the parameters of what is generic over a collection of entries: its type, and what tells them apart.
    fn entries(&self, field: &Field) -> Option<TokenStream> {
        field.entries()?;
        let (ty, by) = (&field.ty, entries_by(&self.outside, field));
        Some(quote!(#ty, #by))
    }

    /// Returns a type that mentions every type parameter, for items that otherwise would not.
    fn type_parameters(&self) -> TokenStream {
        let params = self.generics.type_params().map(|param| &param.ident);
        quote!((#(#params,)*))
    }
}

/// Returns generics behind more parameters.
fn behind(first: impl IntoIterator<Item = GenericParam>, generics: &Generics) -> Generics {
    let mut generics = generics.clone();
    generics.params = first.into_iter().chain(generics.params).collect();
    generics
}

/// Returns what tells the entries of a collection apart.
fn entries_by(private: &Path, field: &Field) -> TokenStream {
    let span = span_at(&field.ty);
    let private = respanned(private, span);
    match field.entries().and_then(|entries| entries.identity.as_ref()) {
        Some(identity) => {
            let name = identity::hash(identity);
            quote_spanned!(span=> #private::By<#name>)
        }
        None => quote_spanned!(span=> #private::ByKey),
    }
}

/// Returns the span of what the user wrote, for code whose errors shall be shown there. Names in it
/// are found as in the rest of the expansion, also where the struct itself comes from a macro.
fn span_at(written: impl Spanned) -> Span {
    Span::call_site().located_at(written.span())
}

/// Returns a path whose errors are shown at a span.
fn respanned(path: impl ToTokens, span: Span) -> TokenStream {
    let respan = |mut token: TokenTree| {
        token.set_span(span);
        token
    };
    path.to_token_stream().into_iter().map(respan).collect()
}

/// Returns the lint exceptions of an item that the author sees.
fn lints() -> TokenStream {
    // The items take the struct's visibility whatever its field types have, and not every program uses all
    // of them. A name that the author was warned of, or excused, is not warned of again.
    quote! {
        #[allow(
            dead_code, private_interfaces, private_bounds, nonstandard_style, deprecated,
            clippy::allow_attributes_without_reason, clippy::all, clippy::pedantic, clippy::nursery
        )]
    }
}
