//! The options written in `#[reload(…)]`, with their spans.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{
    Attribute, ExprPath, LitBool, Path, Token,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
};

use crate::cx::Cx;

/// A thing that options stand on.
pub(crate) struct Target {
    name: &'static str,
    options: &'static [&'static str],
}

pub(crate) const FIELD: &Target =
    &Target { name: "field", options: &["hot", "live", "restart", "nested", "hook", "secret"] };
pub(crate) const STRUCT: &Target =
    &Target { name: "struct", options: &["restart", "validate", "crate", "schema"] };

/// One option, such as `hot` or `validate = check`.
pub(crate) struct Item {
    name: Ident,
    value: Option<TokenStream>,
}

/// All options of one struct or field.
pub(crate) struct Options {
    items: Vec<Item>,
    /// True if something was written that could not be understood, and was noted.
    pub(crate) broken: bool,
}

impl Options {
    /// Reads every `#[reload(…)]` of a struct or field; unknown and repeated options are noted.
    pub(crate) fn from_attrs(cx: &mut Cx, attrs: &[Attribute], target: &Target) -> Self {
        let mut written = Vec::new();
        let mut broken = false;
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("reload")) {
            match list(attr, target) {
                Ok(list) => written.extend(list),
                Err(error) => {
                    broken = true;
                    cx.push(error);
                }
            }
        }
        let mut items: Vec<Item> = Vec::new();
        for item in written {
            let name = item.name.to_string();
            if !target.options.contains(&name.as_str()) {
                broken = true;
                cx.error(&item.name, unknown(&name, target));
            } else if items.iter().any(|earlier| earlier.name == item.name && name != "validate") {
                cx.error(&item.name, format!("`{name}` is written twice: remove one of the two"));
            } else {
                items.push(item);
            }
        }
        Self { items, broken }
    }

    /// Checks whether nothing was written, not even something wrong.
    pub(crate) fn are_empty(&self) -> bool {
        self.items.is_empty() && !self.broken
    }

    /// Returns the name of an option that takes no value, if it is written.
    pub(crate) fn flag(&self, cx: &mut Cx, name: &str) -> Option<&Ident> {
        let item = self.items.iter().find(|item| item.name == name)?;
        if let Some(value) = &item.value {
            cx.error(value, format!("`{name}` takes no value: write `#[reload({name})]`"));
        }
        Some(&item.name)
    }

    /// Returns the path of an option that names a module, if it is written.
    pub(crate) fn path(&self, cx: &mut Cx, name: &str) -> Option<Path> {
        self.values(cx, name, "path", syn::parse2).pop()
    }

    /// Returns the paths of an option that names functions, such as `<Self as Trait>::check`.
    pub(crate) fn functions(&self, cx: &mut Cx, name: &str) -> Vec<ExprPath> {
        self.values(cx, name, "path", syn::parse2)
    }

    /// Returns the value of an option that is switched on or off, if it is written.
    pub(crate) fn boolean(&self, cx: &mut Cx, name: &str) -> Option<bool> {
        let parse = |tokens| syn::parse2::<LitBool>(tokens).map(|literal| literal.value);
        self.values(cx, name, "false", parse).pop()
    }

    fn values<T>(
        &self,
        cx: &mut Cx,
        name: &str,
        example: &str,
        parse: impl Fn(TokenStream) -> syn::Result<T>,
    ) -> Vec<T> {
        let mut values = Vec::new();
        for item in self.items.iter().filter(|item| item.name == name) {
            match item.value.clone().map(&parse) {
                Some(Ok(value)) => values.push(value),
                Some(Err(_)) => {
                    cx.error(&item.value, format!("expected `{name} = {example}`, without quotes"))
                }
                None => cx.error(
                    &item.name,
                    format!("`{name}` needs a value: `#[reload({name} = {example})]`"),
                ),
            }
        }
        values
    }
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        // `crate` is a keyword, so any identifier is taken.
        let name = input.call(<Ident as syn::ext::IdentExt>::parse_any)?;
        let mut value = None;
        if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            let mut tokens = TokenStream::new();
            // A comma between the arguments of a type is part of the value.
            let mut brackets = 0_usize;
            while !input.is_empty() && (brackets > 0 || !input.peek(Token![,])) {
                if input.peek(Token![<]) {
                    brackets += 1;
                } else if input.peek(Token![>]) {
                    brackets = brackets.saturating_sub(1);
                }
                tokens.extend(std::iter::once(input.parse::<TokenTree>()?));
            }
            if tokens.is_empty() {
                return Err(input.error(format!("`{name} =` needs a value")));
            }
            value = Some(tokens);
        } else if !input.is_empty() && !input.peek(Token![,]) {
            return Err(input.error("expected a comma between two options"));
        }
        Ok(Self { name, value })
    }
}

fn list(attr: &Attribute, target: &Target) -> syn::Result<Punctuated<Item, Token![,]>> {
    let options = target.options;
    let syn::Meta::List(list) = &attr.meta else {
        let remedy = format!("write the options in parentheses: `#[reload({})]`", options[0]);
        return Err(syn::Error::new_spanned(attr, remedy));
    };
    let items = list.parse_args_with(Punctuated::parse_terminated)?;
    if items.is_empty() {
        let message = format!("`#[reload()]` says nothing: expected {}", listed(options));
        return Err(syn::Error::new_spanned(attr, message));
    }
    Ok(items)
}

fn unknown(name: &str, Target { name: target, options }: &Target) -> String {
    match name {
        "hot" | "live" | "nested" | "hook" | "secret" if *target == "struct" => {
            format!("`{name}` is said of each field: only `restart` can be the default of a struct")
        }
        "validate" | "crate" | "schema" => {
            format!("`{name}` is said of the struct: move `#[reload({name} = …)]` there")
        }
        _ => format!("unknown option `{name}` on a {target}: expected {}", listed(options)),
    }
}

fn listed(known: &[&str]) -> String {
    let quoted: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}
