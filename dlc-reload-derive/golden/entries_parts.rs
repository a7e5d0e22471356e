#[automatically_derived]
impl __private::Parts for Proxy
where
    Vec<
        Upstream,
    >: ::dlc_reload::__private::Entries<
        ::dlc_reload::__private::By<14176396743819860870u64>,
    >,
{
    type Listener<'h> = dyn ProxyHooks + 'h;
    const TABLE: &'static __private::Table = &__private::Table {
        name: "Proxy",
        docs: "",
        fields: &[
            __private::FieldInfo::leaf(
                    "upstreams",
                    "The servers behind this one.",
                    __private::Role::Hook,
                    __private::TypeInfo::of_leaf::<Vec<Upstream>>()
                        .described(__private::SchemaIn::<Vec<Upstream>>::OF),
                )
                .entries::<
                    Vec<Upstream>,
                    ::dlc_reload::__private::By<14176396743819860870u64>,
                >(false),
        ],
        removed: &[],
    };
    #[inline]
    fn compare(__old: &Self, __new: &Self, __found: &mut __private::Differing) {
        __found
            .entries::<
                Vec<Upstream>,
                ::dlc_reload::__private::By<14176396743819860870u64>,
            >(0u16, &__old.upstreams, &__new.upstreams);
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
                match __private::entry_change::<
                    Vec<Upstream>,
                    ::dlc_reload::__private::By<14176396743819860870u64>,
                >(__below, &__old.upstreams, &__new.upstreams) {
                    ::core::option::Option::Some(
                        __private::EntryChange::Added(__key, __entry),
                    ) => <_ as ProxyHooks>::on_upstreams_added(__hooks, __key, __entry),
                    ::core::option::Option::Some(
                        __private::EntryChange::Removed(__key, __entry),
                    ) => <_ as ProxyHooks>::on_upstreams_removed(__hooks, __key, __entry),
                    ::core::option::Option::Some(
                        __private::EntryChange::Changed(__key, __entry),
                    ) => <_ as ProxyHooks>::on_upstreams_changed(__hooks, __key, __entry),
                    ::core::option::Option::None => __private::no_hook(),
                }
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
            0u16 => &self.upstreams,
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
            0u16 => &mut self.upstreams,
            _ => return ::core::option::Option::None,
        };
        ::core::option::Option::Some(__leaf)
    }
}
