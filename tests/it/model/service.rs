//! A real service: hooks that hold state, and a reloader that runs them.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, SystemTime},
};

use dlc_reload::{
    Change, Changed, Commit, HookResult, Intent, Invalid, Key, Loader, NextBoot, NextRetry,
    Observer, Probation, Reloadable, Reloader, Report, Restarts, Trigger, Veto, Watching,
    testing::{Call, Memory, Stage},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    operation::{
        ALL,
        Field::{self, Entries, Level, Limit, Motd, Port, Rate, Size},
        Operation, Settings, Values, first, hooked, shown, valid,
    },
    reference::KEPT,
    view::View,
};
use crate::{fixture::rollback, staged::Looks};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(validate = Self::check)]
struct Config {
    #[reload(hot)]
    rate: u32,
    #[reload(nested, hook)]
    log: Log,
    #[reload(nested)]
    cache: Option<Cache>,
    #[reload(hot)]
    size: u32,
    #[reload(hot, live)]
    motd: u32,
    #[reload(restart)]
    limit: u32,
    #[reload(restart)]
    port: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Log {
    #[reload(hot)]
    level: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Cache {
    #[reload(hot)]
    entries: u32,
}

impl Config {
    fn check(&self) -> Result<(), Invalid> {
        if valid(&self.values()) { Ok(()) } else { Err(Invalid::from("not valid".to_owned())) }
    }

    fn values(&self) -> Values {
        let Self { rate, log, cache, size, motd, limit, port } = self;
        let always = [(Rate, *rate), (Level, log.level), (Size, *size), (Motd, *motd)];
        let restart = [(Limit, *limit), (Port, *port)];
        let cache = cache.as_ref().map(|cache| (Entries, cache.entries));
        always.into_iter().chain(restart).chain(cache).collect()
    }
}

/// What the service does, beyond its configuration: only commits change it.
struct World {
    values: Mutex<Values>,
    /// As many as there are commits that were neither run nor dropped, and one.
    tokens: Arc<()>,
    /// The changes that do not begin where the world stands.
    astray: Mutex<Vec<String>>,
}

impl World {
    fn hook<'a>(&'a self, field: Field, change: Change<'a, u32>) -> HookResult<'a> {
        let stands = self.values.lock().unwrap().get(&field).copied();
        if stands != Some(*change.old) {
            let line = format!("{} is {stands:?}, not {}", field.key(), change.old);
            self.astray.lock().unwrap().push(line);
        }
        let (token, for_undo) = (Arc::clone(&self.tokens), Arc::clone(&self.tokens));
        let run = move || {
            drop(token);
            self.values.lock().unwrap().insert(field, *change.new)
        };
        let undo = move |before: Option<u32>| {
            drop(for_undo);
            self.values.lock().unwrap().insert(field, before.ok_or("it was not there")?);
            Ok(())
        };
        Ok(match (field.commit_can_fail(), field.has_own_undo()) {
            (false, false) => Commit::new(move || _ = run()),
            (true, false) => Commit::fallible(move || {
                run();
                Ok(())
            }),
            (false, true) => Commit::new(run).undo(undo),
            (true, true) => Commit::fallible(move || Ok(run())).undo(undo),
        })
    }
}

impl ConfigHooks for World {
    fn on_rate<'a>(&'a self, change: Change<'a, u32>) -> HookResult<'a> {
        self.hook(Rate, change)
    }
    fn on_log<'a>(&'a self, log: LogDiff<'a>) -> HookResult<'a> {
        let token = Arc::clone(&self.tokens);
        if log.level.is_none() {
            self.astray.lock().unwrap().push("nothing in the log differs".to_owned());
        }
        Ok(Commit::new(move || drop(token)))
    }
    fn on_size<'a>(&'a self, change: Change<'a, u32>) -> HookResult<'a> {
        self.hook(Size, change)
    }
}

impl LogHooks for World {
    fn on_level<'a>(&'a self, change: Change<'a, u32>) -> HookResult<'a> {
        self.hook(Level, change)
    }
}

impl CacheHooks for World {
    fn on_entries<'a>(&'a self, change: Change<'a, u32>) -> HookResult<'a> {
        self.hook(Entries, change)
    }
}

/// Writes down what it is told, and refuses where it is told to.
#[derive(Default)]
struct Scribe {
    told: Mutex<Vec<String>>,
    refuses: AtomicBool,
}

impl Observer for Scribe {
    fn intended(&self, intent: &Intent<'_>) -> Result<(), Veto> {
        let (changes, waiting) = (changes(intent.changes), intent.pending.iter().map(waits));
        let waiting: Vec<_> = waiting.collect();
        let line = format!("intent {}: {changes:?}, {waiting:?} wait", intent.id);
        self.told.lock().unwrap().push(line);
        if self.refuses.load(Ordering::Relaxed) { Err("no room".into()) } else { Ok(()) }
    }

    fn reported(&self, report: &Report) {
        // The start is no step.
        if report.id() > 0 {
            self.told.lock().unwrap().push(told(report));
        }
    }
}

fn changes(changes: &[Changed]) -> Vec<String> {
    let line = |change: &Changed| {
        let (old, new) = (shown(change.old.as_ref()), shown(change.new.as_ref()));
        format!("{} {old}>{new}", change.key)
    };
    changes.iter().map(line).collect()
}

fn waits(change: &Changed) -> String {
    format!("{} >{}", change.key, shown(change.new.as_ref()))
}

fn told(report: &Report) -> String {
    let (id, verdict, generation) = (report.id(), report.verdict(), report.generation());
    let (trigger, changes) = (report.trigger().kind(), changes(report.changes()));
    let pending: Vec<_> = report.pending().iter().map(|pending| waits(&pending.change)).collect();
    format!(
        "report {id} by {trigger}: {verdict} {changes:?}, {pending:?} wait, generation {generation}"
    )
}

/// The time from one moment to another, both by the clock of the test, which moves by whole seconds.
fn seconds(from: SystemTime, to: SystemTime) -> u64 {
    to.duration_since(from).unwrap().as_secs()
}

/// Longer than any sequence takes: the watcher looks again by itself after that.
const NEVER: Duration = Duration::from_secs(60 * 60);

/// The start by the clock of the system, which is that of the load, and by the clock of the test. However long the
/// load took, no time has passed for the rules.
struct Started {
    by_system: SystemTime,
    by_stage: SystemTime,
}

impl Started {
    fn of(reloader: &Reloader<Config>) -> Self {
        let status = reloader.status();
        Self { by_system: status.next_boot.since, by_stage: status.sources[0].since }
    }

    /// The moment by the clock of the test.
    fn on_stage(&self, moment: SystemTime) -> SystemTime {
        if moment == self.by_system { self.by_stage } else { moment }
    }
}

pub(super) struct Service {
    file: Memory,
    stage: Stage,
    world: Arc<World>,
    scribe: Arc<Scribe>,
    ill: Arc<AtomicBool>,
    criticals: Arc<AtomicU32>,
    reloader: Reloader<Config>,
    started: Started,
}

impl Service {
    pub(super) fn start(settings: Settings, text: &str) -> Self {
        let (file, stage) = (Memory::yaml(text), Stage::new());
        let world = Arc::new(World {
            values: Mutex::new(hooked(&first(settings))),
            tokens: Arc::default(),
            astray: Mutex::default(),
        });
        let (scribe, ill) = (Arc::new(Scribe::default()), Arc::new(AtomicBool::default()));
        let criticals = Arc::new(AtomicU32::default());
        let restarts = if settings.rejects { Restarts::Reject } else { Restarts::Wait };
        let counted = Arc::clone(&criticals);
        let looks = Looks::new();
        let loader = Loader::<Config>::new().source(file.clone()).source(looks.source());
        let boot = loader.load().unwrap();
        let mut builder = boot
            .reloader()
            .hooks(Arc::clone(&world))
            .watch(if settings.watched { Watching::Always } else { Watching::Off })
            .poll_interval(NEVER)
            .stage(&stage)
            .restarts(restarts)
            .history(KEPT, 1 << 20)
            .on_critical(move |_| {
                counted.fetch_add(1, Ordering::Relaxed);
            });
        if settings.observed {
            let observer: Arc<Scribe> = Arc::clone(&scribe);
            builder = builder.observer(observer);
        }
        if settings.probation {
            let asked = Arc::clone(&ill);
            let probation = Probation::new(move || {
                if asked.load(Ordering::Relaxed) { Err("ill".into()) } else { Ok(()) }
            });
            let (lasting, every) = (Duration::from_secs(30), Duration::from_secs(5));
            builder = builder.probation(probation.lasting(lasting).every(every));
        }
        let reloader = builder.start().unwrap();
        let started = Started::of(&reloader);
        looks.until_settled(&reloader, &stage);
        Self { file, stage, world, scribe, ill, criticals, reloader, started }
    }

    /// Does one operation; `text` is what the source says after it. Answers the report for the caller.
    pub(super) fn run(&self, operation: &Operation, text: &str) -> Option<String> {
        let report = match operation {
            Operation::Write(_)
            | Operation::Comment
            | Operation::BreakSyntax
            | Operation::BreakType => {
                self.file.write(text);
                return None;
            }
            Operation::Reload => self.reloader.reload(Trigger::api("a test")),
            Operation::RollBack(generation) => self.reloader.rollback_to(*generation, rollback()),
            Operation::Override(field, value, time) => {
                let time = Duration::from_secs(*time);
                let (fields, some) = (Config::fields(), value.unwrap_or_default());
                let reloader = &self.reloader;
                match field {
                    Rate => reloader.override_field(fields.rate(), some),
                    Level => reloader.override_field(fields.log().level(), some),
                    Entries => reloader.override_field(fields.cache().entries(), *value),
                    Size => reloader.override_field(fields.size(), some),
                    _ => reloader.override_field(fields.motd(), some),
                }
                .for_duration(time)
            }
            Operation::EndOverride(field) => {
                let fields = Config::fields();
                let key: Key = match field {
                    Rate => fields.rate().into(),
                    Level => fields.log().level().into(),
                    Entries => fields.cache().entries().into(),
                    Size => fields.size().into(),
                    _ => fields.motd().into(),
                };
                self.reloader.end_override(key, Trigger::api("a test"))
            }
            other => {
                self.prepare(other);
                return None;
            }
        };
        Some(told(&report.wait().unwrap()))
    }

    /// What is no call of the reloader.
    fn prepare(&self, operation: &Operation) {
        match operation {
            Operation::Advance(time) => self.stage.advance(Duration::from_secs(*time)),
            Operation::Break(field, fault) => self.stage.inject(field.key(), *fault),
            Operation::Heal => self.stage.heal(),
            Operation::FallIll => self.ill.store(true, Ordering::Relaxed),
            Operation::GetWell => self.ill.store(false, Ordering::Relaxed),
            Operation::Refuse(refuse) => self.scribe.refuses.store(*refuse, Ordering::Relaxed),
            _ => {}
        }
    }

    pub(super) fn plan(&self) -> String {
        match self.reloader.plan().wait() {
            Ok(plan) => {
                let waiting: Vec<_> = plan.pending.iter().map(waits).collect();
                format!("{:?}, {waiting:?} wait", changes(&plan.changes))
            }
            Err(_) => "refused".to_owned(),
        }
    }

    pub(super) fn view(&self) -> View {
        let status = self.reloader.status();
        let called = |call: &Call| {
            let failed = if call.failed.is_some() { " failed" } else { "" };
            format!("{} {}{failed}", call.what, call.key)
        };
        let known =
            |key: &Key| ALL.into_iter().find(|field| *key == Key::from(field.key())).unwrap();
        let number = |value: &Value| u32::try_from(value.as_u64().unwrap()).unwrap();
        let desired = status
            .fields
            .iter()
            .filter_map(|field| Some((known(&field.key), number(field.desired.as_ref()?))));
        let overrides = status.overrides.iter();
        View {
            ready: self.reloader.is_ready(),
            consistent: status.consistent,
            generation: status.generation,
            effective: self.reloader.handle().load().values(),
            world: self.world.values.lock().unwrap().clone(),
            desired: desired.collect(),
            pending: status.pending.iter().map(|pending| waits(&pending.change)).collect(),
            overrides: overrides.map(|held| format!("{} {}", held.key, held.value)).collect(),
            probation: status.probation.map(|probation| probation.generation),
            retries: status.next_retry.map(|NextRetry { at, retries, since, .. }| {
                format!("{retries}, the next at {} s", seconds(since, at))
            }),
            next_boot: {
                let NextBoot { outcome, since, looked_at, .. } = status.next_boot;
                let [since, looked_at] =
                    [since, looked_at].map(|moment| self.started.on_stage(moment));
                format!("{outcome:?} for {} s", seconds(since, looked_at))
            },
            history: self.reloader.history().iter().map(|past| past.generation).collect(),
            criticals: self.criticals.load(Ordering::Relaxed),
            last_report: status.last_report.as_ref().map(told).unwrap_or_default(),
            told: std::mem::take(&mut self.scribe.told.lock().unwrap()),
            calls: self.stage.calls().iter().map(called).collect(),
        }
    }

    /// How many commits were neither run nor dropped.
    pub(super) fn open_commits(&self) -> usize {
        Arc::strong_count(&self.world.tokens) - 1
    }

    /// The changes that a hook was asked for and that did not begin where the world stood.
    pub(super) fn astray(&self) -> Vec<String> {
        std::mem::take(&mut self.world.astray.lock().unwrap())
    }
}
