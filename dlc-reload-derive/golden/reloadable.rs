#[automatically_derived]
impl __private::Reloadable for Logging
where
    Sinks: ::dlc_reload::Reloadable,
{
    type Hooks<'h> = <Self as __private::Parts>::Listener<'h>;
    type Diff<'a> = LoggingDiff<'a>;
    type Fields<__R, __M: __private::Mode> = LoggingFields<__R, __M>;
    type Present<'a> = LoggingDiff<'a>;
    #[inline]
    fn diff<'a>(__old: &'a Self, __new: &'a Self) -> LoggingDiff<'a> {
        LoggingDiff {
            level: __private::change(
                __old.level != __new.level,
                &__old.level,
                &__new.level,
            ),
            sinks: <Sinks as ::dlc_reload::Reloadable>::diff(&__old.sinks, &__new.sinks),
            __both: __private::Change::new(__old, __new),
        }
    }
    #[inline]
    fn present<'a>(
        _: &'a Self,
        __diff: LoggingDiff<'a>,
    ) -> ::core::option::Option<LoggingDiff<'a>> {
        ::core::option::Option::Some(__diff)
    }
    fn fields_at<__R, __M: __private::Mode>(
        __at: __private::At<__R, __M>,
    ) -> LoggingFields<__R, __M> {
        LoggingFields {
            at: __at,
            parameters: ::core::marker::PhantomData,
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
    const FINISHES: ::core::primitive::bool = false
        || <Sinks as ::dlc_reload::Reloadable>::FINISHES;
    #[inline]
    fn finish(&mut self) {
        <Sinks as ::dlc_reload::Reloadable>::finish(&mut self.sinks);
    }
}
