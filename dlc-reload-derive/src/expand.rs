//! From meaning to code. Nothing here can fail.
//!
//! For `struct Logging` the author gets, beside it, `LoggingHooks`, `LoggingDiff` and
//! `LoggingFields`; the impls stand in one anonymous constant, where their names meet nobody's.

mod diff;
mod fallback;
mod fields;
#[cfg(test)]
mod golden;
mod hooks;
mod reloadable;
mod schema;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{GenericParam, Generics, Path, parse_quote, spanned::Spanned};

use crate::{ir::Section, lower::Lowered};

/// The whole expansion.
pub(crate) fn expand(lowered: Lowered<'_>) -> TokenStream {
    let section = match lowered {
        Lowered::Section(section) => section,
        Lowered::Nothing { input, krate } => return fallback::expand(input, &krate),
        Lowered::Foreign => return TokenStream::new(),
    };
    let cx = Names::new(&section);
    let items = [hooks::items(&cx), diff::items(&cx), fields::items(&cx)];
    let impls = [
        hooks::impls(&cx),
        diff::impls(&cx),
        fields::impls(&cx),
        schema::impls(&cx),
        reloadable::impls(&cx),
    ];
    quote! {
        #(#items)*
        #[allow(clippy::allow_attributes_without_reason, clippy::all, clippy::pedantic, clippy::nursery)]
        const _: () = {
            #(#impls)*
        };
    }
}

/// A section with the names of what is generated for it.
struct Names<'a> {
    section: &'a Section,
    /// `#krate::__private`.
    private: Path,
    hooks: Ident,
    diff: Ident,
    fields: Ident,
}

impl<'a> Names<'a> {
    fn new(section: &'a Section) -> Self {
        let krate = &section.krate;
        Self {
            section,
            private: parse_quote!(#krate::__private),
            hooks: format_ident!("{}Hooks", section.ident),
            diff: format_ident!("{}Diff", section.ident),
            fields: format_ident!("{}Fields", section.ident),
        }
    }

    /// The struct's generics with what impls for the struct ask of it.
    fn impl_generics(&self) -> Generics {
        let mut generics = self.section.generics.clone();
        generics.make_where_clause().predicates.extend(self.section.itself.clone());
        generics
    }

    /// The struct's generics behind more parameters.
    fn generics_with(&self, first: impl IntoIterator<Item = GenericParam>) -> Generics {
        let mut generics = self.section.generics.clone();
        generics.params = first.into_iter().chain(generics.params).collect();
        generics
    }

    /// The parameters as arguments, each followed by a comma: `T, N,`.
    fn arguments(&self) -> TokenStream {
        let arguments = self.section.generics.params.iter().map(|param| match param {
            GenericParam::Type(param) => &param.ident,
            GenericParam::Const(param) => &param.ident,
            GenericParam::Lifetime(param) => &param.lifetime.ident,
        });
        quote!(#(#arguments,)*)
    }

    /// A type that mentions every type parameter, for items that otherwise would not.
    fn type_parameters(&self) -> TokenStream {
        let params = self.section.generics.type_params().map(|param| &param.ident);
        quote!((#(#params,)*))
    }
}

/// The place of what the user wrote, for code whose errors shall be shown there. Names in it are
/// found as in the rest of the expansion, also where the struct itself comes from a macro.
pub(crate) fn place(of: impl Spanned) -> Span {
    Span::call_site().located_at(of.span())
}

/// A path whose errors are shown at a place.
pub(crate) fn at(span: Span, path: &Path) -> TokenStream {
    let respan = |mut token: TokenTree| {
        token.set_span(span);
        token
    };
    path.to_token_stream().into_iter().map(respan).collect()
}

/// A name without `r#`.
fn plain(ident: &Ident) -> String {
    syn::ext::IdentExt::unraw(ident).to_string()
}

/// The lint exceptions of an item that the author sees.
fn lints() -> TokenStream {
    // The items take the struct's visibility whatever its field types have, and not every program
    // uses all of them.
    quote! {
        #[allow(dead_code, private_interfaces, private_bounds, clippy::allow_attributes_without_reason)]
    }
}
