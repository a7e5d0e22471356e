///The typed paths of the fields of [`Logging`].
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
pub struct LoggingFields<__R, __M: ::dlc_reload::__private::Mode> {
    at: ::dlc_reload::__private::At<__R, __M>,
    parameters: ::core::marker::PhantomData<fn() -> ()>,
}
#[automatically_derived]
#[allow(dead_code, private_interfaces)]
impl<__R, __M: ::dlc_reload::__private::Mode> LoggingFields<__R, __M> {
    ///Minimum severity.
    pub fn level(
        self,
    ) -> __private::Field<__R, __M::Value<Level>, __M::Class<__private::Hot>> {
        self.at.leaf::<Level, __private::Hot>(0u16)
    }
    ///The path of `motd`.
    pub fn motd(
        self,
    ) -> __private::Field<__R, __M::Value<String>, __M::Class<__private::Hot>> {
        self.at.leaf::<String, __private::Hot>(1u16)
    }
    ///The path of `as_json`.
    pub fn json(
        self,
    ) -> __private::Field<__R, __M::Value<bool>, __M::Class<__private::Restart>> {
        self.at.leaf::<bool, __private::Restart>(2u16)
    }
}
#[automatically_derived]
#[allow(dead_code, private_interfaces)]
impl<__R, __M: ::dlc_reload::__private::Mode> LoggingFields<__R, __M>
where
    Sinks: ::dlc_reload::Reloadable,
    Option<Sinks>: ::dlc_reload::Reloadable,
{
    ///The path of `sinks`.
    pub fn sinks(self) -> <Sinks as ::dlc_reload::Reloadable>::Fields<__R, __M> {
        <Sinks as ::dlc_reload::Reloadable>::fields_at(self.at.section(3u16))
    }
    ///The path of `archive`.
    pub fn archive(
        self,
    ) -> <Option<
        Sinks,
    > as ::dlc_reload::Reloadable>::Fields<__R, __private::Frozen<__M>> {
        <Option<Sinks> as ::dlc_reload::Reloadable>::fields_at(self.at.frozen(4u16))
    }
}
#[automatically_derived]
impl<__R, __M: ::dlc_reload::__private::Mode> ::core::clone::Clone
for LoggingFields<__R, __M> {
    fn clone(&self) -> Self {
        *self
    }
}
#[automatically_derived]
impl<__R, __M: ::dlc_reload::__private::Mode> ::core::marker::Copy
for LoggingFields<__R, __M> {}
#[automatically_derived]
impl<__R: __private::Reloadable, __M: __private::Mode> ::core::fmt::Debug
for LoggingFields<__R, __M> {
    fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        ::core::fmt::Debug::fmt(&self.at, __f)
    }
}
#[automatically_derived]
impl<__R: __private::Reloadable, __M: __private::Mode> __private::SectionPath
for LoggingFields<__R, __M> {
    type Root = __R;
    type Mode = __M;
    type Section = Logging;
    fn at(self) -> __private::At<__R, __M> {
        self.at
    }
}
