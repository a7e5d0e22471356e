#[automatically_derived]
impl __private::Reloadable for Logging
where
    Sinks: ::dlc_reload::Reloadable,
    Logging: ::core::clone::Clone + ::dlc_reload::__private::Serialize
        + ::dlc_reload::__private::DeserializeOwned,
{
    type Hooks<'h> = dyn LoggingHooks + 'h;
    type Diff<'a> = LoggingDiff<'a>;
    type Fields<__R: __private::Reloadable, __M: __private::Mode> = LoggingFields<
        __R,
        __M,
    >;
    #[inline]
    fn diff<'a>(__old: &'a Self, __new: &'a Self) -> Self::Diff<'a> {
        LoggingDiff {
            level: __private::change(
                __old.level != __new.level,
                &__old.level,
                &__new.level,
            ),
            sinks: <Sinks as ::dlc_reload::Reloadable>::diff(&__old.sinks, &__new.sinks),
            __both: __private::Change {
                old: __old,
                new: __new,
            },
        }
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
