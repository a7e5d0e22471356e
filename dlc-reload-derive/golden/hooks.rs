/**The hooks of [`Logging`]: what happens when one of its hot fields changes.

A hook prepares the change and may refuse it; the commit it hands back runs once every hook has agreed, or is dropped.*/
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `LoggingHooks`, the hooks of `Logging`",
    label = "hooks of `Logging` are missing here",
    note = "implement `LoggingHooks` for the type that reacts to changes of `Logging`; if that is the whole configuration, pass it with `.hooks(Arc::new(…))` before `.start()`, and if it is a section, return it where the hooks of the struct around it ask for it"
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
pub trait LoggingHooks: ::core::marker::Send + ::core::marker::Sync
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
    ///The hooks of the section `sinks`.
    fn sinks(&self) -> &<Sinks as ::dlc_reload::__private::Parts>::Listener<'_>;
    #[doc(hidden)]
    fn archive(&self) -> ::dlc_reload::__private::RestartSectionsHaveNoHooks
    where
        Self: ::core::marker::Sized,
    {
        ::dlc_reload::__private::RestartSectionsHaveNoHooks
    }
}
#[automatically_derived]
impl<__H: ?::core::marker::Sized + LoggingHooks> LoggingHooks for ::std::sync::Arc<__H>
where
    Sinks: ::dlc_reload::Reloadable,
    Option<Sinks>: ::dlc_reload::Reloadable,
{
    fn on_level<'a>(
        &'a self,
        __change: __private::Change<'a, Level>,
    ) -> __private::HookResult<'a> {
        <__H as LoggingHooks>::on_level(self, __change)
    }
    fn sinks(&self) -> &<Sinks as ::dlc_reload::__private::Parts>::Listener<'_> {
        <__H as LoggingHooks>::sinks(self)
    }
}
#[automatically_derived]
impl<__H: ?::core::marker::Sized + LoggingHooks> __private::AcceptsHooks<__H> for Logging
where
    Sinks: ::dlc_reload::Reloadable,
    Option<Sinks>: ::dlc_reload::Reloadable,
{
    #[inline]
    fn accept(
        __hooks: &::std::sync::Arc<__H>,
    ) -> &<Self as __private::Parts>::Listener<'_> {
        __hooks
    }
}
