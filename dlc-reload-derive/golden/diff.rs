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
pub struct LoggingDiff<'a> {
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
}
#[automatically_derived]
impl<'a> __private::Diff for LoggingDiff<'a> {
    #[inline]
    fn note(&self, __found: &mut __private::Differing) {
        __found
            .leaves(
                0u16,
                &[self.level.is_some(), self.motd.is_some(), self.json.is_some()],
            );
        __found.diff(3u16, &self.sinks);
        __found.diff(4u16, &self.archive);
    }
}
#[automatically_derived]
impl<'a> ::core::fmt::Debug for LoggingDiff<'a> {
    #[inline]
    fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        __private::debug_diff(__f, self, <Logging as __private::Reloadable>::TABLE)
    }
}
