//! Generated code names everything by its absolute path, so nothing that stands around a struct can
//! change what it means.
//!
//! One thing is out of reach: a module with `#[no_implicit_prelude]`. There, the name of the
//! attribute that gives the hook traits their error message cannot be spelled, and the code that
//! schemars generates needs the prelude's traits.

use serde_json::json;

/// The runtime under another name.
mod renamed {
    pub(crate) use dlc_reload::{__private, *};
}

/// The names of the prelude, of the runtime and of what expansions bind, given to other things.
#[allow(dead_code, reason = "most of it is there to be in the way")]
mod hostile {
    use ::std::{clone::Clone, default::Default, fmt::Debug};

    #[derive(Debug)]
    pub(super) struct Option;
    #[derive(Debug)]
    pub(super) struct Result;
    #[derive(Debug)]
    pub(super) struct Vec;
    #[derive(Debug)]
    pub(super) struct String;
    #[derive(Debug)]
    pub(super) struct Box;
    #[derive(Debug)]
    pub(super) struct Arc;
    #[derive(Debug)]
    pub(super) struct Change;
    #[derive(Debug)]
    pub(super) struct Commit;
    #[derive(Debug)]
    pub(super) struct Field;
    pub(super) trait Sized {}
    pub(super) trait Send {}
    pub(super) trait Sync {}
    pub(super) trait PartialEq {}
    pub(super) trait Reloadable {}
    pub(super) trait Diff {}
    // The names of modules, of primitives and of what the expansion binds.
    pub(super) mod core {}
    pub(super) mod std {}
    pub(super) mod dlc_reload {}
    pub(super) mod schemars {}
    pub(super) mod serde {}
    #[allow(non_camel_case_types, reason = "it hides the primitive")]
    pub(super) type u16 = ();
    #[allow(non_upper_case_globals, reason = "a pattern of this name would match it")]
    pub(super) const change: () = ();
    #[allow(non_upper_case_globals, reason = "a pattern of this name would match it")]
    pub(super) const old: () = ();
    #[allow(non_upper_case_globals, reason = "a pattern of this name would match it")]
    pub(super) const at: () = ();

    #[derive(Clone, Debug, ::serde::Serialize, ::serde::Deserialize, ::dlc_reload::Reloadable)]
    pub(super) struct Inner {
        #[reload(hot)]
        pub(super) level: ::std::primitive::u8,
        #[reload(restart)]
        pub(super) port: ::std::primitive::u8,
    }

    #[derive(Clone, Debug, ::serde::Serialize, ::serde::Deserialize, ::dlc_reload::Reloadable)]
    #[reload(crate = super::renamed, validate = check)]
    #[serde(default)]
    pub(super) struct Config {
        #[reload(nested)]
        pub(super) inner: Inner,
        #[reload(nested)]
        pub(super) optional: ::std::option::Option<Inner>,
        #[reload(restart, nested)]
        pub(super) frozen: Inner,
        #[reload(hot, live)]
        pub(super) motd: ::std::string::String,
        #[reload(restart, secret)]
        pub(super) password: ::std::string::String,
        // The names of what the expansion binds.
        #[reload(hot)]
        pub(super) tx: ::std::primitive::u8,
        #[reload(hot)]
        pub(super) hooks: ::std::primitive::u8,
        #[reload(hot)]
        pub(super) old: ::std::primitive::u8,
        #[reload(hot)]
        pub(super) at: ::std::primitive::u8,
        #[reload(hot)]
        pub(super) visitor: ::std::primitive::u8,
        #[reload(hot)]
        pub(super) generator: ::std::primitive::u8,
        #[reload(hot)]
        pub(super) clone: ::std::primitive::u8,
        #[reload(hot)]
        pub(super) fmt: ::std::primitive::u8,
        #[reload(restart)]
        pub(super) diff: ::std::primitive::u8,
        #[reload(restart)]
        pub(super) fields: ::std::primitive::u8,
        #[reload(restart)]
        pub(super) parameters: ::std::primitive::u8,
    }

    impl Default for Config {
        fn default() -> Self {
            let inner = Inner { level: 1, port: 2 };
            Self {
                frozen: inner.clone(),
                optional: ::std::option::Option::None,
                inner,
                motd: ::std::string::String::new(),
                password: ::std::string::String::new(),
                tx: 0,
                hooks: 0,
                old: 0,
                at: 0,
                visitor: 0,
                generator: 0,
                clone: 0,
                fmt: 0,
                diff: 0,
                fields: 0,
                parameters: 0,
            }
        }
    }

    fn check(_: &Config) -> ::std::result::Result<(), ::dlc_reload::Invalid> {
        ::std::result::Result::Ok(())
    }

