//! The stand-in for an expansion that could not be made, so that one mistake gives one message.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Path};

/// Returns impls that satisfy every use of the type as a section and could never run: the error
/// beside them keeps the program from being built.
pub(crate) fn expand(input: &DeriveInput, krate: &Path) -> TokenStream {
    let DeriveInput { ident, vis, generics, .. } = input;
    // Serde cannot derive anything for a union, and a generic input may lack any bound.
    if matches!(input.data, Data::Union(_)) || !generics.params.is_empty() {
        return TokenStream::new();
    }
    let hooks = format_ident!("{ident}Hooks");
    let never = quote!({ loop {} });
    let none = quote!({ ::core::option::Option::None });
    quote! {
        #[doc(hidden)]
        #[allow(dead_code)]
        #vis trait #hooks: ::core::marker::Send + ::core::marker::Sync {}
        const _: () = {
            use #krate::__private::{self as private, schemars};

            #[automatically_derived]
            impl schemars::JsonSchema for #ident {
                fn schema_name() -> ::std::borrow::Cow<'static, str> #never
                fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema #never
            }
            #[automatically_derived]
            impl<__H> private::AcceptsHooks<__H> for #ident {
                fn accept(_: &__H) -> &<Self as private::Parts>::Listener<'_> #never
            }
            #[automatically_derived]
            impl private::Parts for #ident {
                type Listener<'h> = dyn #hooks + 'h;
                const TABLE: &'static private::Table = &private::Table { name: "", docs: "", fields: &[], removed: &[] };
                fn compare(_: &Self, _: &Self, _: &mut private::Differing) {}
                fn ask<'t, 'h: 't>(
                    _: &[private::Index],
                    _: &'t Self,
                    _: &'t Self,
                    _: &'t Self::Listener<'h>,
                ) -> #krate::HookResult<'t> #never
                fn leaf_at(&self, _: &[::core::primitive::u16]) -> ::core::option::Option<&dyn ::core::any::Any> #none
                fn hot_leaf_mut(
                    &mut self,
                    _: &[::core::primitive::u16],
                ) -> ::core::option::Option<&mut dyn ::core::any::Any> #none
            }
            #[automatically_derived]
            impl #krate::Reloadable for #ident {
                type Hooks<'h> = dyn #hooks + 'h;
                type Diff<'a> = private::NoDiff;
                type Fields<__R, __M: private::Mode> = ();
                type Present<'a> = private::NoDiff;
                fn diff<'a>(_: &'a Self, _: &'a Self) -> Self::Diff<'a> #never
                fn fields_at<__R, __M: private::Mode>(_: private::At<__R, __M>) {}
                fn run_validators(&self, _: &mut private::Validation) {}
                fn present<'a>(_: &'a Self, _: private::NoDiff) -> ::core::option::Option<private::NoDiff> #none
            }
        };
    }
}
