//! The types of leaves, and two questions to the compiler about one: is it complete, and has it a schema?

use std::{any::type_name, borrow::Cow, marker::PhantomData};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, de::DeserializeOwned};

use super::{Describe, TypeInfo, property};

/// A type that a leaf can have, which is every type with these traits; `JsonSchema` is used where it is there.
///
/// A type without a schema takes any value in an editor, and the loader checks it when it reads one. If there is a
/// [`Secret`](crate::Secret) in it, all of the value is a secret, and cannot be hot. So it is where the type could hold
/// one unseen: an enum with a tag, a struct with `flatten`, a tuple after an item that takes few texts. `JsonSchema`
/// says what in it is one.
///
/// ```
/// use dlc_reload::{Leaf, Loader, Reloadable};
/// use serde::{Deserialize, Serialize};
///
/// /// As a crate has it that knows nothing of schemas.
/// #[derive(Clone, PartialEq, Serialize, Deserialize)]
/// struct Level(u8);
///
/// #[derive(Clone, Serialize, Deserialize, Reloadable)]
/// struct Config {
///     /// The lines to leave out.
///     #[reload(hot, live)]
///     level: Level,
/// }
///
/// fn is_a_leaf<T: Leaf>() {}
/// is_a_leaf::<Level>();
///
/// let schema = dlc_reload::schema::<Config>();
/// let level = &schema.get("properties").unwrap()["level"];
/// assert_eq!(level["description"], "The lines to leave out.\n\nRequired. Changes live.");
/// assert!(level.get("type").is_none());
/// assert_eq!(Loader::<Config>::new().text("yaml", "level: 3").load()?.level.0, 3);
/// # Ok::<(), dlc_reload::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of a leaf: it lacks some of `Clone`, `PartialEq`, `Serialize` and `Deserialize`",
    label = "not complete",
    note = "add `#[derive(Clone, PartialEq, serde::Serialize, serde::Deserialize)]` to a type of your own; a leaf is `Send`, `Sync` and `'static`, too"
)]
pub trait Leaf: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T> Leaf for T where T: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static {}

/// A type that may be complete.
///
/// `LeafIn::<T>::TYPE` is the inherent constant where `T` is, and [`NoLeaf`]'s otherwise. What is missing is said by
/// the derives of the struct and by the comparison of leaves, each of which needs one trait: a bound here would say it
/// again.
#[derive(Debug)]
pub struct LeafIn<T: ?Sized>(PhantomData<T>);

// Not all of `Leaf`: the rest is proven where it is used, and each trait here is proven for each field.
impl<T: Clone + DeserializeOwned + 'static> LeafIn<T> {
    /// The functions of the type.
    pub const TYPE: TypeInfo = TypeInfo::of_leaf::<T>();
}

/// The constant of [`LeafIn`] for types that lack something.
pub trait NoLeaf {
    /// Functions that do nothing. A program has them but where a struct's traits are written by hand, and is not built.
    const TYPE: TypeInfo = TypeInfo::INCOMPLETE;
}

impl<T: ?Sized> NoLeaf for LeafIn<T> {}

/// A type that may have a schema.
///
/// `SchemaIn::<T>::OF` is the inherent constant where `T` has one, and [`NoSchema`]'s otherwise.
#[derive(Debug)]
pub struct SchemaIn<T: ?Sized>(PhantomData<T>);

impl<T: JsonSchema> SchemaIn<T> {
    /// The function that describes the type.
    pub const OF: Option<Describe> = Some(property::<T>);
}

/// The constant of [`SchemaIn`] for types without a schema.
pub trait NoSchema {
    /// None: any value is right, as far as a schema knows.
    const OF: Option<Describe> = None;
}

impl<T: ?Sized> NoSchema for SchemaIn<T> {}

/// A leaf of a struct whose schema schemars derives, with the answer of [`SchemaIn`] about its type.
pub trait Asked {
    /// The type of the leaf.
    type Leaf;
    /// The function that describes the type, if it has a schema.
    const SCHEMA: Option<Describe>;
}

/// The keyword that stands in a mirror for the schema of a type that has none, until the section is marked.
pub(super) const UNDESCRIBED: &str = "x-undescribed";

/// The schema of a leaf whose type may have none.
#[derive(Debug)]
pub struct Lenient<A>(PhantomData<A>);

impl<A: Asked> JsonSchema for Lenient<A> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Leaf".into()
    }
    fn schema_id() -> Cow<'static, str> {
        format!("dlc_reload::Leaf<{}>", type_name::<A::Leaf>()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let undescribed = || json_schema!({ UNDESCRIBED: true });
        A::SCHEMA.map_or_else(undescribed, |describe| describe(generator).schema)
    }
}
