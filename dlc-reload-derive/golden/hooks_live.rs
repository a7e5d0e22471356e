/**The hooks of [`Page`]: what happens when one of its hot fields changes.

A hook prepares the change and may refuse it; the commit it hands back runs once every hook has agreed, or is dropped.*/
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `PageHooks`, the hooks of `Page`",
    label = "hooks of `Page` are missing here",
    note = "implement `PageHooks` for the type that reacts to changes of `Page`; if that is the whole configuration, pass it with `.hooks(Arc::new(…))` before `.start()`, and if it is a section, return it where the hooks of the struct around it ask for it"
)]
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
impl<__H: ?::core::marker::Sized + ::core::marker::Send + ::core::marker::Sync> PageHooks
for __H {}
#[automatically_derived]
impl<
    __H: ?::core::marker::Sized + ::core::marker::Send + ::core::marker::Sync,
> __private::AcceptsHooks<__H> for Page {
    #[inline]
    fn accept(
        __hooks: &::std::sync::Arc<__H>,
    ) -> &<Self as __private::Parts>::Listener<'_> {
        __hooks
    }
}
