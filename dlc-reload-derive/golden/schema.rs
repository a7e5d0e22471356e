#[automatically_derived]
impl __private::schemars::JsonSchema for Logging
where
    Sinks: ::dlc_reload::Reloadable,
    Option<Sinks>: ::dlc_reload::Reloadable,
    Logging: ::core::clone::Clone + ::dlc_reload::__private::Serialize
        + ::dlc_reload::__private::DeserializeOwned,
{
    #[inline]
    fn schema_name() -> ::std::borrow::Cow<'static, str> {
        ::std::borrow::Cow::Borrowed("Logging")
    }
    #[inline]
    fn schema_id() -> ::std::borrow::Cow<'static, str> {
        __private::schema_id::<Self>(::core::file!(), ::core::line!(), ::core::column!())
    }
    #[inline]
    fn json_schema(
        __generator: &mut __private::schemars::SchemaGenerator,
    ) -> __private::schemars::Schema {
        <Self as __private::Reloadable>::section_schema(__generator, false)
    }
}
