//! Sections behind a pointer, and what generic code can do with any section.

use std::{sync::Arc, time::Duration};

use dlc_reload::{Change, Commit, HookResult, Invalid, Key, Loader, Reloadable, Trigger, Verdict};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Pool, PoolHooks, classes, differs, listed, load, start};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(validate = Self::validate)]
pub struct Checked {
    #[reload(hot)]
    pub level: u8,
    #[reload(restart)]
    pub port: u16,
}

impl Checked {
    /// An author's method of this name is found behind a pointer as well.
    fn validate(&self) -> Result<(), Invalid> {
        if self.level < 10 { Ok(()) } else { Err(Invalid::new().at("level", "too large")) }
    }

    fn leaf(&self) -> u8 {
        self.level
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
pub struct Pointers {
    #[reload(nested)]
    pub boxed: Box<Checked>,
    #[reload(nested)]
    pub shared: Arc<Checked>,
    #[reload(nested)]
    #[serde(default)]
    pub optional: Option<Box<Pool>>,
    #[reload(restart, nested)]
    #[serde(default)]
    pub frozen: Box<Option<Pool>>,
    #[reload(nested)]
    #[serde(flatten)]
    pub flat: Arc<Pool>,
}

struct App;

// The same sections behind other pointers: each says where its hooks are.
impl PointersBoxedRoute for App {
    fn boxed(&self) -> &dyn CheckedHooks {
        self
    }
}

impl PointersSharedRoute for App {
    fn shared(&self) -> &dyn CheckedHooks {
        self
    }
}

impl PointersOptionalRoute for App {
    fn optional(&self) -> &dyn PoolHooks {
        self
    }
}

impl PointersFlatRoute for App {
    fn flat(&self) -> &dyn PoolHooks {
        self
    }
}

impl CheckedHooks for App {
    fn on_level(&self, level: Change<'_, u8>) -> HookResult<'_> {
        if *level.new == 9 { Err("9 is refused".into()) } else { Ok(Commit::none()) }
    }
}

impl PoolHooks for App {
    fn on_size(&self, _: Change<'_, u32>) -> HookResult<'_> {
        Ok(Commit::none())
    }
}

const TEXT: &str = "\
boxed: {level: 1, port: 1}
shared: {level: 1, port: 1}
size: 1
host: a
";

#[test]
fn case_17_a_section_behind_a_pointer_is_the_section() {
    let with_all = format!("{TEXT}optional: {{size: 1, host: a}}\nfrozen: {{size: 1, host: a}}\n");
    assert_eq!(
        classes::<Pointers>(),
        listed(&[
            ("boxed.level", "hot"),
            ("boxed.port", "restart"),
            ("shared.level", "hot"),
            ("shared.port", "restart"),
            ("optional.size", "hot"),
            ("optional.host", "restart"),
            ("frozen.size", "restart"),
            ("frozen.host", "restart"),
            ("size", "hot"),
            ("host", "restart"),
        ])
    );
    assert_eq!(
        differs::<Pointers>(&with_all, &with_all.replace("size: 1", "size: 2")),
        "2.0 3.0 4.0"
    );
    assert_eq!(differs::<Pointers>(TEXT, &with_all), "2 3");
    let config = load::<Pointers>(TEXT);
    assert_eq!(Pointers::fields().shared().level().read(&config), 1);
    assert_eq!(Pointers::fields().optional().size().read(&config), None);
    assert_eq!(Pointers::fields().flat().size().to_string(), "size");
    assert_eq!(config.shared.leaf(), 1);
    assert!(config.boxed.validate().is_ok());
}

#[test]
fn case_17_a_section_behind_a_pointer_is_validated_field_by_field() {
    let load = |text: String| Loader::<Pointers>::new().text("yaml", text).load();
    let error = load(TEXT.replace("level: 1", "level: 11")).unwrap_err();
    let keys: Vec<_> = error.problems().iter().filter_map(|problem| problem.key.clone()).collect();
    assert_eq!(keys, [Key::parse("boxed.level"), Key::parse("shared.level")]);
    let error = load(TEXT.replace("port: 1", "port: x")).unwrap_err();
    let keys: Vec<_> = error.problems().iter().filter_map(|problem| problem.key.clone()).collect();
    assert_eq!(keys, [Key::parse("boxed.port"), Key::parse("shared.port")]);
}

#[test]
fn case_17_a_shared_section_of_the_configuration_in_force_stays_as_it_is() {
    let (board, reloader) = start::<Pointers, _>(TEXT, Arc::new(App));
    let before = reloader.handle().get();
    let watch = reloader.watch(Pointers::fields().shared().level());
    board.write(TEXT.replace("level: 1, port: 1", "level: 2, port: 2"));
    let report = reloader.reload(Trigger::api("test")).wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Applied);
    assert_eq!(report.changes().len(), 2);
    let after = reloader.handle().get();
    assert_eq!((before.shared.level, before.shared.port), (1, 1));
    assert_eq!((after.shared.level, after.shared.port), (2, 1));
    assert_eq!((after.boxed.level, after.boxed.port, watch.get()), (2, 1, 2));

    let level = Pointers::fields().shared().level();
    let report =
        reloader.override_field(level, 5).for_duration(Duration::from_secs(60)).wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Applied);
    assert_eq!((after.shared.level, reloader.handle().get().shared.level), (2, 5));
}

/// Prints the difference between two values of any configuration.
fn printed<C: Reloadable>(old: &C, new: &C) -> String {
    format!("{:?}", C::diff(old, new))
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct WithSecret {
    #[reload(restart, secret)]
    password: String,
    #[reload(restart)]
    token: dlc_reload::Secret<String>,
    #[reload(nested)]
    pool: Option<Pool>,
}

#[test]
fn case_17_generic_code_prints_a_difference_by_its_keys() {
    let of = |word: &str, pool: serde_json::Value| -> WithSecret {
        serde_json::from_value(json!({"password": word, "token": word, "pool": pool})).unwrap()
    };
    let (none, one, two) =
        (json!(null), json!({"size": 1, "host": "a"}), json!({"size": 2, "host": "a"}));
    let old = of("swordfish", one.clone());
    assert_eq!(printed(&old, &old), "{}");
    assert_eq!(printed(&old, &of("marlin", two)), "{password, token, pool.size}");
    assert_eq!(printed(&old, &of("swordfish", none)), "{pool}");
    assert_eq!(printed(&Some(of("a", json!(null))), &None), "{all of WithSecret}");
    assert_eq!(printed(&Box::new(old.clone()), &Box::new(of("marlin", one))), "{password, token}");
}

/// A bound on the struct, beside those that the derives write, needs an empty one for serde.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(bound = "")]
struct Around<S: Reloadable> {
    #[reload(nested)]
    inner: S,
    #[reload(nested)]
    spare: Option<S>,
}

/// Without a bound on the struct, the derives find what they need.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Unbounded<S> {
    #[reload(nested)]
    inner: S,
}

#[test]
fn case_17_a_section_may_be_generic_over_a_section() {
    let text = "{inner: {size: 1, host: a}, spare: {size: 1, host: a}}";
    assert_eq!(differs::<Around<Pool>>(text, &text.replace("size: 1", "size: 2")), "0.0 1.0");
    assert_eq!(differs::<Around<Box<Pool>>>(text, &text.replace("size: 1", "size: 2")), "0.0 1.0");
    let text = "inner: {size: 1, host: a}";
    assert_eq!(differs::<Unbounded<Pool>>(text, &text.replace("size: 1", "size: 2")), "0.0");
}
