//! The collector of mistakes, so that all of one struct are reported at once.

use std::fmt::Display;

use quote::ToTokens;

/// The mistakes found so far. Passed first to every function that can find one.
#[derive(Default)]
pub(crate) struct Cx {
    errors: Vec<syn::Error>,
}

impl Cx {
    /// Notes a mistake at the smallest thing the user wrote.
    pub(crate) fn error(&mut self, at: impl ToTokens, message: impl Display) {
        self.errors.push(syn::Error::new_spanned(at, message));
    }

    pub(crate) fn push(&mut self, error: syn::Error) {
        self.errors.push(error);
    }

    pub(crate) fn finish(self) -> Vec<syn::Error> {
        self.errors
    }
}
