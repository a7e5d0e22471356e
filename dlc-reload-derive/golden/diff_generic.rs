///What differs between two values of [`Limit`]; borrows both.
#[allow(
    dead_code,
    private_interfaces,
    private_bounds,
    nonstandard_style,
    deprecated,
    clippy::allow_attributes_without_reason,
    clippy::all,
    clippy::pedantic,
    clippy::nursery
)]
struct LimitDiff<'a, T: Default, const N: usize>
where
    T: Copy,
    T: ::dlc_reload::__private::Value,
    [T; N]: ::dlc_reload::Leaf + ::dlc_reload::schemars::JsonSchema,
{
    ///The change of `values`, if it differs.
    pub values: ::core::option::Option<::dlc_reload::Change<'a, [T; N]>>,
    ///The change of `unit`, if it differs.
    pub unit: ::core::option::Option<::dlc_reload::Change<'a, String>>,
    __both: ::dlc_reload::Change<'a, Limit<T, N>>,
}
#[automatically_derived]
#[allow(dead_code, private_interfaces)]
impl<'a, T: Default, const N: usize> LimitDiff<'a, T, N>
where
    T: Copy,
    T: ::dlc_reload::__private::Value,
    [T; N]: ::dlc_reload::Leaf + ::dlc_reload::schemars::JsonSchema,
{
    /// Returns the two values, whole.
    #[must_use]
    pub const fn values(&self) -> __private::Change<'a, Limit<T, N>> {
        self.__both
    }
}
#[automatically_derived]
impl<'a, T: Default, const N: usize> __private::Diff for LimitDiff<'a, T, N>
where
    T: Copy,
    T: ::dlc_reload::__private::Value,
    [T; N]: ::dlc_reload::Leaf + ::dlc_reload::schemars::JsonSchema,
{
    #[inline]
    fn note(&self, __found: &mut __private::Differing) {
        <Limit<
            T,
            N,
        > as __private::Parts>::compare(self.__both.old, self.__both.new, __found)
    }
}
#[automatically_derived]
impl<'a, T: Default, const N: usize> ::core::fmt::Debug for LimitDiff<'a, T, N>
where
    T: Copy,
    T: ::dlc_reload::__private::Value,
    [T; N]: ::dlc_reload::Leaf + ::dlc_reload::schemars::JsonSchema,
{
    #[inline]
    fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        __private::debug_diff(__f, self, <Limit<T, N> as __private::Parts>::TABLE)
    }
}
