//! The fields that can tell the items of a list apart, so that a list of these sections can say which one does.
//!
//! The derive of the list knows the name of the field and not its type, which stands in another struct: it asks for the
//! impl with the hash of the name.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::ext::IdentExt as _;

use super::Names;
use crate::ir::Field;

/// Returns one impl for each such field, without code in it.
///
/// ```ignore
/// impl IdentifiedBy<14695981039346656037> for Upstream {
///     type Identity = String;
/// }
/// ```
pub(super) fn impls(names: &Names<'_>) -> TokenStream {
    let (private, ident) = (&names.private, &names.section.ident);
    let (impl_generics, ty_generics, where_clause) = names.generics.split_for_impl();
    let is_one = |field: &&Field| {
        field.is_identity
            && !field.is_section()
            && field.entries().is_none()
            && !field.serde.flatten
    };
    let impls = names.section.fields.iter().filter(is_one).map(|field| {
        let (name, ty) = (hash(&field.ident), &field.ty);
        quote! {
            #[automatically_derived]
            impl #impl_generics #private::IdentifiedBy<#name> for #ident #ty_generics #where_clause {
                type Identity = #ty;
            }
        }
    });
    quote!(#(#impls)*)
}

/// Returns the hash of a name (FNV-1a), which stands for it where a type has to.
pub(super) fn hash(name: &Ident) -> u64 {
    name.unraw().to_string().bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