    #[derive(Clone, Debug, ::serde::Serialize, ::serde::Deserialize, ::dlc_reload::Reloadable)]
    pub(super) struct Generic<T, R, M, H, const N: ::std::primitive::usize> {
        #[reload(hot)]
        pub(super) value: T,
        #[reload(hot)]
        pub(super) values: (R, M),
        #[reload(restart)]
        pub(super) other: ::std::option::Option<H>,
    }
}

/// The prelude's functions, given to other things. What schemars generates calls them, so the schema
/// is written by hand here.
mod hostile_functions {
    #[allow(non_snake_case, dead_code, reason = "it hides the prelude's")]
    pub(super) const fn Some() {}
    #[allow(non_upper_case_globals, dead_code, reason = "it hides the prelude's")]
    pub(super) const None: () = ();
    #[allow(non_snake_case, dead_code, reason = "it hides the prelude's")]
    pub(super) const fn Ok() {}
    #[allow(non_snake_case, dead_code, reason = "it hides the prelude's")]
    pub(super) const fn Err() {}

    #[derive(Clone, Debug, ::serde::Serialize, ::serde::Deserialize, ::dlc_reload::Reloadable)]
    #[reload(schema = false)]
    pub(super) struct Config {
        #[reload(hot)]
        pub(super) level: Option<u8>,
        #[reload(restart)]
        pub(super) port: u16,
    }

    impl ::schemars::JsonSchema for Config {
        fn schema_name() -> ::std::borrow::Cow<'static, str> {
            "Config".into()
        }
        fn json_schema(_: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
            true.into()
        }
    }
}

/// A configuration that a macro of the author writes.
macro_rules! section {
    ($name:ident { $($mark:ident $field:ident: $ty:ty,)* } $(nested $section:ident: $below:ty,)*) => {
        #[derive(Clone, Debug, serde::Serialize, serde::Deserialize, dlc_reload::Reloadable)]
        pub(crate) struct $name {
            $(#[reload($mark)] pub(crate) $field: $ty,)*
            $(#[reload(nested)] pub(crate) $section: $below,)*
            #[reload(hot)]
            pub(crate) old: Option<Vec<u8>>,
        }
    };
}

section! { Below { hot level: u8, restart port: u16, } }
section! { FromMacro { hot level: Vec<u8>, restart hooks: String, } nested below: Below, nested more: Option<Below>, }

#[test]
fn names_around_a_struct_mean_nothing_to_its_expansion() {
    use dlc_reload::{Diff, Reloadable};
    use hostile::Config;

    let old = Config::default();
    let mut new = old.clone();
    new.tx = 1;
    new.diff = 1;
    new.inner.level = 9;
    let diff = <Config as Reloadable>::diff(&old, &new);
    assert!(!Diff::is_empty(&diff));
    assert_eq!(format!("{diff:?}"), "{inner.level, tx, diff}");
    let overlay = <Config as Reloadable>::overlay(&old, &new);
    assert_eq!((overlay.tx, overlay.inner.level, overlay.diff), (1, 9, 0));
    let fields = <Config as Reloadable>::fields();
    assert_eq!(fields.clone().read(&new), 0, "the field, not `Clone::clone`");
    assert_eq!(Config::fields().at().to_string(), "at");
}

#[test]
fn functions_around_a_struct_mean_nothing_either() {
    use dlc_reload::Reloadable;
    use hostile_functions::Config;

    let config = Config { level: Some(1), port: 2 };
    assert_eq!(Config::fields().level().read(&config), Some(1));
    assert_eq!(Config::overlay(&config, &Config { level: None, port: 3 }).port, 2);
}

#[test]
fn a_struct_from_a_macro_is_a_configuration() {
    use dlc_reload::Reloadable;

    let below = json!({"level": 1, "port": 2, "old": null});
    let config: FromMacro =
        serde_json::from_value(json!({"level": [1], "hooks": "x", "below": below, "old": [3]}))
            .unwrap();
    assert_eq!(FromMacro::fields().below().level().read(&config), 1);
    assert_eq!(FromMacro::fields().more().old().read(&config), None);
    let schema = dlc_reload::schema::<FromMacro>().to_value();
    assert_eq!(schema["properties"]["old"]["x-reload"], "hot");
}

#[test]
fn parameters_may_have_any_name() {
    use dlc_reload::Reloadable;

    type Generic = hostile::Generic<u8, String, bool, u16, 3>;
    let config: Generic =
        serde_json::from_value(json!({"value": 1, "values": ["a", true], "other": 4})).unwrap();
    assert_eq!(Generic::fields().values().read(&config), ("a".to_owned(), true));
    assert_eq!(Generic::fields().other().read(&config), Some(4));
}
