//! The ways to the hooks of sections: by implementing them, or by a route.

use std::{
    marker::PhantomData,
    sync::{Arc, Mutex},
};

use dlc_reload::{Change, Commit, HookResult, Loader, Reloadable, Trigger, Verdict, Watching};
use lints::{
    Around, AroundInnerRoute, Everything, EverythingGenericRoute, EverythingHooks,
    EverythingInnerRoute, EverythingNamedRoute, EverythingOptionalRoute, Generic, GenericHooks,
    Inner, InnerHooks, Quiet, QuietDiff, oddly_namedHooks,
};
use serde::{Deserialize, Serialize};

use super::start;

/// Hears of the changes of one section, under its name.
struct Part(&'static str, Arc<Mutex<Vec<String>>>);

impl Part {
    fn heard<'a>(&'a self, change: Change<'a, u8>) -> HookResult<'a> {
        let line = format!("{} {}", self.0, change.new);
        Ok(Commit::new(move || self.1.lock().unwrap().push(line)))
    }
}

impl InnerHooks for Part {
    fn on_level<'a>(&'a self, change: Change<'a, u8>) -> HookResult<'a> {
        self.heard(change)
    }
}

impl GenericHooks<u8> for Part {
    fn on_value<'a>(&'a self, change: Change<'a, u8>) -> HookResult<'a> {
        self.heard(change)
    }
}

fn part(name: &'static str) -> Part {
    Part(name, Arc::default())
}

/// Sections of another crate, one of them twice.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(nested)]
    reads: Inner,
    #[reload(nested)]
    writes: Option<Box<Inner>>,
    #[reload(nested)]
    value: Arc<Generic<u8>>,
    #[reload(nested)]
    around: Around,
    #[reload(nested)]
    quiet: Quiet,
    #[reload(nested)]
    silent: Option<Quiet>,
    /// Its route and the hook of another field have methods of the same name.
    #[reload(nested)]
    on_level: Quiet,
    #[reload(hot)]
    level: u8,
}

struct App {
    reads: Part,
    writes: Part,
    value: Part,
    around: Part,
}

impl ConfigHooks for App {
    fn on_level<'a>(&'a self, change: Change<'a, u8>) -> HookResult<'a> {
        self.reads.heard(change)
    }
}

impl ConfigReadsRoute for App {
    fn reads(&self) -> &dyn InnerHooks {
        &self.reads
    }
}

impl ConfigWritesRoute for App {
    fn writes(&self) -> &<Inner as Reloadable>::Hooks<'_> {
        &self.writes
    }
}

impl ConfigValueRoute for App {
    fn value(&self) -> &dyn GenericHooks<u8> {
        &self.value
    }
}

impl AroundInnerRoute for App {
    fn inner(&self) -> &dyn InnerHooks {
        &self.around
    }
}

const TEXT: &str = "\
reads: {level: 1}
writes: {level: 1}
value: {value: 1, unused: 1}
around: {inner: {level: 1}, quiet: {motd: a}}
quiet: {motd: a}
silent: {motd: a}
on_level: {motd: a}
level: 1
";

#[test]
fn each_route_leads_to_its_part() {
    let heard = Arc::<Mutex<Vec<String>>>::default();
    let part = |name| Part(name, Arc::clone(&heard));
    let app = App {
        reads: part("reads"),
        writes: part("writes"),
        value: part("value"),
        around: part("around"),
    };
    let (board, reloader) = start::<Config, _>(TEXT, Arc::new(app));
    board.write(TEXT.replace("level: 1", "level: 2").replace("value: 1", "value: 2"));
    assert_eq!(reloader.reload(Trigger::api("test")).wait().unwrap().verdict(), Verdict::Applied);
    assert_eq!(
        *heard.lock().unwrap(),
        ["reads 2", "writes 2", "value 2", "around 2", "reads 2"],
        "the last one is the field of the struct itself"
    );
}

/// What implements the hooks of the sections is the hooks of the whole, at any depth and of another crate.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Whole {
    #[reload(nested)]
    around: Option<Arc<Around>>,
    #[reload(nested)]
    value: Generic<u8>,
}

#[test]
fn whatever_implements_the_hooks_of_the_sections_has_those_of_the_whole() {
    let part = part("one");
    let heard = Arc::clone(&part.1);
    let text = "{around: {inner: {level: 1}, quiet: {motd: a}}, value: {value: 1, unused: 1}}";
    let (board, reloader) = start::<Whole, _>(text, Arc::new(part));
    board.write(text.replace("level: 1", "level: 2").replace("value: 1", "value: 3"));
    assert_eq!(reloader.reload(Trigger::api("test")).wait().unwrap().verdict(), Verdict::Applied);
    assert_eq!(*heard.lock().unwrap(), ["one 2", "one 3"]);
}

/// Sections without hooks in every form: by parameter, twice, behind pointers, of another crate.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(bound = "")]
struct Hookless<S: Reloadable> {
    #[reload(nested)]
    of_the_parameter: S,
    #[reload(nested)]
    again: Option<Box<S>>,
    #[reload(nested)]
    quiet: Quiet,
    #[reload(nested)]
    twice: Arc<Quiet>,
    #[reload(nested)]
    optional: Option<Quiet>,
    #[reload(restart, nested)]
    frozen: Inner,
    #[serde(skip)]
    nothing: PhantomData<S>,
}

#[test]
fn a_configuration_whose_sections_have_no_hooks_starts_without_them() {
    let text = "\
of_the_parameter: {motd: a}
again: {motd: a}
quiet: {motd: a}
twice: {motd: a}
optional: {motd: a}
frozen: {level: 1}
";
    let board = dlc_reload::testing::Memory::yaml(text);
    let boot = Loader::<Hookless<Quiet>>::new().source(board.clone()).load().unwrap();
    let reloader = boot.reloader().watch(Watching::Off).start().unwrap();
    board.write(text.replace("motd: a", "motd: b"));
    let report = reloader.reload(Trigger::api("test")).wait().unwrap();
    assert_eq!((report.verdict(), report.changes().len()), (Verdict::Applied, 5));
}

/// The routes of a configuration of another crate, to a part of this one.
struct Led(Part);

impl EverythingHooks for Led {
    fn on_level<'a>(&'a self, change: Change<'a, u8>) -> HookResult<'a> {
        self.0.heard(change)
    }

    fn on_quiet(&self, _: QuietDiff<'_>) -> HookResult<'_> {
        Ok(Commit::none())
    }
}

impl EverythingInnerRoute for Led {
    fn inner(&self) -> &dyn InnerHooks {
        &self.0
    }
}

impl EverythingOptionalRoute for Led {
    fn optional(&self) -> &dyn InnerHooks {
        &self.0
    }
}

impl EverythingGenericRoute for Led {
    fn generic(&self) -> &dyn GenericHooks<u8> {
        &self.0
    }
}

impl EverythingNamedRoute for Led {
    fn named(&self) -> &dyn oddly_namedHooks {
        &lints::App
    }
}

#[test]
fn a_configuration_of_another_crate_is_led_elsewhere() {
    let part = part("led");
    let heard = Arc::clone(&part.1);
    let text = "{level: 1, inner: {level: 1}, generic: {value: 1, unused: 1}}";
    let (board, reloader) = start::<Everything, _>(text, Arc::new(Led(part)));
    board.write(text.replace("level: 1", "level: 2").replace("value: 1", "value: 3"));
    assert_eq!(reloader.reload(Trigger::api("test")).wait().unwrap().verdict(), Verdict::Applied);
    assert_eq!(*heard.lock().unwrap(), ["led 2", "led 2", "led 3"]);
}
