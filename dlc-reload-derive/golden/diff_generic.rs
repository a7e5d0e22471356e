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
    [T; N]: ::dlc_reload::__private::Value + ::core::cmp::PartialEq,
{
    ///The change of `values`, if it differs.
    pub values: ::core::option::Option<::dlc_reload::Change<'a, [T; N]>>,
    ///The change of `unit`, if it differs.
    pub unit: ::core::option::Option<::dlc_reload::Change<'a, String>>,
    #[doc(hidden)]
    pub __parameters: ::core::marker::PhantomData<(&'a (), fn() -> (T,))>,
}
#[automatically_derived]
impl<'a, T: Default, const N: usize> ::dlc_reload::Diff for LimitDiff<'a, T, N>
where
    T: Copy,
    T: ::dlc_reload::__private::Value,
    [T; N]: ::dlc_reload::__private::Value + ::core::cmp::PartialEq,
{
    #[inline]
    fn visit(&self, __visitor: &mut dyn ::dlc_reload::__private::Visitor) {
        __visitor.leaf(0u16, ::core::option::Option::is_some(&self.values));
        __visitor.leaf(1u16, ::core::option::Option::is_some(&self.unit));
    }
}
#[automatically_derived]
impl<'a, T: Default, const N: usize> ::core::fmt::Debug for LimitDiff<'a, T, N>
where
    T: Copy,
    T: ::dlc_reload::__private::Value,
    [T; N]: ::dlc_reload::__private::Value + ::core::cmp::PartialEq,
{
    #[inline]
    fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        ::dlc_reload::__private::debug_diff(
            __f,
            self,
            <Limit<T, N> as ::dlc_reload::Reloadable>::TABLE,
        )
    }
}
