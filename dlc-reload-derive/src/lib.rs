//! `#[derive(Reloadable)]`: the lowering pipeline of `dlc-reload`.
//!
//! What was written ([`attr`]) is checked and understood ([`lower`]), which yields what it means
//! ([`ir`]); [`expand`] turns the meaning into code. Only `lower` can fail, and it collects every
//! mistake before it does.

mod attr;
mod cx;
mod expand;
mod ir;
mod lower;

use proc_macro::TokenStream;
use quote::quote;
use syn::{DeriveInput, parse_macro_input};

/// Classifies every field of a configuration section; see `dlc_reload::Reloadable`.
#[proc_macro_derive(Reloadable, attributes(reload, serde, schemars))]
pub fn derive_reloadable(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let mut cx = cx::Cx::default();
    let lowered = lower::lower(&mut cx, &input);
    let errors = cx.finish().into_iter().map(|error| error.to_compile_error());
    let code = expand::expand(lowered);
    quote! { #(#errors)* #code }.into()
}
