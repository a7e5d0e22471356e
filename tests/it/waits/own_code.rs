//! Every method, called from every place in which the author's code runs.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    collections::BTreeMap,
    fmt,
    rc::Rc,
    sync::{Arc, Mutex, Weak},
    thread,
    time::Duration,
};

use dlc_reload::{
    Change, Commit, HookResult, Intent, Invalid, Loader, Observer, Probation, Reloadable, Reloader,
    Report, Restarts, Trigger, Veto, Watch,
    source::{Intake, Source},
    testing::{Memory, Stage},
};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tracing_subscriber::{
    layer::{Context, Layer, SubscriberExt},
    registry,
};

use super::in_time;

/// A value of which every operation asks the reloader everything.
struct Probe(u32);

#[derive(Clone, Serialize, Deserialize, Reloadable)]
#[reload(validate = validated)]
struct Config {
    #[reload(hot)]
    probe: Probe,
    #[reload(hot, live)]
    rate: f64,
    #[reload(restart)]
    port: u16,
}

static RELOADER: Mutex<Weak<Reloader<Config>>> = Mutex::new(Weak::new());

/// The number of times that each place asked, on the reload thread and on others.
static ASKED: Mutex<BTreeMap<(&str, bool), u32>> = Mutex::new(BTreeMap::new());

thread_local! {
    static ASKS: Cell<bool> = const { Cell::new(false) };
    static OWN: RefCell<Option<Rc<Watch<Probe>>>> = const { RefCell::new(None) };
}

/// Calls every method, unless this is one of the calls, or the place has asked often enough.
fn ask(place: &'static str) {
    let Some(reloader) = RELOADER.lock().unwrap().upgrade() else { return };
    let on_reload_thread = thread::current().name() == Some("dlc-reload");
    if ASKS.try_with(|asks| asks.replace(true)).unwrap_or(true) {
        return;
    }
    let times = {
        let mut asked = ASKED.lock().unwrap();
        let times = asked.entry((place, on_reload_thread)).or_default();
        *times += 1;
        *times
    };
    if times <= 40 {
        read_all(&reloader);
        if on_reload_thread && times <= 2 {
            change_all(&reloader);
        }
    }
    drop(reloader);
    ASKS.set(false);
}

fn read_all(reloader: &Reloader<Config>) {
    let (probe, handle) = (Config::fields().probe(), reloader.handle());
    let _ = (reloader.status(), reloader.history(), reloader.explain("probe"), reloader.origins());
    let _ =
        (reloader.is_ready(), reloader.diff(1, 2), reloader.plan().wait(), format!("{reloader:?}"));
    let _ = (handle.load().rate, handle.get().generation(), format!("{:?}", handle.load().port));
    read_watch(&reloader.watch(probe));
    read_watch(&handle.watch(probe));
    // The watch that this thread may just be in the middle of reading.
    if let Some(own) = OWN.with(|own| own.borrow().clone()) {
        read_watch(&own);
    }
    let rate = handle.watch(Config::fields().rate());
    let _ = (rate.get(), rate.clone().get());
}

fn read_watch(watch: &Watch<Probe>) {
    watch.with(|probe| probe.0);
    watch.clone().with(|probe| probe.0);
    let _ = (watch.wait_timeout(Duration::ZERO), format!("{watch:?}"));
    let _ = super::polled_once(watch.changed());
}

/// The requests are refused here, and done later.
fn change_all(reloader: &Reloader<Config>) {
    let (probe, minute) = (Config::fields().probe(), Duration::from_secs(60));
    let by = || Trigger::api("a test");
    let asked = || {
        [
            reloader.reload(by()),
            reloader.override_field(probe, Probe(7)).for_duration(minute),
            reloader.override_field(probe, Probe(8)).until_ended(),
            reloader.override_key("probe", 9).until_ended(),
            reloader.end_override(probe, by()),
            reloader.rollback_to(1, by()),
        ]
    };
    drop(asked());
    for asked in asked() {
        assert!(asked.wait().unwrap_err().is_reentrant());
    }
    for asked in asked() {
        let refused = super::polled_once(asked).expect("it could never be done");
        assert!(refused.unwrap_err().is_reentrant());
    }
    assert!(reloader.plan().wait().unwrap_err().is_reentrant());
    let watch = reloader.watch(probe);
    while watch.wait().is_ok() {}
}

