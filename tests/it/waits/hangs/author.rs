//! A service of which each piece of the author's code may hang.

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use dlc_reload::{
    Change, Commit, HookResult, Intent, Invalid, Loader, Observer, Probation, Reloadable, Reloader,
    Report, Restarts, Running, Trigger, Verdict, Veto,
    source::{Intake, Source},
    testing::{Memory, Stage},
};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use tracing_subscriber::{
    layer::{Context, Layer, SubscriberExt},
    registry,
};

use super::super::PATIENCE;
use crate::log_lines::Lines;

/// A value of which operations may hang.
pub(super) struct Probe(u32);

#[derive(Clone, Serialize, Deserialize, Reloadable)]
#[reload(validate = validated)]
pub(super) struct Config {
    #[reload(hot)]
    probe: Probe,
    #[reload(hot)]
    rate: u32,
    #[reload(restart)]
    port: u16,
}

/// The hook of `rate` refuses it.
pub(super) const REFUSED: u32 = 901;
/// The commit of `rate` fails.
pub(super) const BREAKS: u32 = 902;
/// The commit of `rate` fails, and `probe` cannot be left again.
pub(super) const STAYS: u32 = 903;

/// The place that is to hang, how it tells that it does, and what it waits for.
type Gate = (&'static str, mpsc::Sender<()>, mpsc::Receiver<()>);

static GATE: Mutex<Option<Gate>> = Mutex::new(None);

/// Hangs, if this place is to.
fn pass(place: &str) {
    let gate = GATE.lock().unwrap().take_if(|(closed, ..)| *closed == place);
    if let Some((_, arrived, released)) = gate {
        arrived.send(()).unwrap();
        let _ = released.recv_timeout(PATIENCE);
    }
}

/// The same on the reload thread only.
fn pass_there(place: &str) {
    if thread::current().name() == Some("dlc-reload") {
        pass(place);
    }
}

/// A place that hangs, until this is dropped.
pub(super) struct Hanging {
    arrived: mpsc::Receiver<()>,
    _release: mpsc::Sender<()>,
}

impl Hanging {
    pub(super) fn at(place: &'static str) -> Self {
        let ((arrive, arrived), (release, released)) = (mpsc::channel(), mpsc::channel());
        *GATE.lock().unwrap() = Some((place, arrive, released));
        Self { arrived, _release: release }
    }

    pub(super) fn until_there(&self) {
        self.arrived.recv_timeout(PATIENCE / 2).unwrap();
    }
}

impl Clone for Probe {
    fn clone(&self) -> Self {
        pass_there("clone");
        Self(self.0)
    }
}

impl PartialEq for Probe {
    fn eq(&self, other: &Self) -> bool {
        pass_there("compare");
        self.0 == other.0
    }
}

impl Serialize for Probe {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        pass_there("serialize");
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Probe {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        pass("deserialize");
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

fn validated(config: &Config) -> Result<(), Invalid> {
    pass("validator");
    if config.port == 80 {
        pass("validator, with the port in force");
    }
    Ok(())
}

pub(super) struct Author;

impl Drop for Author {
    fn drop(&mut self) {
        pass_there("drop of the hooks");
    }
}

/// A commit that runs, or is dropped.
struct Fate;

impl Drop for Fate {
    fn drop(&mut self) {
        pass("drop");
    }
}

impl ConfigHooks for Author {
    fn on_probe(&self, probe: Change<'_, Probe>) -> HookResult<'_> {
        pass(if probe.new.0 > probe.old.0 { "hook" } else { "undo" });
        let fate = Fate;
        let (old, new) = (probe.old.0, probe.new.0);
        Ok(Commit::fallible(move || {
            let _fate = fate;
            pass(if new > old { "commit" } else { "undo, the commit" });
            if old == STAYS { Err("it cannot be left".into()) } else { Ok(()) }
        }))
    }

    fn on_rate(&self, rate: Change<'_, u32>) -> HookResult<'_> {
        let new = *rate.new;
        if new == REFUSED {
            return Err("no".into());
        }
        Ok(Commit::fallible(move || {
            if new == BREAKS || new == STAYS { Err("it breaks".into()) } else { Ok(()) }
        }))
    }
}

impl Source for Author {
    fn read(&self, _: &mut Intake<'_>) {
        pass("source");
    }

    fn name(&self) -> Cow<'_, str> {
        "the\nvault".into()
    }
}

/// A source and observer without a name of its own.
pub(super) struct Nameless;

impl Source for Nameless {
    fn read(&self, _: &mut Intake<'_>) {
        pass("nameless source");
    }
}

impl Observer for Nameless {
    fn intended(&self, _: &Intent<'_>) -> Result<(), Veto> {
        pass("intended");
        Ok(())
    }

    fn reported(&self, report: &Report) {
        pass(if report.id() == 0 { "reported, start" } else { "reported" });
    }
}

impl Observer for Author {
    fn reported(&self, _: &Report) {
        pass("named observer");
    }

    fn name(&self) -> Cow<'_, str> {
        "metrics".into()
    }
}

impl<S: tracing::Subscriber> Layer<S> for Author {
    fn on_event(&self, _: &tracing::Event<'_>, _: Context<'_, S>) {
        pass_there("log");
    }
}

/// A service of which everything may hang, and its log.
pub(super) struct Service {
    pub(super) file: Memory,
    pub(super) stage: Stage,
    lines: Lines,
    reloader: Option<Reloader<Config>>,
}

impl Service {
    pub(super) fn start() -> Self {
        let mut service = Self::ready();
        service.reloader = Some(service.starting());
        service
    }

    /// A service that is not started yet.
    pub(super) fn ready() -> Self {
        let lines = Lines::default();
        let heard = registry().with(Author).with(lines.clone());
        tracing::subscriber::set_global_default(heard).unwrap();
        let file = Memory::yaml("{probe: 1, rate: 1, port: 80}");
        Self { file, stage: Stage::new(), lines, reloader: None }
    }

    pub(super) fn starting(&self) -> Reloader<Config> {
        let loader = Loader::<Config>::new().source(self.file.clone());
        let probation = Probation::new(|| {
            pass("health check");
            Ok(())
        });
        let boot = loader.source(Author).source(Nameless).load().unwrap();
        let builder = boot.reloader().hooks(Arc::new(Author)).observer(Arc::new(Nameless));
        builder
            .observer(Arc::new(Author))
            .restarts(Restarts::ask(|_| pass("restart handler")))
            .on_critical(|_| pass("critical handler"))
            .probation(probation)
            .slow_steps(Duration::from_millis(20))
            .stage(&self.stage)
            .start()
            .unwrap()
    }

    pub(super) fn reloader(&self) -> &Reloader<Config> {
        self.reloader.as_ref().unwrap()
    }

    pub(super) fn running(&self) -> Option<Running> {
        self.reloader().status().running
    }

    pub(super) fn reload(&self, probe: u32, rate: u32, port: u16) -> Verdict {
        self.file.write(format!("{{probe: {probe}, rate: {rate}, port: {port}}}"));
        self.reloader().reload(Trigger::api("a test")).wait().unwrap().verdict()
    }

    /// Waits until the log has named something twice.
    pub(super) fn until_named(&self, what: &str) {
        for _ in 0..2 {
            self.lines.until(PATIENCE, |line| {
                line.starts_with(&format!(
                    "WARN {what} is still running, other reloads wait for it"
                )) && line.contains(" duration_us=")
            });
        }
    }

    /// Lets a place hang in what `work` does, and sees that the status and the log name the step.
    pub(super) fn names<T: Send>(
        &self,
        place: &'static str,
        step: &Value,
        what: &str,
        work: impl FnOnce() -> T + Send,
    ) -> T {
        assert_eq!(self.running(), None, "before {place}");
        // What the log says of the place before is said.
        self.lines.take();
        let hanging = Hanging::at(place);
        thread::scope(|scope| {
            let work = scope.spawn(work);
            hanging.until_there();
            let there = Instant::now();
            let running = self.running().unwrap_or_else(|| panic!("{place} is not named"));
            assert_eq!(running.step.to_string(), what);
            let mut shown = serde_json::to_value(&running).unwrap();
            assert!(shown.as_object_mut().unwrap().remove("duration_us").unwrap().is_u64());
            assert_eq!(shown, *step, "{place}");
            self.until_named(what);
            let least = there.elapsed();
            assert!(self.running().unwrap().duration >= least, "{place}");
            drop(hanging);
            let result = work.join().unwrap();
            assert_eq!(self.running(), None, "after {place}");
            result
        })
    }
}
