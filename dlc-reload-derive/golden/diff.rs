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
}
#[automatically_derived]
impl<'a> ::dlc_reload::Diff for LoggingDiff<'a>
where
    Sinks: ::dlc_reload::Reloadable,
    Option<Sinks>: ::dlc_reload::Reloadable,
    Logging: ::core::clone::Clone + ::dlc_reload::__private::Serialize
        + ::dlc_reload::__private::DeserializeOwned,
{
    #[inline]
    fn visit(&self, __visitor: &mut dyn ::dlc_reload::__private::Visitor) {
        __visitor.leaf(0u16, ::core::option::Option::is_some(&self.level));
        __visitor.leaf(1u16, ::core::option::Option::is_some(&self.motd));
        __visitor.leaf(2u16, ::core::option::Option::is_some(&self.json));
        __visitor.section(3u16, &self.sinks);
        __visitor.section(4u16, &self.archive);
    }
}
#[automatically_derived]
impl<'a> ::core::fmt::Debug for LoggingDiff<'a>
where
    Sinks: ::dlc_reload::Reloadable,
    Option<Sinks>: ::dlc_reload::Reloadable,
    Logging: ::core::clone::Clone + ::dlc_reload::__private::Serialize
        + ::dlc_reload::__private::DeserializeOwned,
{
    #[inline]
    fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        ::dlc_reload::__private::debug_diff(
            __f,
            self,
            <Logging as ::dlc_reload::Reloadable>::TABLE,
        )
    }
}
