#[automatically_derived]
impl __private::Parts for Logging
where
    Sinks: ::dlc_reload::Reloadable,
{
    type Listener<'h> = dyn LoggingHooks + 'h;
    const TABLE: &'static __private::Table = &__private::Table {
        name: "Logging",
        docs: "",
        fields: &[
            __private::plain::hook::<u8>("level", ""),
            __private::FieldInfo::section(
                "sinks",
                "",
                <Sinks as ::dlc_reload::Reloadable>::SECTION,
                false,
            ),
        ],
        removed: &[],
    };
    #[inline]
    fn compare(__old: &Self, __new: &Self, __found: &mut __private::Differing) {
        if __old.level != __new.level {
            __found.leaf(0u16)
        }
        __found
            .section(
                1u16,
                &__old.sinks,
                &__new.sinks,
                <Sinks as ::dlc_reload::__private::Parts>::compare,
            );
    }
    #[inline]
    fn ask<'t, 'h: 't>(
        __at: &[__private::Index],
        __old: &'t Self,
        __new: &'t Self,
        __hooks: &'t Self::Listener<'h>,
    ) -> __private::HookResult<'t> {
        let (__index, __below) = __private::enter(__at);
        match __index {
            0u16 => {
                <_ as LoggingHooks>::on_level(
                    __hooks,
                    __private::Change::new(&__old.level, &__new.level),
                )
            }
            1u16 => {
                <Sinks as ::dlc_reload::__private::Parts>::ask(
                    __below,
                    &__old.sinks,
                    &__new.sinks,
                    <_ as LoggingSinksRoute>::sinks(__hooks),
                )
            }
            _ => __private::no_hook(),
        }
    }
    #[inline]
    fn leaf_at(
        &self,
        __at: &[::core::primitive::u16],
    ) -> ::core::option::Option<&dyn ::core::any::Any> {
        let (__index, __below) = __private::step(__at);
        let __leaf: &dyn ::core::any::Any = match __index {
            0u16 => &self.level,
            1u16 => {
                return <Sinks as ::dlc_reload::__private::Parts>::leaf_at(
                    &self.sinks,
                    __below,
                );
            }
            _ => return __private::itself(self, __at),
        };
        ::core::option::Option::Some(__leaf)
    }
    #[inline]
    fn hot_leaf_mut(
        &mut self,
        __at: &[::core::primitive::u16],
    ) -> ::core::option::Option<&mut dyn ::core::any::Any> {
        let (__index, __below) = __private::step(__at);
        let __leaf: &mut dyn ::core::any::Any = match __index {
            0u16 => &mut self.level,
            1u16 => {
                return <Sinks as ::dlc_reload::__private::Parts>::hot_leaf_mut(
                    &mut self.sinks,
                    __below,
                );
            }
            _ => return ::core::option::Option::None,
        };
        ::core::option::Option::Some(__leaf)
    }
}