impl Clone for Probe {
    fn clone(&self) -> Self {
        ask("clone");
        Self(self.0)
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        ask("drop");
    }
}

impl PartialEq for Probe {
    fn eq(&self, other: &Self) -> bool {
        ask("compare");
        self.0 == other.0
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ask("debug");
        self.0.fmt(f)
    }
}

impl Serialize for Probe {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ask("serialize");
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Probe {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ask("deserialize");
        u32::deserialize(deserializer).map(Self)
    }
}

impl JsonSchema for Probe {
    fn schema_name() -> Cow<'static, str> {
        u32::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        u32::json_schema(generator)
    }
}

fn validated(_: &Config) -> Result<(), Invalid> {
    ask("validator");
    Ok(())
}

struct Author;

impl ConfigHooks for Author {
    fn on_probe(&self, _: Change<'_, Probe>) -> HookResult<'_> {
        ask("hook");
        Ok(Commit::new(|| ask("commit")))
    }
}

impl Source for Author {
    fn read(&self, _: &mut Intake<'_>) {
        ask("source");
    }
}

impl Observer for Author {
    fn intended(&self, _: &Intent<'_>) -> Result<(), Veto> {
        ask("intended");
        Ok(())
    }

    fn reported(&self, _: &Report) {
        ask("reported");
    }
}

impl<S: tracing::Subscriber> Layer<S> for Author {
    fn on_event(&self, _: &tracing::Event<'_>, _: Context<'_, S>) {
        ask("log");
    }
}

fn everything() {
    let (file, stage) = (Memory::yaml("{probe: 1, rate: 1, port: 80}"), Stage::new());
    let loader = Loader::<Config>::new().source(file.clone()).source(Author);
    let probation = Probation::new(|| {
        ask("health check");
        Ok(())
    });
    let reloader = loader
        .load()
        .unwrap()
        .reloader()
        .hooks(Arc::new(Author))
        .observer(Arc::new(Author))
        .restarts(Restarts::ask(|_| ask("restart handler")))
        .probation(probation)
        .history(2, 1 << 20)
        .stage(&stage)
        .start()
        .unwrap();
    let reloader = Arc::new(reloader);
    *RELOADER.lock().unwrap() = Arc::downgrade(&reloader);
    let watch = Rc::new(reloader.watch(Config::fields().probe()));
    OWN.set(Some(Rc::clone(&watch)));
    for round in 2..8 {
        file.write(format!("{{probe: {round}, rate: {round}, port: 8{round}}}"));
        reloader.reload(Trigger::api("a test")).wait().unwrap();
        watch.with(|probe| probe.0);
        file.write(format!("{{probe: 1{round}, rate: {round}, port: 8{round}}}"));
        reloader.reload(Trigger::api("a test")).wait().unwrap();
        let _ = watch.wait_timeout(Duration::ZERO);
        stage.advance(Duration::from_secs(60));
    }
    read_all(&reloader);
    OWN.set(None);
    *RELOADER.lock().unwrap() = Weak::new();
    drop(reloader);
}

#[test]
#[cfg(target_os = "linux")]
fn d2_every_method_returns_wherever_the_authors_code_calls_it() {
    use crate::subprocess::{is_alone, passes, this_binary};
    if !is_alone() {
        let name = "waits::own_code::d2_every_method_returns_wherever_the_authors_code_calls_it";
        return passes(this_binary(name));
    }
    tracing::subscriber::set_global_default(registry().with(Author)).unwrap();
    in_time(everything);
    let asked = ASKED.lock().unwrap();
    let places: Vec<_> = asked.keys().filter(|(_, own)| *own).map(|(place, _)| *place).collect();
    let all = [
        "clone",
        "commit",
        "compare",
        "deserialize",
        "drop",
        "health check",
        "hook",
        "intended",
        "log",
        "reported",
        "restart handler",
        "serialize",
        "source",
        "validator",
    ];
    assert_eq!(places, all);
}
