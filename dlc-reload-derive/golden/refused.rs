#[doc(hidden)]
#[allow(dead_code)]
pub trait ConfigHooks: ::core::marker::Send + ::core::marker::Sync {}
const _: () = {
    use ::dlc_reload::__private::{self as private, schemars};
    #[automatically_derived]
    impl schemars::JsonSchema for Config {
        fn schema_name() -> ::std::borrow::Cow<'static, str> {
            loop {}
        }
        fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
            loop {}
        }
    }
    #[automatically_derived]
    impl<__H> private::AcceptsHooks<__H> for Config {
        fn accept(_: &__H) -> &<Self as private::Parts>::Listener<'_> {
            loop {}
        }
    }
    #[automatically_derived]
    impl private::Parts for Config {
        type Listener<'h> = dyn ConfigHooks + 'h;
        const TABLE: &'static private::Table = &private::Table {
            name: "",
            docs: "",
            fields: &[],
            removed: &[],
        };
        fn compare(_: &Self, _: &Self, _: &mut private::Differing) {}
        fn ask<'t, 'h: 't>(
            _: &[private::Index],
            _: &'t Self,
            _: &'t Self,
            _: &'t Self::Listener<'h>,
        ) -> ::dlc_reload::HookResult<'t> {
            loop {}
        }
        fn leaf_at(
            &self,
            _: &[::core::primitive::u16],
        ) -> ::core::option::Option<&dyn ::core::any::Any> {
            ::core::option::Option::None
        }
        fn hot_leaf_mut(
            &mut self,
            _: &[::core::primitive::u16],
        ) -> ::core::option::Option<&mut dyn ::core::any::Any> {
            ::core::option::Option::None
        }
    }
    #[automatically_derived]
    impl ::dlc_reload::Reloadable for Config {
        type Hooks<'h> = dyn ConfigHooks + 'h;
        type Diff<'a> = private::NoDiff;
        type Fields<__R, __M: private::Mode> = ();
        type Present<'a> = private::NoDiff;
        fn diff<'a>(_: &'a Self, _: &'a Self) -> Self::Diff<'a> {
            loop {}
        }
        fn fields_at<__R, __M: private::Mode>(_: private::At<__R, __M>) {}
        fn run_validators(&self, _: &mut private::Validation) {}
        fn present<'a>(
            _: &'a Self,
            _: private::NoDiff,
        ) -> ::core::option::Option<private::NoDiff> {
            ::core::option::Option::None
        }
    }
};
