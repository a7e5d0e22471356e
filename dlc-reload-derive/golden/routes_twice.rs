///The route to the hooks of the section `sinks` of [`Logging`]. It is to be implemented where the section has hooks, because the struct has several sections of this type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say whose hooks are asked: section `sinks` of `Logging`",
    note = "`Logging` has several sections of this type, so the hooks alone do not say which of them is meant: implement `LoggingSinksRoute` for `{Self}`"
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
trait LoggingSinksRoute
where
    Sinks: ::dlc_reload::Reloadable,
{
    /// Returns the hooks.
    fn sinks(&self) -> &<Sinks as ::dlc_reload::__private::Parts>::Listener<'_>;
}
///The route to the hooks of the section `file_sinks` of [`Logging`]. It is to be implemented where the section has hooks, because the struct has several sections of this type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say whose hooks are asked: section `file_sinks` of `Logging`",
    note = "`Logging` has several sections of this type, so the hooks alone do not say which of them is meant: implement `LoggingFileSinksRoute` for `{Self}`"
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
trait LoggingFileSinksRoute
where
    Option<Box<Sinks>>: ::dlc_reload::Reloadable,
{
    /// Returns the hooks.
    fn file_sinks(
        &self,
    ) -> &<Option<Box<Sinks>> as ::dlc_reload::__private::Parts>::Listener<'_>;
}
#[automatically_derived]
#[diagnostic::do_not_recommend]
impl<__H> LoggingSinksRoute for __H
where
    Sinks: ::dlc_reload::Reloadable,
    Sinks: ::dlc_reload::__private::AcceptsHooks<__H>
        + ::dlc_reload::__private::AcceptsHooks<::dlc_reload::__private::Anything<__H>>,
{
    #[inline]
    fn sinks(&self) -> &<Sinks as ::dlc_reload::__private::Parts>::Listener<'_> {
        <Sinks as ::dlc_reload::__private::AcceptsHooks<__H>>::accept(self)
    }
}
#[automatically_derived]
#[diagnostic::do_not_recommend]
impl<__H> LoggingFileSinksRoute for __H
where
    Option<Box<Sinks>>: ::dlc_reload::Reloadable,
    Option<
        Box<Sinks>,
    >: ::dlc_reload::__private::AcceptsHooks<__H>
        + ::dlc_reload::__private::AcceptsHooks<::dlc_reload::__private::Anything<__H>>,
{
    #[inline]
    fn file_sinks(
        &self,
    ) -> &<Option<Box<Sinks>> as ::dlc_reload::__private::Parts>::Listener<'_> {
        <Option<Box<Sinks>> as ::dlc_reload::__private::AcceptsHooks<__H>>::accept(self)
    }
}
