impl __private::Parts for Logging {
    const TABLE: &'static __private::Table = &__private::Table {
        name: "Logging",
        docs: "How the service logs.",
        fields: &[
            __private::FieldInfo::leaf::<
                Level,
            >(
                "level",
                "Minimum severity.",
                __private::Role::Hook
                    .of(
                        __private::SecretIn::<Level>::HELD,
                        __private::SectionIn::<Level>::IS,
                    ),
            ),
            __private::FieldInfo::leaf::<
                String,
            >(
                "motd",
                "",
                __private::Role::Live
                    .of(
                        __private::SecretIn::<String>::HELD,
                        __private::SectionIn::<String>::IS,
                    ),
            ),
            __private::FieldInfo::leaf::<
                bool,
            >("json", "", __private::Role::restart(__private::SecretIn::<bool>::HELD))
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
