//! Siblings of the cases about values in enums, below `flatten` and behind other types, by the number of their case.

use std::{collections::BTreeMap, net::IpAddr};

use dlc_reload::{
    Format, Loader, Reloadable,
    source::{Env, Text},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fixture::{load, problems};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Link {
    Tcp {
        #[serde(alias = "to")]
        #[schemars(extend("x-aliases" = ["to"]))]
        host: String,
        #[serde(default)]
        port: u16,
        #[serde(default)]
        weight: u16,
    },
    Off,
}

/// Values of types that a tagged enum has to buffer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Route {
    Via {
        link: Link,
        #[serde(default)]
        more: Vec<Link>,
        #[serde(default)]
        address: Option<IpAddr>,
        #[serde(default)]
        dns: Vec<IpAddr>,
        #[serde(default)]
        name: String,
        #[serde(default)]
        pair: Option<(u8, String)>,
        #[serde(default)]
        by_port: BTreeMap<u16, String>,
        #[serde(default)]
        by_name: BTreeMap<String, String>,
        #[serde(default)]
        span: Option<Span>,
        #[serde(default)]
        metric: i64,
    },
}

/// Two values that are checked together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Bounds", deny_unknown_fields)]
struct Span {
    low: u8,
    high: u8,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Bounds {
    low: u8,
    #[serde(default)]
    high: u8,
}

impl TryFrom<Bounds> for Span {
    type Error = String;

