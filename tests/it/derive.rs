//! Structs of every shape that the derive accepts, loaded, compared and described.

mod attributes;
mod leaves;
mod pointers;
mod receiver;
mod routes;
mod schemas;

use std::{collections::BTreeMap, sync::Arc};

use dlc_reload::{
    __private::{Differing, Index},
    Class, Diff, Format, Key, Loader, Reloadable, Reloader, Trigger, Verdict, Watching,
    testing::Memory,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Returns the keys that sources can set, with their classes, as the schema lists them.
fn classes<C: Reloadable>() -> BTreeMap<String, String> {
    fn walk(root: &Value, schema: &Value, at: &str, found: &mut BTreeMap<String, String>) {
        let target = schema
            .get("$ref")
            .and_then(Value::as_str)
            .map_or(schema, |reference| &root["$defs"][reference.trim_start_matches("#/$defs/")]);
        for branch in target.get("anyOf").and_then(Value::as_array).into_iter().flatten() {
            walk(root, branch, at, found);
        }
        let Some(Value::Object(properties)) = target.get("properties") else { return };
        for (name, property) in properties {
            let key = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
            match property.get("x-reload").and_then(Value::as_str) {
                Some(class) => drop(found.insert(key, class.to_owned())),
                None => walk(root, property, &key, found),
            }
        }
    }
    let schema = dlc_reload::schema::<C>().to_value();
    let mut found = BTreeMap::new();
    walk(&schema, &schema, "", &mut found);
    found
}

fn listed(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, class)| ((*key).to_owned(), (*class).to_owned())).collect()
}

fn load<C: Reloadable>(yaml: &str) -> C {
    C::clone(&Loader::<C>::new().text(Format::Yaml, yaml).load().expect("a valid configuration"))
}

