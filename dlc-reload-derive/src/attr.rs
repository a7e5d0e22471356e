//! The options written in `#[reload(…)]`, with their spans.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{
    Attribute, ExprPath, LitBool, LitStr, Path, Token,
    ext::IdentExt as _,
    parse::{Parse, ParseStream, Parser as _},
    punctuated::Punctuated,
};

use crate::cx::Cx;

/// A thing that options stand on.
pub(crate) struct Target {
    name: &'static str,
    options: &'static [&'static str],
}

pub(crate) const FIELD: &Target = &Target {
    name: "field",
    options: &[
        "hot",
        "live",
        "restart",
        "nested",
        "hook",
        "secret",
        ENTRIES,
        "merge",
        "identity",
        RENAMED_FROM,
        DEPRECATED,
        ENV,
    ],
};
pub(crate) const STRUCT: &Target = &Target {
    name: "struct",
    options: &["restart", "validate", "finish", "crate", "schema", REMOVED],
};

/// The option of a collection whose entries are sections; of a list, with the name of the field that tells them apart.
const ENTRIES: &str = "entries";

/// The option with a name that a field had before.
pub(crate) const RENAMED_FROM: &str = "renamed_from";

/// The option with the remedy for a field that sources should not set any more.
pub(crate) const DEPRECATED: &str = "deprecated";

/// The option with the name of the variable of a field.
pub(crate) const ENV: &str = "env";

/// The option with keys that a struct had before, and the reasons why they are gone.
const REMOVED: &str = "removed";

/// The options that may be written more than once.
const REPEATED: [&str; 4] = ["validate", "finish", RENAMED_FROM, REMOVED];

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
            } else if items.iter().any(|earlier| earlier.name == item.name)
                && !REPEATED.contains(&&*name)
            {
                cx.error(&item.name, format!("`{name}` is written twice: remove one of the two"));
            } else {
                items.push(item);
            }
        }
        Self { items, broken }
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

    /// Returns the texts of an option, such as `renamed_from = "old"`.
    pub(crate) fn texts(&self, cx: &mut Cx, name: &str) -> Vec<LitStr> {
        let mut texts = Vec::new();
        for item in self.items.iter().filter(|item| item.name == name) {
            match item.value.clone().map(syn::parse2::<LitStr>) {
                Some(Ok(text)) => texts.push(text),
                Some(Err(_)) => {
                    cx.error(&item.value, format!("expected a text in quotes: `{name} = \"…\"`"))
                }
                None => cx.error(
                    &item.name,
                    format!("`{name}` needs a text: `#[reload({name} = \"…\")]`"),
                ),
            }
        }
        texts
    }

    /// Returns `entries`, if it is written, with its value.
    pub(crate) fn entries(&self) -> Option<(&Ident, Option<&TokenStream>)> {
        let item = self.items.iter().find(|item| item.name == ENTRIES)?;
        Some((&item.name, item.value.as_ref()))
    }

    /// Returns the keys that are gone, each with the reason.
    pub(crate) fn removed(&self, cx: &mut Cx) -> Vec<(LitStr, LitStr)> {
        let mut removed = Vec::new();
        for item in self.items.iter().filter(|item| item.name == REMOVED) {
            let list = Punctuated::<Removed, Token![,]>::parse_terminated;
            match item.value.clone().map(|keys| list.parse2(keys)) {
                Some(Ok(keys)) if !keys.is_empty() => {
                    removed.extend(keys.into_iter().map(|Removed { key, reason }| (key, reason)));
                }
                _ => cx.error(
                    &item.name,
                    "expected keys with the reasons why they are gone: `removed(old_key = \"use `new_key`\")`",
                ),
            }
        }
        removed
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

/// A key that is gone: an identifier or a text in quotes, `=`, and the reason.
struct Removed {
    key: LitStr,
    reason: LitStr,
}

impl Parse for Removed {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let key = if input.peek(LitStr) {
            input.parse()?
        } else {
            let key = input.call(Ident::parse_any)?;
            LitStr::new(&key.unraw().to_string(), key.span())
        };
        input.parse::<Token![=]>()?;
        Ok(Self { key, reason: input.parse()? })
    }
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        // `crate` is a keyword, so any identifier is taken.
        let name = input.call(Ident::parse_any)?;
        let mut value = None;
        if name == REMOVED && input.peek(syn::token::Paren) {
            let keys;
            syn::parenthesized!(keys in input);
            value = Some(keys.parse()?);
        } else if input.peek(Token![=]) {
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
        "validate" | "finish" | "crate" | "schema" => {
            format!("`{name}` is said of the struct: move `#[reload({name} = …)]` there")
        }
        REMOVED => {
            "`removed` is said of the struct that had the key: move `#[reload(removed(…))]` there"
                .to_owned()
        }
        ENTRIES | "merge" | "identity" => {
            format!("`{name}` is said of a field: move `#[reload({name})]` there")
        }
        RENAMED_FROM | DEPRECATED | ENV => {
            format!("`{name}` is said of a field: move `#[reload({name} = …)]` there")
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
