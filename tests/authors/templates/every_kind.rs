//! The template of types with every kind of field.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::NonZeroU16,
    path::PathBuf,
    time::Duration,
};

use dlc_reload::{
    Format, Loader, Reloadable, Secret, schemars,
    units::{Period, Size},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{each_block_loads, has_the_defaults, load, loads_in_all_forms, template};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Level {
    /// Nothing at all.
    Off,
    #[default]
    WarnOnly,
    All,
}

/// A place that things go to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Sink {
    /// Into a file.
    File {
        /// The path of the file.
        path: PathBuf,
        #[serde(default)]
        append: bool,
    },
    /// Over the network.
    Tcp { addr: String, retries: Option<u8> },
    /// Nowhere.
    Null,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
enum Outside {
    Nothing,
    One(u8),
    Pair(u8, String),
    Struct { a: u8, b: Vec<String> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Either {
    Number(u16),
    Text(String),
    Both { number: u16, text: String },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "with")]
enum Adjacent {
    Plain,
    With { size: u8 },
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default, deny_unknown_fields)]
#[reload(restart)]
struct Scalars {
    /// The number of things.
    ///
    /// It has a second paragraph, which is long enough that it does not fit on one line of a file, and a list:
    ///
    /// - one
    /// - two
    #[reload(hot, live)]
    count: u32,
    signed: i64,
    share: f32,
    is_on: bool,
    letter: Option<char>,
    #[reload(hot, live)]
    level: Level,
    unset: Option<String>,
    unset_number: Option<NonZeroU16>,
    unset_level: Option<Level>,
    period: Period,
    size: Size,
    duration: Duration,
    unset_period: Option<Period>,
    unset_size: Option<Size>,
    unset_address: Option<SocketAddr>,
    unset_ip: Option<IpAddr>,
    #[reload(restart, secret)]
    key: Secret<String>,
    keys: Vec<Secret<String>>,
    #[deprecated(note = "use `count`")]
    old: u8,
}

#[test]
fn scalars_have_their_defaults() {
    has_the_defaults::<Scalars>();
    each_block_loads::<Scalars>();
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
#[reload(restart)]
struct Shapes {
    tuple: (u8, String, bool),
    list: Vec<u16>,
    long_list: Vec<String>,
    levels: BTreeSet<Level2>,
    map: BTreeMap<String, i32>,
    by_number: BTreeMap<u16, String>,
    nested: BTreeMap<String, Vec<BTreeMap<String, Option<u8>>>>,
    structs: Vec<Part>,
    no_structs: Vec<Part>,
    by_name: HashMap<String, Part>,
    no_names: BTreeMap<String, Vec<Part>>,
    #[reload(hot, live)]
    part: Part,
    #[reload(hot, live)]
    no_part: Option<Part>,
    unit: (),
    tree: Tree,
    any: Any,
    anything: serde_json::Value,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
enum Level2 {
    Low,
    High,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Part {
    /// The name of the part.
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(default)]
    inner: Inner,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Inner {
    deep: Vec<u8>,
    deeper: Option<Box<Inner>>,
}

/// A value of any form, which may hold itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Any {
    Number(u32),
    List(Vec<Any>),
    Map(BTreeMap<String, Any>),
}

/// A type that holds itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Tree {
    value: u8,
    #[serde(default)]
    below: Vec<Tree>,
}

impl Default for Shapes {
    fn default() -> Self {
        let part =
            Part { name: "one: two".into(), note: Some("#".into()), inner: Inner::default() };
        Self {
            tuple: (1, "a".into(), true),
            list: vec![1, 2, 3],
            long_list: (0..40).map(|at| format!("item number {at}")).collect(),
            levels: [Level2::Low, Level2::High].into(),
            map: [("a".into(), -1), ("b c".into(), 2), ("1".into(), 3)].into(),
            by_number: [(1, "one".into()), (20, "twenty".into())].into(),
            nested: [("x".into(), vec![[("y".into(), Some(1))].into(), BTreeMap::new()])].into(),
            structs: vec![part.clone(), Part::default()],
            no_structs: Vec::new(),
            by_name: [("first".into(), part.clone())].into(),
            no_names: BTreeMap::new(),
            part,
            no_part: None,
            unit: (),
            tree: Tree { value: 1, below: vec![Tree { value: 2, below: Vec::new() }] },
            any: Any::Map([("a".into(), Any::List(vec![Any::Number(1)]))].into()),
            anything: serde_json::json!({"a": [1, "b", {"c": false}]}),
        }
    }
}

#[test]
fn lists_maps_and_structs_have_their_defaults() {
    has_the_defaults::<Shapes>();
    each_block_loads::<Shapes>();
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
#[reload(restart)]
struct Enums {
    /// A sink with a default.
    #[reload(hot, live)]
    sink: Sink,
    no_sink: Option<Sink>,
    unit: Sink,
    sinks: Vec<Sink>,
    no_sinks: Vec<Sink>,
    nothing: Outside,
    one: Outside,
    pair: Outside,
    strukt: Outside,
    no_outside: Option<Outside>,
    number: Either,
    both: Either,
    plain: Adjacent,
    with: Adjacent,
    result: Result<u8, String>,
}

impl Default for Enums {
    fn default() -> Self {
        let tcp = Sink::Tcp { addr: "localhost:1".into(), retries: None };
        Self {
            sink: tcp.clone(),
            no_sink: None,
            unit: Sink::Null,
            sinks: vec![tcp, Sink::File { path: "/a b".into(), append: true }],
            no_sinks: Vec::new(),
            nothing: Outside::Nothing,
            one: Outside::One(1),
            pair: Outside::Pair(1, "2".into()),
            strukt: Outside::Struct { a: 1, b: vec!["x".into()] },
            no_outside: None,
            number: Either::Number(7),
            both: Either::Both { number: 1, text: "1".into() },
            plain: Adjacent::Plain,
            with: Adjacent::With { size: 1 },
            result: Ok(1),
        }
    }
}

#[test]
fn enums_have_their_defaults() {
    has_the_defaults::<Enums>();
    each_block_loads::<Enums>();
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Service {
    /// The address of the service.
    #[reload(restart)]
    addr: String,
    #[serde(default = "one")]
    #[reload(hot, live)]
    weight: u8,
    #[reload(restart, secret)]
    token: Option<Secret<String>>,
    #[serde(default)]
    #[reload(restart, nested)]
    limits: Limits,
}

fn one() -> u8 {
    1
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Upstream {
    #[reload(restart)]
    name: String,
    #[serde(default)]
    #[reload(hot, live)]
    weight: u8,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Limits {
    #[reload(hot, live)]
    rate: u32,
    #[reload(restart)]
    burst: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rate: 10, burst: None }
    }
}

/// A section without a default of its own fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Strict {
    #[reload(restart)]
    host: String,
    #[reload(restart)]
    port: u16,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct WithSecret {
    #[reload(restart)]
    user: String,
    #[reload(restart, secret)]
    password: Secret<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(deny_unknown_fields)]
#[reload(removed(gone = "it had no effect"))]
struct Sections {
    #[serde(default)]
    #[reload(hot, entries)]
    services: BTreeMap<String, Service>,
    #[serde(default = "two_services")]
    #[reload(hot, entries)]
    two_services: BTreeMap<String, Service>,
    #[serde(default)]
    #[reload(hot, entries = "name")]
    upstreams: Vec<Upstream>,
    #[serde(default = "two_upstreams")]
    #[reload(hot, entries = "name")]
    two_upstreams: Vec<Upstream>,
    #[reload(nested)]
    maybe: Option<Strict>,
    #[reload(nested, live)]
    live: Option<Box<Limits>>,
    /// A section whose default is not that of its type.
    #[serde(default = "strict")]
    #[reload(nested)]
    strict: Strict,
    #[serde(default = "with_secret")]
    #[reload(nested)]
    with_secret: WithSecret,
    #[serde(default)]
    #[reload(restart, nested)]
    frozen: Limits,
    #[serde(default, alias = "other")]
    #[reload(restart, renamed_from = "before")]
    named: u8,
    #[serde(default, rename(serialize = "out", deserialize = "in"))]
    #[reload(restart)]
    renamed: u8,
    #[serde(default, rename(serialize = "section-out", deserialize = "section-in"))]
    #[reload(nested)]
    renamed_section: Limits,
}

fn service(addr: &str) -> Service {
    Service {
        addr: addr.into(),
        weight: 3,
        token: None,
        limits: Limits { rate: 1, burst: Some(2) },
    }
}

fn two_services() -> BTreeMap<String, Service> {
    [("a".into(), service("a:1")), ("b c".into(), service("b:2"))].into()
}

fn two_upstreams() -> Vec<Upstream> {
    vec![Upstream { name: "x".into(), weight: 1 }, Upstream { name: "y".into(), weight: 2 }]
}

fn strict() -> Strict {
    Strict { host: "localhost".into(), port: 1 }
}

fn with_secret() -> WithSecret {
    WithSecret { user: "u".into(), password: Secret::new("not in a template".to_owned()) }
}

#[test]
fn sections_and_entries_have_their_defaults() {
    has_the_defaults::<Sections>();
    each_block_loads::<Sections>();
    let yaml = template::<Sections>(Format::Yaml);
    assert!(!yaml.contains("not in a template"), "{yaml}");
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Flattened {
    #[serde(flatten)]
    #[reload(nested)]
    limits: Limits,
    #[serde(flatten)]
    #[reload(nested)]
    maybe: Option<Strict>,
    #[serde(default)]
    #[reload(restart)]
    own: u8,
    #[serde(flatten)]
    #[reload(restart)]
    rest: BTreeMap<String, serde_json::Value>,
}

#[test]
fn flattened_fields_have_their_defaults() {
    // Of `maybe`, one key alone does not load: nothing holds its fields together.
    has_the_defaults::<Flattened>();
}

/// Fields without defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
#[reload(restart)]
struct Required {
    text: String,
    level: Level,
    number: u16,
    nonzero: NonZeroU16,
    share: f64,
    is_on: bool,
    period: Period,
    size: Size,
    duration: Duration,
    ip: IpAddr,
    ip4: Ipv4Addr,
    address: SocketAddr,
    path: PathBuf,
    letter: char,
    list: Vec<String>,
    map: BTreeMap<String, u8>,
    tuple: (u8, String),
    sink: Sink,
    outside: Outside,
    either: Either,
    adjacent: Adjacent,
    part: Part,
    parts: Vec<Part>,
    tree: Tree,
    #[reload(restart, secret)]
    key: Secret<String>,
    #[reload(nested)]
    strict: Strict,
    #[reload(nested)]
    limits: Limits,
    #[reload(nested)]
    all_optional: AllOptional,
    #[reload(hot, entries)]
    services: BTreeMap<String, Service>,
    #[reload(hot, entries = "name")]
    upstreams: Vec<Upstream>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct AllOptional {
    #[reload(restart)]
    note: Option<String>,
}

#[test]
fn values_without_a_default_have_one_that_loads_and_are_marked() {
    for format in [Format::Yaml, Format::Toml, Format::Json] {
        load::<Required>(format, &template::<Required>(format)).unwrap();
    }
    let yaml = template::<Required>(Format::Yaml);
    assert!(yaml.contains("# REQUIRED. String. Takes effect at the next start.\n"), "{yaml}");
    let boot = Loader::<Required>::new().text("yaml", &yaml).load().unwrap();
    assert_eq!(boot.level, Level::WarnOnly);
    assert_eq!(boot.key.expose(), "CHANGE-ME");
    let warned: Vec<_> = boot.warnings().iter().map(ToString::to_string).collect();
    let warned = warned.join("\n");
    for key in ["text", "key", "strict.host", "services.example.addr"] {
        let warning = format!("{key}: still the placeholder of a template, set it");
        assert!(warned.contains(&warning), "{key} in {warned}");
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct FlattenedEnum {
    #[serde(flatten)]
    #[reload(restart)]
    sink: Sink,
    #[reload(restart)]
    own: u8,
}

/// Two flattened maps, which share what no field has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct FlattenedTwice {
    #[serde(flatten)]
    #[reload(restart)]
    sink: Sink,
    #[serde(flatten)]
    #[reload(restart)]
    other: Option<Adjacent>,
}

/// Nothing has a default, and nothing is required.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Nothing {
    #[reload(restart)]
    note: Option<String>,
    #[serde(default)]
    #[reload(hot, entries)]
    services: BTreeMap<String, Service>,
}

#[test]
fn a_template_without_a_key_loads() {
    has_the_defaults::<Nothing>();
    each_block_loads::<Nothing>();
}

#[test]
fn a_flattened_enum_has_its_first_variant() {
    loads_in_all_forms::<FlattenedEnum>();
    loads_in_all_forms::<FlattenedTwice>();
}
