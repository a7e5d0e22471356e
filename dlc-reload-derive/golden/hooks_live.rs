///The hooks of [`Page`], which has none of its own: whatever has those of its sections implements them.
#[allow(
    dead_code,
    private_interfaces,
    private_bounds,
    nonstandard_style,
    deprecated,
    clippy::allow_attributes_without_reason,
    clippy::all,
    clippy::pedantic,
    clippy::nursery
)]
pub(crate) trait PageHooks: ::core::marker::Send + ::core::marker::Sync {}
#[automatically_derived]
impl<__H: ::core::marker::Send + ::core::marker::Sync> PageHooks for __H {}
#[automatically_derived]
impl<__H: PageHooks> __private::AcceptsHooks<__H> for Page {
    #[inline]
    fn accept(__hooks: &__H) -> &<Self as __private::Parts>::Listener<'_> {
        __hooks
    }
}
