#[automatically_derived]
impl __private::schemars::JsonSchema for Logging
where
    Sinks: ::dlc_reload::Reloadable,
    Option<Sinks>: ::dlc_reload::Reloadable,
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
        __private::marked::<
            Self,
        >(
            __private::described::<
                Self,
            >(
                __generator,
                __private::Whole {
                    default: ::core::option::Option::None,
                    is_closed: true,
                },
            ),
        )
    }
}
