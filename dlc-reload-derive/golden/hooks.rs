/**The hooks of [`Logging`]: what happens when one of its hot fields changes.

A hook prepares the change and may refuse it; the commit it hands back runs once every hook has agreed, or is dropped.*/
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `LoggingHooks`, the hooks of `Logging`",
    label = "hooks of `Logging` are missing here",
    note = "implement `LoggingHooks` for `{Self}`; or, where a part of it reacts to changes of the section, lead there: implement the route to the section for `{Self}`"
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
pub trait LoggingHooks: ::core::marker::Send + ::core::marker::Sync + LoggingSinksRoute
where
    Sinks: ::dlc_reload::Reloadable,
    Option<Sinks>: ::dlc_reload::Reloadable,
{
    /**`level` changes.

Minimum severity.*/
    fn on_level<'a>(
        &'a self,
        level: ::dlc_reload::Change<'a, Level>,
    ) -> ::dlc_reload::HookResult<'a>;
    #[doc(hidden)]
    fn on_motd(&self, _: ::dlc_reload::__private::LiveFieldsHaveNoHook)
    where
        Self: ::core::marker::Sized,
    {}
    #[doc(hidden)]
    fn on_json(&self, _: ::dlc_reload::__private::RestartFieldsHaveNoHook)
    where
        Self: ::core::marker::Sized,
    {}
}
#[automatically_derived]
impl<__H: LoggingHooks> __private::AcceptsHooks<__H> for Logging
where
    Sinks: ::dlc_reload::Reloadable,
    Option<Sinks>: ::dlc_reload::Reloadable,
{
    #[inline]
    fn accept(__hooks: &__H) -> &<Self as __private::Parts>::Listener<'_> {
        __hooks
    }
}