    fn try_from(Bounds { low, high }: Bounds) -> Result<Self, String> {
        if low > high { Err("`low` is above `high`".into()) } else { Ok(Self { low, high }) }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Step {
    Wait,
    Run(String),
    #[serde(alias = "bring")]
    Fetch {
        #[serde(alias = "from")]
        url: String,
        #[serde(default)]
        tries: u8,
    },
    Pair(u8, u8),
}

/// An enum that is flattened and may be absent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Client {
    id: String,
    #[serde(flatten)]
    link: Link,
    #[serde(flatten)]
    login: Option<Login>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Login {
    Basic {
        user: String,
        #[serde(default)]
        pass: String,
    },
    Bearer(String),
}

/// A value of any form, which may hold itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Any {
    Number(u32),
    List(Vec<Any>),
    Map(BTreeMap<String, Any>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Required {
    #[reload(hot, live)]
    link: Link,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Config {
    #[reload(hot, live)]
    any: BTreeMap<String, Any>,
    #[reload(hot, live)]
    route: Option<Route>,
    #[reload(hot, live)]
    routes: Vec<Route>,
    #[reload(hot, live)]
    steps: Vec<Step>,
    #[reload(hot, live)]
    clients: Vec<Client>,
    #[reload(hot, live)]
    links: Vec<Link>,
}

/// A section into which two leaves are flattened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Two {
    #[reload(restart)]
    count: u16,
    #[serde(flatten)]
    #[reload(hot, live)]
    link: Link,
    #[serde(flatten)]
    #[reload(hot, live)]
    login: Option<Login>,
}

fn yaml<C: Reloadable>(written: &str) -> Loader<C> {
    Loader::new().source(Text::new(Format::Yaml, written))
}

#[test]
fn case_09_a_type_that_holds_itself_has_forms() {
    assert_eq!(
        problems(yaml::<Config>("any: {a: x}")),
        "text:1:10: any.a: fits none of the forms that are allowed here: an integer, a list, a map"
    );
}

#[test]
fn case_09_each_wrong_value_of_a_required_enum() {
    assert_eq!(
        problems(yaml::<Required>("link: {type: tcp, host: a, port: x, weight: 70000}")),
        "text:1:34: link.port: invalid type: string \"x\", expected an integer from 0 to 65535\n\
         text:1:45: link.weight: invalid value: integer `70000`, expected an integer from 0 to 65535"
    );
}

/// The text of a route with these fields, in flow style.
fn route(fields: &str) -> String {
    format!("route: {{kind: via, link: {{type: off}}, {fields}}}")
}

#[test]
fn case_09_the_place_of_a_part_of_an_enum() {
    let cases = [
        (
            "route: {kind: via, link: {type: tcp}}".to_owned(),
            "text:1:26: route.link.host: required, but no source sets it",
        ),
        (
            "route: {kind: via, link: {type: off}, more: [{type: off}, {type: tcp}, {type: tpc}]}"
                .to_owned(),
            "text:1:59: route.more[1].host: required, but no source sets it\n\
             text:1:79: route.more[2].type: unknown variant `tpc`, did you mean `tcp`?",
        ),
        (
            route("address: 10.0.0.300, metric: x"),
            "text:1:48: route.address: invalid IP address syntax, found \"10.0.0.300\"\n\
             text:1:68: route.metric: invalid type: string \"x\", expected an integer",
        ),
        (
            route("dns: [1.1.1.1, 8.8.8.888]"),
            "text:1:54: route.dns[1]: invalid IP address syntax, found \"8.8.8.888\"",
        ),
        // What is said of a whole stands at the whole.
        (
            route("span: {low: 3, high: 2}, metric: 1"),
            "text:1:45: route.span: `low` is above `high`",
        ),
        (route("span: {low: 3}"), "text:1:51: route.span.low: `low` is above `high`"),
        (
            route("span: {low: 0, hihg: 4}"),
            "text:1:54: route.span.hihg: unknown key, did you mean `high`?",
        ),
        (
            route("pair: [1]"),
            "text:1:45: route.pair: invalid length: 1 items, expected a tuple of size 2",
        ),
        (
            route("pair: [1, a, b]"),
            "text:1:45: route.pair: invalid length: 3 items, expected 2 elements in sequence",
        ),
        (
            route("by_port: {80: a, x: b}"),
            "text:1:56: route.by_port.x: invalid type: string \"x\", expected an integer",
        ),
        (
            route("metric: 99999999999999999999999"),
            "text:1:47: route.metric: invalid type: integer `99999999999999999999999`, expected a number of at most 64 bits",
        ),
    ];
    for (written, expected) in cases {
        assert_eq!(problems(yaml::<Config>(&written)), expected, "{written}");
    }
}

#[test]
fn case_08_what_an_enum_takes_below_its_tag() {
    let route = |fields: &str| {
        let Some(Route::Via { name, pair, by_port, by_name, metric, .. }) =
            load(yaml::<Config>(&route(fields))).route.clone()
        else {
            panic!("{fields}")
        };
        (name, pair, by_port, by_name, metric)
    };
    assert_eq!(route("name: 99999999999999999999999999999999999999999").0.len(), 41);
    assert_eq!(route("name: .nan").0, ".nan");
    assert_eq!(route("pair: [1, 2]").1, Some((1, "2".into())));
    assert_eq!(route("by_port: {80: 1, 443: b}").2[&443], "b");
    assert_eq!(route("by_name: {80: 1.10, b: 0x10}").3["b"], "0x10");
    // As in a struct, a `null` erases.
    assert_eq!(route("metric: null, by_name: {a: null, b: c}").3.len(), 1);
}

#[test]
fn case_12_each_wrong_item_of_a_list_of_variants() {
    let written = "\
steps:
- wiat
- {rnu: a}
- {run: [a]}
- {pair: [1]}
- {fetch: {url: a, tries: x}}
- {fetch: {tires: 1}}
- {bring: {from: a, tires: 1}}
- {wait: 3}
";
    assert_eq!(
        problems(yaml::<Config>(written)),
        "text:2:3: steps[0]: unknown variant `wiat`, did you mean `wait`?\n\
         text:3:4: steps[1].rnu: unknown variant `rnu`, did you mean `run`?\n\
         text:4:9: steps[2].run: invalid type: list, expected a string\n\
         text:5:10: steps[3].pair: invalid length: 1 items, expected tuple variant Step::Pair with 2 elements\n\
         text:6:27: steps[4].fetch.tries: invalid type: string \"x\", expected an integer from 0 to 255\n\
         text:7:11: steps[5].fetch.url: required, but no source sets it\n\
         text:7:12: steps[5].fetch.tires: unknown key, did you mean `tries`?\n\
         text:8:21: steps[6].bring.tires: unknown key, did you mean `tries`?\n\
         text:9:10: steps[7].wait: invalid type: integer, expected nothing"
    );
}

#[test]
fn case_04_an_alias_is_no_unknown_key() {
    let config = load(yaml::<Config>("steps: [{bring: {from: a}}, {fetch: {url: b}}]"));
    assert_eq!(config.steps.len(), 2);
    // Nor is one in an item in which something else is wrong.
    assert_eq!(
        problems(yaml::<Config>("steps: [{bring: {from: a, url: b}}, {run: [a]}]")),
        "text:1:17: steps[0].bring: `url` is set twice, under its name and an alias\n\
         text:1:43: steps[1].run: invalid type: list, expected a string"
    );
}

#[test]
fn case_04_an_unknown_key_beside_a_flattened_option_of_an_enum() {
    let client = |more: &str| format!("clients: [{{id: a, type: tcp, host: b, {more}}}]");
    for (more, expected) in [
        ("prt: 3", "text:1:39: clients[0].prt: unknown key, did you mean `port`?"),
        ("basc: {user: a}", "text:1:39: clients[0].basc: unknown key, did you mean `basic`?"),
        (
            "basic: {user: a, pas: b}",
            "text:1:56: clients[0].basic.pas: unknown key, did you mean `pass`?",
        ),
    ] {
        assert_eq!(problems(yaml::<Config>(&client(more))), expected, "{more}");
    }
    let login = |more: &str| load(yaml::<Config>(&client(more))).clients[0].login.clone();
    assert!(login("port: 1, basic: {user: 1, pass: 2}").is_some());
    assert!(login("bearer: 12").is_some());
}

#[test]
fn case_04_many_aliases_hide_no_unknown_key() {
    // An alias is not in the schema, so that each of them may be an unknown key.
    let aliases = "- {type: tcp, to: a}\n".repeat(100);
    let written = format!("links:\n{aliases}- {{type: tcp, to: a, wieght: 1}}");
    assert_eq!(
        problems(yaml::<Config>(&written)),
        "text:102:22: links[100].wieght: unknown key, did you mean `weight`?"
    );
}

#[test]
fn case_17_f1_two_leaves_flattened_into_one_section() {
    let (host, user) = ("count: 1\ntype: tcp\nto: a\n", "basic: {user: a}\n");
    load(yaml::<Two>(&format!("{host}{user}")));
    for (more, expected) in [
        ("prt: 3", "text:5:1: prt: unknown key, did you mean `port`?"),
        (
            "port: x",
            "text:5:7: port: invalid type: string \"x\", expected an integer from 0 to 65535",
        ),
    ] {
        assert_eq!(problems(yaml::<Two>(&format!("{host}{user}{more}"))), expected);
    }
    assert_eq!(
        problems(yaml::<Two>(&format!("{host}{user}weight: 1").replace("count: 1", "count: x"))),
        "text:1:8: count: invalid type: string \"x\", expected an integer from 0 to 65535"
    );
}

#[test]
fn case_07_a_list_of_an_enum_in_a_variable() {
    let base = route("name: a");
    for (written, count) in [("1.1.1.1,8.8.8.8", 2), ("::1", 1), ("[::1]", 1), ("[]", 0)] {
        let variable = Env::new("APP").of([("APP_ROUTE__DNS", written)]);
        let config = load(yaml::<Config>(&base).source(variable));
        let Some(Route::Via { dns, .. }) = &config.route else { panic!("{written}") };
        assert_eq!(dns.len(), count, "{written}");
    }
    let variable = Env::new("APP").of([("APP_ROUTE__DNS", "1.1.1.1,x")]);
    assert_eq!(
        problems(yaml::<Config>(&base).source(variable)),
        "environment variable APP_ROUTE__DNS: route.dns: invalid IP address syntax, found \"1.1.1.1,x\""
    );
}
