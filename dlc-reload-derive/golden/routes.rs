///The route to the hooks of the section `sinks` of [`Logging`]. Whatever implements these hooks has it; implement it to lead elsewhere.
#[diagnostic::on_unimplemented(
    message = "`{Self}` neither implements `SinksHooks` nor says who does: section `sinks` of `Logging`",
    note = "implement `SinksHooks` for `{Self}`, or, where that has no methods, the hooks of the sections in it; or `LoggingSinksRoute`, which leads to a part that implements them"
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
pub trait LoggingSinksRoute
where
    Sinks: ::dlc_reload::Reloadable,
{
    /// Returns the hooks.
    fn sinks(&self) -> &<Sinks as ::dlc_reload::__private::Parts>::Listener<'_>;
}
#[automatically_derived]
#[diagnostic::do_not_recommend]
impl<__H> LoggingSinksRoute for __H
where
    Sinks: ::dlc_reload::Reloadable,
    Sinks: ::dlc_reload::__private::AcceptsHooks<__H>,
{
    #[inline]
    fn sinks(&self) -> &<Sinks as ::dlc_reload::__private::Parts>::Listener<'_> {
        <Sinks as ::dlc_reload::__private::AcceptsHooks<__H>>::accept(self)
    }
}
