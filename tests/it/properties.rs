//! Properties of every pair of configurations, over one with every role.

use std::collections::{BTreeMap, BTreeSet};

use dlc_reload::{
    __private::{Differing, Index, Parts as _},
    Class, Diff, Reloadable, Secret,
};
use proptest::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One unit, although it is a struct.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Sampler {
    kind: String,
    ratio: u8,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Inner {
    #[reload(hot)]
    level: u8,
    #[reload(restart)]
    port: u16,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot)]
    level: u8,
    #[reload(hot, live)]
    motd: String,
    #[reload(restart)]
    port: u16,
    #[reload(restart)]
    secret: Secret<String>,
    #[reload(restart, secret)]
    password: String,
    #[reload(nested)]
    inner: Inner,
    #[reload(restart, nested)]
    frozen: Inner,
    #[reload(nested)]
    optional: Option<Inner>,
    #[reload(hot)]
    map: BTreeMap<String, u8>,
    #[reload(hot)]
    sampler: Sampler,
}

fn inner() -> impl Strategy<Value = Inner> {
    (0_u8..3, 0_u16..3).prop_map(|(level, port)| Inner { level, port })
}

/// Few different values, so that equal ones are as common as different ones.
fn config() -> impl Strategy<Value = Config> {
    let words = || prop_oneof![Just("a".to_owned()), Just("b".to_owned())];
    let leaves = (0_u8..3, words(), 0_u16..3, words(), words());
    let sections = (inner(), inner(), proptest::option::of(inner()));
    let values = (proptest::collection::btree_map(words(), 0_u8..2, 0..3), words(), 0_u8..2);
    (leaves, sections, values).prop_map(|(leaves, sections, values)| {
        let (level, motd, port, secret, password) = leaves;
        let (inner, frozen, optional) = sections;
        let (map, kind, ratio) = values;
        Config {
            level,
            motd,
            port,
            secret: Secret::new(secret),
            password,
            inner,
            frozen,
            optional,
            map,
            sampler: Sampler { kind, ratio },
        }
    })
}

/// The class of every leaf as the attributes above say it, by index.
fn class(at: &[u16]) -> Class {
    match at {
        [0 | 1 | 8 | 9] | [5 | 7, 0] => Class::Hot,
        _ => Class::Restart,
    }
}

/// The leaves that a diff shows, by index; a section that was replaced is one restart change.
fn shown(diff: &dyn Diff) -> BTreeSet<Vec<u16>> {
    let mut found = Differing::default();
    diff.note(&mut found);
    places(found)
}

/// Returns the places, in a configuration without entries.
fn places(found: Differing) -> BTreeSet<Vec<u16>> {
    let index = |step| match step {
        Index::Field(index) => index,
        Index::Entry(key) => panic!("no field has entries: {key:?}"),
    };
    found.into_places().into_iter().map(|way| way.into_iter().map(index).collect()).collect()
}

/// Returns all values of a configuration, secrets included, to compare whole ones.
fn exposed(config: &Config) -> (Value, String) {
    (serde_json::to_value(config).unwrap(), config.secret.expose().clone())
}

/// Returns the leaves that differ, found without the derive.
fn expected(old: &Config, new: &Config) -> BTreeSet<Vec<u16>> {
    let mut found = BTreeSet::new();
    let mut note = |at: &[u16], differs: bool| {
        if differs {
            found.insert(at.to_vec());
        }
    };
    note(&[0], old.level != new.level);
    note(&[1], old.motd != new.motd);
    note(&[2], old.port != new.port);
    note(&[3], old.secret.expose() != new.secret.expose());
    note(&[4], old.password != new.password);
    for (index, old, new) in [(5, &old.inner, &new.inner), (6, &old.frozen, &new.frozen)] {
        note(&[index, 0], old.level != new.level);
        note(&[index, 1], old.port != new.port);
    }
    match (&old.optional, &new.optional) {
        (Some(old), Some(new)) => {
            note(&[7, 0], old.level != new.level);
            note(&[7, 1], old.port != new.port);
        }
        (None, None) => {}
        _ => note(&[7], true),
    }
    note(&[8], old.map != new.map);
    note(&[9], old.sampler != new.sampler);
    found
}