/// Returns the places that differ, as indices into the tables; of a section that appeared or disappeared, its own.
fn differs<C: Reloadable>(old: &str, new: &str) -> String {
    let (old, new) = (load::<C>(old), load::<C>(new));
    assert!(C::diff(&old, &old).is_empty());
    let (mut by_diff, mut by_compare) = (Differing::default(), Differing::default());
    C::diff(&old, &new).note(&mut by_diff);
    C::compare(&old, &new, &mut by_compare);
    let places = by_diff.into_places();
    assert_eq!(places, by_compare.into_places());
    let step = |index: &Index| match index {
        Index::Field(index) => index.to_string(),
        Index::Entry(key) => format!("{key:?}"),
    };
    let dotted = |at: &Vec<Index>| at.iter().map(step).collect::<Vec<_>>().join(".");
    places.iter().map(dotted).collect::<Vec<_>>().join(" ")
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
pub struct Limit<T> {
    #[reload(hot)]
    pub value: T,
    #[reload(restart)]
    pub unit: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
pub struct Matrix<const N: usize = 2> {
    #[reload(hot, live)]
    #[serde(with = "row")]
    #[schemars(with = "Vec<u8>")]
    pub row: [u8; N],
}

mod row {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer, const N: usize>(
        row: &[u8; N],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        row.as_slice().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>, const N: usize>(
        deserializer: D,
    ) -> Result<[u8; N], D::Error> {
        let row = Vec::<u8>::deserialize(deserializer)?;
        row.try_into().map_err(|_| serde::de::Error::custom(format!("expected {N} numbers")))
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
pub struct Generics {
    #[reload(nested)]
    pub count: Limit<u32>,
    #[reload(nested)]
    pub name: Limit<Option<String>>,
    #[reload(nested)]
    pub matrix: Matrix<3>,
}

#[test]
fn generic_sections_are_sections_for_each_argument() {
    let text = "count: {value: 1, unit: a}\nname: {value: x, unit: b}\nmatrix: {row: [1, 2, 3]}";
    let config = load::<Generics>(text);
    assert_eq!(Generics::fields().count().value().read(&config), 1_u32);
    assert_eq!(Generics::fields().name().value().read(&config), Some("x".to_owned()));
    assert_eq!(Generics::fields().matrix().row().read(&config), [1, 2, 3]);
    assert_eq!(
        differs::<Generics>(text, &text.replace("value: 1", "value: 2").replace("3]", "4]")),
        "0.0 2.0"
    );
    let schema = dlc_reload::schema::<Generics>().to_value();
    assert_ne!(
        schema["properties"]["count"]["$ref"], schema["properties"]["name"]["$ref"],
        "each instance has its own definition"
    );
    let problem = Loader::<Generics>::new()
        .text(Format::Yaml, text.replace("3]", "3, 4]"))
        .load()
        .expect_err("four numbers do not fit into three");
    assert_eq!(problem.problems()[0].key, Some(Key::parse("matrix.row")));
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
pub struct Pool {
    #[reload(hot)]
    pub size: u32,
    #[reload(restart)]
    pub host: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
pub struct Pools {
    #[reload(nested)]
    pub reads: Pool,
    #[reload(nested)]
    pub writes: Pool,
    #[reload(restart, nested)]
    pub archive: Pool,
    #[reload(nested)]
    pub cache: Option<Pool>,
    #[reload(restart, nested)]
    pub spare: Option<Pool>,
}

#[test]
fn one_section_has_a_class_of_its_own_at_each_place() {
    assert_eq!(
        classes::<Pools>(),
        listed(&[
            ("reads.size", "hot"),
            ("reads.host", "restart"),
            ("writes.size", "hot"),
            ("writes.host", "restart"),
            ("archive.size", "restart"),
            ("archive.host", "restart"),
            ("cache.size", "hot"),
            ("cache.host", "restart"),
            ("spare.size", "restart"),
            ("spare.host", "restart"),
        ])
    );
}

#[test]
fn an_optional_section_is_compared_leaf_by_leaf_or_replaced() {
    let without =
        "reads: {size: 1, host: a}\nwrites: {size: 1, host: a}\narchive: {size: 1, host: a}";
    let with = format!("{without}\ncache: {{size: 1, host: a}}");
    assert_eq!(differs::<Pools>(without, &with), "3");
    assert_eq!(differs::<Pools>(&with, without), "3");
    assert_eq!(differs::<Pools>(&with, &with.replace("cache: {size: 1", "cache: {size: 2")), "3.0");
    assert_eq!(Pools::fields().cache().size().read(&load::<Pools>(without)), None);
    assert_eq!(Pools::fields().cache().size().read(&load::<Pools>(&with)), Some(1));
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(restart)]
pub struct Deep {
    #[reload(restart, nested)]
    pub pools: Pools,
    #[reload(hot)]
    pub level: u8,
    pub unmarked: String,
    #[reload(secret)]
    pub password: String,
}

#[test]
fn freezing_reaches_every_leaf_however_deep() {
    let classes = classes::<Deep>();
    let hot: Vec<_> = classes.iter().filter(|(_, class)| *class == "hot").collect();
    assert_eq!(hot, [(&"level".to_owned(), &"hot".to_owned())]);
    assert_eq!(classes["pools.cache.size"], "restart");
    assert_eq!(classes["unmarked"], "restart", "the default of the struct");
    let schema = dlc_reload::schema::<Deep>().to_value();
    assert_eq!(schema["properties"]["password"]["writeOnly"], true);
}

fn start<C, H>(text: &str, hooks: Arc<H>) -> (Memory, Reloader<C>)
where
    C: Reloadable + dlc_reload::__private::AcceptsHooks<H>,
    H: Send + Sync + 'static,
{
    let board = Memory::yaml(text);
    let boot = Loader::<C>::new().source(board.clone()).load().expect("a valid configuration");
    let reloader = boot.reloader().hooks(hooks).watch(Watching::Off).start().expect("it starts");
    (board, reloader)
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Private {
    #[reload(hot, live)]
    level: u8,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
pub(crate) struct InCrate {
    #[reload(nested)]
    private: Private,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
pub struct Public {
    #[reload(nested)]
    in_crate: InCrate,
}

#[test]
fn live_fields_change_without_a_hook_at_any_visibility() {
    let board = Memory::yaml("{in_crate: {private: {level: 1}}}");
    let boot = Loader::<Public>::new().source(board.clone()).load().unwrap();
    let reloader = boot.reloader().watch(Watching::Off).start().unwrap();
    let watch = reloader.watch(Public::fields().in_crate().private().level());
    board.write("{in_crate: {private: {level: 2}}}");
    assert_eq!(reloader.reload(Trigger::api("test")).wait().unwrap().verdict(), Verdict::Applied);
    assert_eq!(watch.get(), 2);
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
pub struct Empty {}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
pub struct NothingToImplement {
    #[reload(restart, nested)]
    pub empty: Empty,
    #[reload(hot, live)]
    pub motd: String,
    #[reload(restart)]
    pub port: u16,
}

#[test]
fn a_configuration_without_hooks_starts_without_them() {
    let board = Memory::yaml("{empty: {}, motd: a, port: 1}");
    let boot = Loader::<NothingToImplement>::new().source(board.clone()).load().unwrap();
    let reloader = boot.reloader().watch(Watching::Off).start().unwrap();
    board.write("{empty: {}, motd: b, port: 2}");
    let report = reloader.reload(Trigger::api("test")).wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Applied);
    let config = reloader.handle().get();
    assert_eq!((config.motd.as_str(), config.port), ("b", 1));
}

#[test]
fn a_struct_inside_a_function_is_a_configuration() {
    #[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
    struct Local {
        #[reload(hot)]
        level: u8,
    }
    assert_eq!(classes::<Local>(), listed(&[("level", "hot")]));
    let other = {
        #[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
        struct Local {
            #[reload(restart)]
            level: u8,
        }
        let read = Local::fields().level().read(&load::<Local>("level: 3"));
        assert_eq!(read, 3);
        classes::<Local>()
    };
    assert_eq!(other, listed(&[("level", "restart")]));
    assert_eq!(Local::fields().level().read(&load::<Local>("level: 2")), 2);
}

#[test]
fn a_field_says_what_it_is() {
    assert_eq!(Class::Hot.as_str(), "hot");
    assert_eq!(format!("{:?}", Pools::fields().archive().size()), "Field(archive.size)");
    assert_eq!(format!("{:?}", Pools::fields().archive()), "At(archive)");
    assert_eq!(Key::from(Pools::fields().cache().host()), Key::parse("cache.host"));
}
