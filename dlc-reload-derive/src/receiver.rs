//! `Self` in a definition, spelled out: parts of it are copied into other items, where it would be these.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{DeriveInput, GenericParam, LitStr};

/// The options of serde and schemars whose text is code.
const CODE: [&str; 6] =
    ["with", "schema_with", "serialize_with", "deserialize_with", "skip_serializing_if", "default"];

/// Returns the same input with the name and the parameters of the type in place of each `Self`.
pub(crate) fn spelled_out(input: DeriveInput) -> DeriveInput {
    let receiver = Receiver::of(&input);
    // What cannot be read any more is left to the compiler, which reports the `Self` in it.
    syn::parse2(receiver.replace(input.to_token_stream())).unwrap_or(input)
}

/// A type that stands in the place of `Self`.
struct Receiver {
    ident: Ident,
    arguments: Vec<TokenStream>,
}

impl Receiver {
    fn of(input: &DeriveInput) -> Self {
        let arguments = input.generics.params.iter().map(|param| match param {
            GenericParam::Lifetime(param) => param.lifetime.to_token_stream(),
            GenericParam::Type(param) => param.ident.to_token_stream(),
            GenericParam::Const(param) => param.ident.to_token_stream(),
        });
        Self { ident: input.ident.clone(), arguments: arguments.collect() }
    }

    fn replace(&self, tokens: TokenStream) -> TokenStream {
        let mut before: [Option<TokenTree>; 2] = [None, None];
        let mut replaced = TokenStream::new();
        for token in tokens {
            replaced.extend(match &token {
                TokenTree::Ident(ident) if ident == "Self" => self.at(ident.span()),
                TokenTree::Group(group) => {
                    let mut inner = Group::new(group.delimiter(), self.replace(group.stream()));
                    inner.set_span(group.span());
                    inner.to_token_stream()
                }
                TokenTree::Literal(_) if is_code(&before) => self.replace_in_text(token.clone()),
                _ => token.to_token_stream(),
            });
            before = [before[1].take(), Some(token)];
        }
        replaced
    }

    /// Replaces `Self` in the code that an option holds as a text, such as `with = "Vec<Self>"`.
    fn replace_in_text(&self, literal: TokenTree) -> TokenStream {
        let code = syn::parse2::<LitStr>(literal.to_token_stream())
            .and_then(|text| Ok((text.parse::<TokenStream>()?, text.span())));
        match code {
            Ok((code, span)) if says_self(code.clone()) => {
                LitStr::new(&self.replace(code).to_string(), span).to_token_stream()
            }
            _ => literal.to_token_stream(),
        }
    }

    /// Returns the type in a form that is one both among types and in an expression.
    fn at(&self, span: Span) -> TokenStream {
        let Self { ident, arguments } = self;
        let span = ident.span().located_at(span);
        let mut ident = ident.clone();
        ident.set_span(span);
        if arguments.is_empty() {
            return ident.to_token_stream();
        }
        quote_spanned!(span=> #ident::<#(#arguments),*>)
    }
}

/// Checks whether two tokens, `name =`, begin an option whose text is code.
fn is_code(before: &[Option<TokenTree>; 2]) -> bool {
    matches!(before, [Some(TokenTree::Ident(name)), Some(TokenTree::Punct(equals))]
        if equals.as_char() == '=' && CODE.iter().any(|code| name == code))
}

fn says_self(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "Self",
        TokenTree::Group(group) => says_self(group.stream()),
        // It may be the text of an option.
        TokenTree::Literal(literal) => literal.to_string().contains("Self"),
        TokenTree::Punct(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    fn spelled(input: DeriveInput) -> String {
        spelled_out(input).to_token_stream().to_string()
    }

    #[test]
    fn self_is_spelled_out_in_code_and_left_in_other_texts() {
        let written: DeriveInput = parse_quote! {
            /// `Self` in a sentence.
            #[reload(validate = <Self as Check>::check)]
            struct Limit<T: Into<Self>, const N: usize> where Self: Sized {
                #[schemars(with = "Vec<Self>", title = "Self", extend("with" = "Self"))]
                below: [Self; N],
            }
        };
        let expected: DeriveInput = parse_quote! {
            /// `Self` in a sentence.
            #[reload(validate = <Limit::<T, N> as Check>::check)]
            struct Limit<T: Into<Limit::<T, N> >, const N: usize> where Limit::<T, N>: Sized {
                #[schemars(with = "Vec < Limit :: < T , N > >", title = "Self", extend("with" = "Self"))]
                below: [Limit::<T, N>; N],
            }
        };
        assert_eq!(spelled(written), expected.to_token_stream().to_string());
    }
}
