impl __private::Parts for Logging {
    const TABLE: &'static __private::Table = &__private::Table {
        name: "Logging",
        docs: "How the service logs.",
        fields: &[
            __private::FieldInfo::leaf(
                "level",
                "Minimum severity.",
                __private::Role::Hook
                    .of(
                        __private::SecretIn::<Level>::HELD,
                        __private::SectionIn::<Level>::IS,
                    ),
                __private::LeafIn::<Level>::TYPE
                    .described(__private::SchemaIn::<Level>::OF),
            ),
            __private::plain::live::<String>("motd", ""),
            __private::plain::restart::<bool>("json", "")
                .named("as_json", "as_json")
                .aliases(&["json"]),
            __private::FieldInfo::section(
                "sinks",
                "",
                <Sinks as ::dlc_reload::Reloadable>::SECTION,
                false,
            ),
            __private::FieldInfo::section(
                "archive",
                "",
                <Option<Sinks> as ::dlc_reload::Reloadable>::SECTION,
                true,
            ),
        ],
        removed: &[],
    };
}
