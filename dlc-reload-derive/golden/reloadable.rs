#[automatically_derived]
impl __private::Reloadable for Logging {
    type Hooks<'h> = dyn LoggingHooks + 'h;
    type Diff<'a> = LoggingDiff<'a>;
    type Fields<__R: __private::Reloadable, __M: __private::Mode> = LoggingFields<
        __R,
        __M,
    >;
    const TABLE: &'static __private::Table = &__private::Table {
        name: "Logging",
        docs: "",
        fields: &[
            __private::FieldInfo::leaf::<
                Level,
            >(
                "level",
                "",
                __private::Role::Hook
                    .of(
                        __private::SecretIn::<Level>::HELD,
                        __private::SectionIn::<Level>::IS,
                    ),
            ),
            __private::FieldInfo::section(
                "sinks",
                "",
                <Sinks as ::dlc_reload::Reloadable>::SECTION,
                false,
            ),
        ],
    };
    #[inline]
    fn diff<'a>(__old: &'a Self, __new: &'a Self) -> Self::Diff<'a> {
        LoggingDiff {
            level: __private::change::<Level>(&__old.level, &__new.level),
            sinks: <Sinks as ::dlc_reload::Reloadable>::diff(&__old.sinks, &__new.sinks),
        }
    }
    #[inline]
    fn compare(__old: &Self, __new: &Self, __found: &mut __private::Differing) {
        __found
            .leaves(
                0u16,
                &[__private::change::<Level>(&__old.level, &__new.level).is_some()],
            );
        __found
            .section(
                1u16,
                &__old.sinks,
                &__new.sinks,
                <Sinks as ::dlc_reload::Reloadable>::compare,
            );
    }
    fn fields_at<__R: __private::Reloadable, __M: __private::Mode>(
        __at: __private::At<__R, __M>,
    ) -> Self::Fields<__R, __M> {
        LoggingFields {
            at: __at,
            parameters: ::core::marker::PhantomData,
        }
    }
    #[inline]
    fn ask<'t, 'h: 't>(
        __at: &[::core::primitive::u16],
        __old: &'t Self,
        __new: &'t Self,
        __hooks: &'t Self::Hooks<'h>,
    ) -> __private::HookResult<'t> {
        let (__index, __below) = __private::step(__at);
        match __index {
            0u16 => {
                __hooks
                    .on_level(__private::Change {
                        old: &__old.level,
                        new: &__new.level,
                    })
            }
            1u16 => {
                <Sinks as ::dlc_reload::Reloadable>::ask(
                    __below,
                    &__old.sinks,
                    &__new.sinks,
                    __hooks.sinks(),
                )
            }
            _ => __private::no_hook(),
        }
    }
    #[inline]
    fn run_validators(&self, __cx: &mut __private::Validation) {
        __cx.check(self, check);
        __cx.section(
            1u16,
            &self.sinks,
            <Sinks as ::dlc_reload::Reloadable>::run_validators,
        );
    }
    #[inline]
    fn leaf_at(
        &self,
        __at: &[::core::primitive::u16],
    ) -> ::core::option::Option<&dyn ::core::any::Any> {
        let (__index, __below) = __private::step(__at);
        match __index {
            0u16 => ::core::option::Option::Some(&self.level),
            1u16 => <Sinks as ::dlc_reload::Reloadable>::leaf_at(&self.sinks, __below),
            _ => ::core::option::Option::None,
        }
    }
    #[inline]
    fn hot_leaf_mut(
        &mut self,
        __at: &[::core::primitive::u16],
    ) -> ::core::option::Option<&mut dyn ::core::any::Any> {
        let (__index, __below) = __private::step(__at);
        match __index {
            0u16 => ::core::option::Option::Some(&mut self.level),
            1u16 => {
                <Sinks as ::dlc_reload::Reloadable>::hot_leaf_mut(
                    &mut self.sinks,
                    __below,
                )
            }
            _ => ::core::option::Option::None,
        }
    }
    #[inline]
    fn plain_schema(
        __generator: &mut __private::schemars::SchemaGenerator,
    ) -> __private::schemars::Schema {
        __private::described::<
            Self,
        >(
            __generator,
            __private::Whole {
                default: ::core::option::Option::None,
                is_closed: false,
            },
        )
    }
}
