#[derive(::dlc_reload::__private::schemars::JsonSchema)]
#[schemars(crate = "::dlc_reload::__private::schemars")]
#[schemars(rename = "Logging")]
/// How the service logs.
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct __Mirror
where
    Sinks: ::dlc_reload::Reloadable,
    Option<Sinks>: ::dlc_reload::Reloadable,
{
    /// Minimum severity.
    level: Level,
    motd: String,
    #[serde(rename = "as_json", alias = "json")]
    json: bool,
    sinks: Sinks,
    archive: Option<Sinks>,
}
#[automatically_derived]
impl ::dlc_reload::__private::schemars::JsonSchema for Logging
where
    Sinks: ::dlc_reload::Reloadable,
    Option<Sinks>: ::dlc_reload::Reloadable,
    Logging: ::core::clone::Clone + ::dlc_reload::__private::Serialize
        + ::dlc_reload::__private::DeserializeOwned,
{
    #[inline]
    fn schema_name() -> ::std::borrow::Cow<'static, str> {
        <__Mirror as ::dlc_reload::__private::schemars::JsonSchema>::schema_name()
    }
    #[inline]
    fn schema_id() -> ::std::borrow::Cow<'static, str> {
        ::std::borrow::Cow::Owned(
            ::std::format!(
                "{}:{}:{}:{}", ::core::file!(), ::core::line!(), ::core::column!(), <
                __Mirror as ::dlc_reload::__private::schemars::JsonSchema >
                ::schema_id(),
            ),
        )
    }
    #[inline]
    fn json_schema(
        __generator: &mut ::dlc_reload::__private::schemars::SchemaGenerator,
    ) -> ::dlc_reload::__private::schemars::Schema {
        <Self as ::dlc_reload::Reloadable>::section_schema(__generator, false)
    }
}
