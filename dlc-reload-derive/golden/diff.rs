///What differs between two values of [`Logging`]; borrows both.
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
pub struct LoggingDiff<'a>
where
    Sinks: ::dlc_reload::Reloadable,
    Option<Sinks>: ::dlc_reload::Reloadable,
{
    ///The change of `level`, if it differs.
    pub level: ::core::option::Option<::dlc_reload::Change<'a, Level>>,
    ///The change of `motd`, if it differs.
    pub motd: ::core::option::Option<::dlc_reload::Change<'a, String>>,
    ///The change of `as_json`, if it differs.
    pub json: ::core::option::Option<::dlc_reload::Change<'a, bool>>,
    ///What differs in the section `sinks`.
    pub sinks: <Sinks as ::dlc_reload::Reloadable>::Diff<'a>,
    ///What differs in the section `archive`.
    pub archive: <Option<Sinks> as ::dlc_reload::Reloadable>::Diff<'a>,
    __both: ::dlc_reload::Change<'a, Logging>,
}
#[automatically_derived]
#[allow(dead_code, private_interfaces)]
impl<'a> LoggingDiff<'a>
where
    Sinks: ::dlc_reload::Reloadable,
    Option<Sinks>: ::dlc_reload::Reloadable,
{
    /// Returns the two values, whole.
    #[must_use]
    pub const fn values(&self) -> __private::Change<'a, Logging> {
        self.__both
    }
}
#[automatically_derived]
impl<'a> __private::Diff for LoggingDiff<'a>
where
    Sinks: ::dlc_reload::Reloadable,
    Option<Sinks>: ::dlc_reload::Reloadable,
{
    #[inline]
    fn note(&self, __found: &mut __private::Differing) {
        <Logging as __private::Parts>::compare(self.__both.old, self.__both.new, __found)
    }
}
#[automatically_derived]
impl<'a> ::core::fmt::Debug for LoggingDiff<'a>
where
    Sinks: ::dlc_reload::Reloadable,
    Option<Sinks>: ::dlc_reload::Reloadable,
{
    #[inline]
    fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        __private::debug_diff(__f, self, <Logging as __private::Parts>::TABLE)
    }
}