proptest! {
    #[test]
    fn a_diff_shows_what_differs_and_nothing_else(old in config(), new in config()) {
        let diff = Config::diff(&old, &new);
        let expected = expected(&old, &new);
        prop_assert_eq!(diff.is_empty(), expected.is_empty());
        prop_assert_eq!(shown(&diff), expected);
        prop_assert!(Config::diff(&old, &old.clone()).is_empty());
        let mut found = Differing::default();
        Config::compare(&old, &new, &mut found);
        let compared = places(found);
        prop_assert_eq!(compared, shown(&diff));
    }

    #[test]
    fn a_diff_reversed_is_the_diff_of_the_reverse(old in config(), new in config()) {
        let (forth, back) = (Config::diff(&old, &new), Config::diff(&new, &old));
        prop_assert_eq!(shown(&forth), shown(&back));
        if let (Some(forth), Some(back)) = (forth.level, back.level) {
            let undone = forth.reversed();
            prop_assert_eq!((undone.old, undone.new), (back.old, back.new));
        }
        // What a change put in place, the reversed change takes away again.
        let there = Config::overlay(&old, &new);
        prop_assert_eq!(exposed(&Config::overlay(&there, &old)), exposed(&old));
    }

    #[test]
    fn an_overlay_takes_every_hot_value_and_no_restart_value(old in config(), new in config()) {
        let overlay = Config::overlay(&old, &new);
        let taken = shown(&Config::diff(&old, &overlay));
        let left = shown(&Config::diff(&overlay, &new));
        prop_assert!(taken.iter().all(|at| class(at) == Class::Hot), "taken: {taken:?}");
        prop_assert!(left.iter().all(|at| class(at) == Class::Restart), "left: {left:?}");
        let all: BTreeSet<_> = taken.union(&left).cloned().collect();
        prop_assert_eq!(all, shown(&Config::diff(&old, &new)));
        prop_assert_eq!(overlay.secret.expose(), old.secret.expose());
        prop_assert_eq!(overlay.optional.is_some(), old.optional.is_some());
        prop_assert_eq!(exposed(&Config::overlay(&overlay, &new)), exposed(&overlay));
    }

    #[test]
    fn a_typed_path_reads_its_field(config in config()) {
        let fields = Config::fields();
        prop_assert_eq!(fields.level().read(&config), config.level);
        prop_assert_eq!(fields.motd().read(&config), config.motd.clone());
        prop_assert_eq!(fields.port().read(&config), config.port);
        prop_assert!(fields.secret().read(&config) == config.secret);
        prop_assert_eq!(fields.password().read(&config), config.password.clone());
        prop_assert_eq!(fields.inner().level().read(&config), config.inner.level);
        prop_assert_eq!(fields.inner().port().read(&config), config.inner.port);
        prop_assert_eq!(fields.frozen().level().read(&config), config.frozen.level);
        prop_assert_eq!(
            fields.optional().port().read(&config),
            config.optional.as_ref().map(|inner| inner.port)
        );
        prop_assert_eq!(fields.map().read(&config), config.map.clone());
        prop_assert_eq!(fields.sampler().read(&config), config.sampler.clone());
    }

    #[test]
    fn no_secret_is_shown(config in config()) {
        let hidden = Config {
            secret: Secret::new("swordfish".to_owned()),
            ..config
        };
        let shown = format!("{:?} {}", hidden, serde_json::to_string(&hidden).unwrap());
        prop_assert!(!shown.contains("swordfish"));
        let diff = format!("{:?}", Config::diff(&hidden, &Config { level: 9, ..hidden.clone() }));
        prop_assert_eq!(diff, "{level}");
    }
}

/// Every property that is no section says its class, and the classes are those of the attributes.
#[test]
fn the_schema_has_a_class_on_every_leaf() {
    let schema = dlc_reload::schema::<Config>().to_value();
    let class_of = |schema: &Value, name: &str| {
        schema["properties"][name]["x-reload"].as_str().map(ToOwned::to_owned)
    };
    let names = schema["properties"].as_object().unwrap().keys();
    let unmarked: BTreeSet<_> =
        names.map(String::as_str).filter(|name| class_of(&schema, name).is_none()).collect();
    assert_eq!(unmarked, BTreeSet::from(["inner", "frozen", "optional"]), "the sections");
    for (index, name) in (0..).zip(["level", "motd", "port", "secret", "password"]) {
        let expected = class(&[index]).as_str().to_owned();
        assert_eq!(class_of(&schema, name), Some(expected), "{name}");
    }
    let (inner, frozen) = (&schema["$defs"]["Inner"], &schema["$defs"]["InnerAtRestart"]);
    assert_eq!(class_of(inner, "level").as_deref(), Some("hot"));
    assert_eq!(class_of(inner, "port").as_deref(), Some("restart"));
    assert_eq!(class_of(frozen, "level").as_deref(), Some("restart"));
    assert_eq!(class_of(frozen, "port").as_deref(), Some("restart"));
}
