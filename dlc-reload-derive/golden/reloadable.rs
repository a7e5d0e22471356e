use ::dlc_reload::__private::{NoSecret as _, NoSection as _};
const _: () = ::core::assert!(
    ! ::dlc_reload::__private::SecretIn:: < Level > ::HELD,
    "`level` holds a secret, which cannot be `hot`: mark it `#[reload(restart)]`"
);
const _: () = ::core::assert!(
    ! ::dlc_reload::__private::SectionIn:: < Level > ::IS,
    "`level` derives `Reloadable`, so its fields have classes of their own: mark it `#[reload(nested)]`"
);
#[automatically_derived]
impl ::dlc_reload::Reloadable for Logging
where
    Sinks: ::dlc_reload::Reloadable,
    Logging: ::core::clone::Clone + ::dlc_reload::__private::Serialize
        + ::dlc_reload::__private::DeserializeOwned,
{
    type Hooks<'h> = dyn LoggingHooks + 'h;
    type Diff<'a> = LoggingDiff<'a>;
    type Fields<__R: ::dlc_reload::Reloadable, __M: ::dlc_reload::__private::Mode> = LoggingFields<
        __R,
        __M,
    >;
    const TABLE: &'static ::dlc_reload::__private::Table = &::dlc_reload::__private::Table {
        name: "Logging",
        docs: "",
        fields: &[
            ::dlc_reload::__private::FieldInfo::leaf(
                "level",
                "",
                ::dlc_reload::__private::Role::Hook,
            ),
            ::dlc_reload::__private::FieldInfo::section::<Sinks>("sinks", ""),
        ],
    };
    fn diff<'a>(__old: &'a Self, __new: &'a Self) -> Self::Diff<'a> {
        LoggingDiff {
            level: ::dlc_reload::__private::change::<Level>(&__old.level, &__new.level),
            sinks: <Sinks as ::dlc_reload::Reloadable>::diff(&__old.sinks, &__new.sinks),
        }
    }
    fn fields_at<__R: ::dlc_reload::Reloadable, __M: ::dlc_reload::__private::Mode>(
        __at: ::dlc_reload::__private::At<__R, __M>,
    ) -> Self::Fields<__R, __M> {
        LoggingFields {
            at: __at,
            parameters: ::core::marker::PhantomData,
        }
    }
    #[inline]
    fn adopt_hot(&mut self, __candidate: &Self) {
        ::core::clone::Clone::clone_from(&mut self.level, &__candidate.level);
        <Sinks as ::dlc_reload::Reloadable>::adopt_hot(
            &mut self.sinks,
            &__candidate.sinks,
        );
    }
    #[inline]
    fn prepare<'t, 'h: 't>(
        __tx: &mut ::dlc_reload::__private::Transaction<'t>,
        __diff: &Self::Diff<'t>,
        __hooks: &'t Self::Hooks<'h>,
    ) {
        __tx.hook(
            0u16,
            __diff.level,
            __hooks,
            <Self::Hooks<'h> as LoggingHooks>::on_level,
        );
        __tx.section(
            1u16,
            &__diff.sinks,
            __hooks,
            <Self::Hooks<'h> as LoggingHooks>::sinks,
            <Sinks as ::dlc_reload::Reloadable>::prepare,
        );
    }
    #[inline]
    fn probe(__cx: &mut ::dlc_reload::__private::Probe<'_>) {
        __cx.leaf::<Level>(0u16);
        __cx.section::<Sinks>(1u16);
    }
    #[inline]
    fn run_validators(&self, __cx: &mut ::dlc_reload::__private::Validation) {
        __cx.check(self, check);
        __cx.section(1u16, &self.sinks);
    }
    #[inline]
    fn leaf_at(
        &self,
        __at: &[::core::primitive::u16],
    ) -> ::core::option::Option<&dyn ::core::any::Any> {
        let (__index, __below) = ::dlc_reload::__private::step(__at)?;
        match __index {
            0u16 => ::core::option::Option::Some(&self.level),
            1u16 => ::dlc_reload::Reloadable::leaf_at(&self.sinks, __below),
            _ => ::core::option::Option::None,
        }
    }
    #[inline]
    fn hot_leaf_mut(
        &mut self,
        __at: &[::core::primitive::u16],
    ) -> ::core::option::Option<&mut dyn ::core::any::Any> {
        let (__index, __below) = ::dlc_reload::__private::step(__at)?;
        match __index {
            0u16 => ::core::option::Option::Some(&mut self.level),
            1u16 => ::dlc_reload::Reloadable::hot_leaf_mut(&mut self.sinks, __below),
            _ => ::core::option::Option::None,
        }
    }
    #[inline]
    fn plain_schema(
        __generator: &mut ::dlc_reload::__private::schemars::SchemaGenerator,
    ) -> ::dlc_reload::__private::schemars::Schema {
        <__Mirror as ::dlc_reload::__private::schemars::JsonSchema>::json_schema(
            __generator,
        )
    }
}
