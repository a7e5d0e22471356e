//! `Self` in the definition of a section: it is the struct, also in what is generated beside it.

use std::{collections::BTreeMap, marker::PhantomData};

use dlc_reload::{Invalid, Reloadable};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{classes, differs, listed, load};

/// The keys that no field of `T` has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(bound = "")]
pub struct Unrecognized<T> {
    #[serde(flatten)]
    rest: BTreeMap<String, u32>,
    #[serde(skip)]
    owner: PhantomData<fn() -> T>,
}

/// A section that knows whose it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
pub struct Owned<T> {
    #[reload(hot, live)]
    level: u8,
    #[serde(skip)]
    owner: PhantomData<T>,
    #[reload(restart)]
    #[serde(default)]
    kept: PhantomData<T>,
}

pub trait Named {
    type Name;
}

impl Named for Plain {
    type Name = String;
}

impl<T, const N: usize> Named for Parameters<T, N> {
    type Name = Option<T>;
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
#[reload(validate = Self::small, validate = <Self as Limits>::check)]
pub struct Plain {
    #[reload(hot, live)]
    size: [u8; Self::SIZE],
    #[reload(restart)]
    name: <Self as Named>::Name,
    #[reload(hot, live)]
    #[serde(default)]
    below: Vec<Self>,
    #[reload(restart)]
    #[serde(default)]
    next: Option<Box<Self>>,
    #[reload(nested)]
    owned: Owned<Self>,
    #[reload(restart, nested)]
    #[serde(default)]
    spare: Option<Owned<(Self, Self)>>,
    #[reload(restart)]
    #[serde(with = "text")]
    #[schemars(schema_with = "Self::text")]
    port: u16,
    #[reload(restart)]
    #[serde(default, with = "text")]
    #[schemars(with = "Option<<Self as Named>::Name>")]
    other: u16,
    #[reload(hot, live)]
    #[serde(flatten)]
    rest: Unrecognized<Self>,
}

impl Plain {
    const SIZE: usize = 2;

    fn text(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "[0-9]+" })
    }

    fn small(&self) -> Result<(), Invalid> {
        if self.size[0] < 10 { Ok(()) } else { Err(Invalid::new().at("size", "too large")) }
    }
}

trait Limits {
    fn check(&self) -> Result<(), Invalid>;
}

impl Limits for Plain {
    fn check(&self) -> Result<(), Invalid> {
        if self.name.is_empty() { Err(Invalid::new().at("name", "empty")) } else { Ok(()) }
    }
}

mod text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(port: &u16, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(port)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u16, D::Error> {
        String::deserialize(from)?.parse().map_err(Error::custom)
    }
}

/// The struct around a parameter may say `Self` wherever a type is expected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
#[reload(validate = Self::check)]
#[serde(bound(serialize = "T: Serialize", deserialize = "T: serde::de::DeserializeOwned"))]
pub struct Parameters<T, const N: usize = 1>
where
    Self: Named,
{
    #[reload(hot)]
    value: T,
    #[reload(hot)]
    #[serde(default)]
    below: Vec<Self>,
    // The same type by its name.
    #[reload(restart)]
    #[serde(default)]
    spare: Vec<Parameters<T, N>>,
    #[reload(nested)]
    owned: Owned<Self>,
    #[reload(hot, live)]
    #[serde(flatten)]
    rest: Unrecognized<Self>,
}

impl<T, const N: usize> Parameters<T, N> {
    fn check(&self) -> Result<(), Invalid> {
        if self.below.len() > N { Err(Invalid::new().at("below", "too many")) } else { Ok(()) }
    }
}

/// A section that a macro of the author writes.
macro_rules! with_self {
    ($name:ident, $ty:ty) => {
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
        pub struct $name {
            #[reload(hot)]
            below: $ty,
            #[reload(restart)]
            #[serde(flatten)]
            rest: Unrecognized<Self>,
        }
    };
}

with_self! { FromMacro, Vec<Self> }

/// A section of another name that is no part of itself.
mod other {
    use super::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
    pub struct Pool<T> {
        #[reload(hot, live)]
        value: T,
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
pub struct Pool<T> {
    #[reload(nested)]
    inner: other::Pool<T>,
}

#[test]
fn case_17_self_in_the_type_of_a_field_is_the_struct() {
    let text = "{size: [1, 2], name: a, owned: {level: 1}, port: '80', more: 3}";
    let config = load::<Plain>(text);
    assert_eq!(Plain::fields().size().read(&config), [1, 2]);
    assert_eq!(config.rest.rest, BTreeMap::from([("more".to_owned(), 3)]));
    let below = text.replace("more: 3", &format!("below: [{text}]"));
    assert_eq!(differs::<Plain>(text, &below), "2 8");
    assert_eq!(Plain::fields().below().read(&load::<Plain>(&below)).len(), 1);
    assert_eq!(differs::<Plain>(text, &text.replace("level: 1", "level: 2")), "4.0");

    let schema = dlc_reload::schema::<Plain>().to_value();
    assert_eq!(schema["properties"]["port"]["pattern"], "[0-9]+");
    assert_eq!(
        schema["properties"]["other"]["type"],
        json!(["string", "null", "number", "boolean"])
    );
}

#[test]
fn case_17_validators_may_be_named_by_self() {
    let load = |text: &str| dlc_reload::Loader::<Plain>::new().text("yaml", text).load();
    let error = load("{size: [10, 2], name: '', owned: {level: 1}, port: '80'}").unwrap_err();
    let found: Vec<_> = error.problems().iter().map(|problem| &*problem.message).collect();
    assert_eq!(found, ["too large", "empty"]);
}

#[test]
fn case_17_self_of_a_section_with_parameters_has_its_parameters() {
    type Config = Parameters<String, 2>;
    let text = "{value: a, owned: {level: 1}, more: 3}";
    let below = text.replace("more: 3", &format!("below: [{text}, {text}]"));
    assert_eq!(differs::<Config>(text, &below), "1 4");
    assert_eq!(load::<Config>(&below).below[1].value, "a");
    assert!(classes::<Config>().contains_key("owned.level"));
    let three = text.replace("more: 3", &format!("below: [{text}, {text}, {text}]"));
    let error = dlc_reload::Loader::<Config>::new().text("yaml", three).load().unwrap_err();
    assert_eq!(error.problems()[0].message, "too many");
}

#[test]
fn case_17_self_may_come_out_of_a_macro() {
    assert_eq!(differs::<FromMacro>("below: []", "below: [{below: []}]"), "0");
    assert_eq!(classes::<FromMacro>(), listed(&[("below", "hot")]));
}

#[test]
fn a_section_of_the_same_name_elsewhere_is_another_one() {
    assert_eq!(differs::<Pool<u8>>("inner: {value: 1}", "inner: {value: 2}"), "0.0");
}
