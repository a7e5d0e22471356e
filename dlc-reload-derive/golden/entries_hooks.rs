/**The hooks of [`Proxy`]: what happens when one of its hot fields changes.

A hook prepares the change and may refuse it; the commit it hands back runs once every hook has agreed, or is dropped.*/
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `ProxyHooks`, the hooks of `Proxy`",
    label = "hooks of `Proxy` are missing here",
    note = "implement `ProxyHooks` for `{Self}`; or, where a part of it reacts to changes of the section, lead there: implement the route to the section for `{Self}`"
)]
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
trait ProxyHooks: ::core::marker::Send + ::core::marker::Sync
where
    Vec<
        Upstream,
    >: ::dlc_reload::__private::Entries<
        ::dlc_reload::__private::By<14176396743819860870u64>,
    >,
{
    /**An entry is new in `upstreams`.

The servers behind this one.*/
    fn on_upstreams_added<'a>(
        &'a self,
        key: &'a <Vec<
            Upstream,
        > as ::dlc_reload::__private::Entries<
            ::dlc_reload::__private::By<14176396743819860870u64>,
        >>::Key,
        new: &'a <Vec<
            Upstream,
        > as ::dlc_reload::__private::Entries<
            ::dlc_reload::__private::By<14176396743819860870u64>,
        >>::Entry,
    ) -> ::dlc_reload::HookResult<'a>;
    /**An entry is gone from `upstreams`.

The servers behind this one.*/
    fn on_upstreams_removed<'a>(
        &'a self,
        key: &'a <Vec<
            Upstream,
        > as ::dlc_reload::__private::Entries<
            ::dlc_reload::__private::By<14176396743819860870u64>,
        >>::Key,
        old: &'a <Vec<
            Upstream,
        > as ::dlc_reload::__private::Entries<
            ::dlc_reload::__private::By<14176396743819860870u64>,
        >>::Entry,
    ) -> ::dlc_reload::HookResult<'a>;
    /**An entry changes in `upstreams`.

The servers behind this one.*/
    fn on_upstreams_changed<'a>(
        &'a self,
        key: &'a <Vec<
            Upstream,
        > as ::dlc_reload::__private::Entries<
            ::dlc_reload::__private::By<14176396743819860870u64>,
        >>::Key,
        diff: <<Vec<
            Upstream,
        > as ::dlc_reload::__private::Entries<
            ::dlc_reload::__private::By<14176396743819860870u64>,
        >>::Entry as ::dlc_reload::Reloadable>::Diff<'a>,
    ) -> ::dlc_reload::HookResult<'a>;
}
