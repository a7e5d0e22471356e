//! Starting a reloader: from a configuration that was loaded to a thread that keeps it up to date.

use std::{
    any::Any,
    io,
    panic::resume_unwind,
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
    time::Duration,
};

use super::{
    Reloader, Restarts,
    apply::{Apply, Transact},
    controls::Controls,
    desired::Desired,
    engine::Engine,
    history::History,
    log,
    look::Looks,
    next_boot::NextBoot,
    overrides::Overrides,
    probation::Trial,
    queue::Queue,
    reporter::{Reporter, tell},
    said::{Asked, Said},
    settings::{AtStart, Settings},
    shared::Shared,
    sources::{self, SourceStates},
    state::{Blocked, Ill, Reports, State},
    status::WatchStatus,
    steps::{RunningStep, Steps},
    watcher::Watcher,
};
use crate::{
    candidate::Sources,
    error::{Error, LOG, Problem},
    hook::Extent,
    load::{Boot, Loaded},
    report::{Observer, Report, Verdict},
    section::Reloadable,
    snapshot::{Generation, Handle, Published, Snapshot},
    source::{self, Permissions},
    store::{LastKnownGood, Past, Store, Unwritten},
    sync::Runtime,
    trigger::{Trigger, TriggerKind},
};

/// The watcher of the files. The guard ends it.
pub(crate) struct FileWatch {
    pub(crate) watcher: Arc<dyn Watcher>,
    pub(crate) guard: Option<Box<dyn Any + Send + Sync>>,
}

impl<C: Reloadable> Reloader<C> {
    /// Starts the reload thread.
    ///
    /// # Errors
    ///
    /// A hot leaf that holds a secret, a value of the start that a hook refuses, or a thread that cannot be started.
    pub(crate) fn start(
        boot: Boot<C>,
        transact: Transact<C>,
        settings: Settings,
        queue: &Arc<Queue>,
        watch: impl FnOnce(&[source::Watched], Arc<WatchStatus>) -> Result<FileWatch, Error>,
    ) -> Result<Self, Error> {
        refuse_unfit_for_hot(&boot)?;
        let Boot { sources, published, loaded, .. } = boot;
        let (fingerprint, files) = (loaded.fingerprint, loaded.watched.clone());
        let Beginning { first, state, store, report } =
            Beginning::of(loaded, &sources, &published, &settings);
        let rejects_restarts = matches!(settings.restarts, Restarts::Reject);
        let state = Mutex::new(state);
        let steps = Arc::new(Steps::new(settings.slow_steps, C::TABLE, queue.writer()));
        let shared = Shared::new(sources, published, state, rejects_restarts, steps.clone());
        shared.published.is_written_by(queue.writer());
        let watching = Arc::<WatchStatus>::default();
        let mut monitors = settings.monitors;
        monitors.insert(0, Arc::clone(&steps) as _);
        let observers = settings.observers.into_iter().map(named).collect();
        let naming = Some(steps.watch()?);
        let apply = Apply {
            shared: Arc::clone(&shared),
            run_hooks: transact,
            observers,
            monitors,
            meters: settings.meters,
            watching: Arc::clone(&watching),
            clock: settings.clock,
        };
        // Before anything is kept, watched or told of: a start that is refused was none.
        let apply = run_hooks_at_start(apply, &first, settings.at_start, queue, &settings.runtime)?;
        let FileWatch { watcher, guard } = watch(&files, Arc::clone(&watching))?;
        let restarts = settings.restarts;
        let on_critical = settings.on_critical.unwrap_or(settings.default_critical);
        let mut said = Said::default();
        said.news(report.problems(), Asked::Accepted);
        let mut reporter = Reporter { store, restarts, on_critical, said, retry: None };
        // What an observer would wait for on this thread could not happen before it returns either.
        queue.writer().claim();
        reporter.keep_start(&apply, &first);
        tell(&apply, &report, true);
        apply.measure();
        queue.writer().release();
        let guards = sources::watch(&shared.sources.layers, &queue.notices())?;
        let looks = Looks::new(watcher, fingerprint, !guards.is_empty());
        let engine = Engine { apply, looks, probation: settings.probation, reporter };

        let thread = spawn(engine, Arc::clone(queue), settings.runtime)?;
        let handle = Handle::new(Arc::clone(&shared.published));
        let queue = Arc::clone(queue);
        Ok(Self {
            controls: Controls { handle, queue, shared, watching },
            thread: Some(thread),
            attached: guard.into_iter().chain(guards.into_iter().map(boxed)).collect(),
            naming,
        })
    }
}

fn refuse_unfit_for_hot<C: Reloadable>(boot: &Boot<C>) -> Result<(), Error> {
    let found = boot.sources.shape.unfit_for_hot();
    if found.is_empty() { Ok(()) } else { Err(Error::invalid(found)) }
}

/// Returns an observer with its name.
fn named(observer: Arc<dyn Observer>) -> (Arc<str>, Arc<dyn Observer>) {
    (observer.name().into(), observer)
}

fn boxed(guard: source::Guard) -> Box<dyn Any + Send + Sync> {
    Box::new(guard)
}

/// The state at the start, the files that outlive the process, and the report of the start.
struct Beginning<C> {
    first: Arc<Snapshot<C>>,
    state: State<C>,
    store: Store,
    report: Report,
}

impl<C: Reloadable> Beginning<C> {
    /// Logs what was found when the configuration was loaded, and reads the history of earlier processes.
    fn of(
        loaded: Loaded<C>,
        sources: &Sources<C>,
        published: &Published<C>,
        settings: &Settings,
    ) -> Self {
        let mut states = SourceStates::default();
        states.note(&loaded.sources, settings.clock.now()).iter().for_each(log::source);
        let Loaded { document, mut candidate, degraded, failed, good, fingerprint, .. } = loaded;
        log::problems(0, candidate.warnings.iter());
        if let Some(good) = &degraded {
            log::degraded(good);
        }
        let mut store = Store::new(good);
        let (past, unwritten) = open_history(&mut store, settings, &sources.permissions);
        let first = numbered(published, past.last);
        let failed = failed.or_else(|| {
            let kept = past.failed.as_ref().filter(|_| !store.keeps_good());
            let failed = kept.filter(|failed| failed.is(&document, sources.shape))?.clone();
            let warning = failed.warning();
            log::problems(0, [&warning].into_iter());
            candidate.warnings.push(warning);
            Some(failed)
        });
        let asked = (fingerprint.content, Arc::clone(&document));
        let trial = settings.probation.as_ref().filter(|_| failed.is_some() && degraded.is_none());
        let moment = settings.clock.moment();
        let trial =
            trial.map(|probation| Trial::begin(probation, None, asked, first.number(), moment));
        let ill = if degraded.is_some() { Ill::Earlier } else { Ill::InForce };
        let blocked = Blocked { after_probation: failed.map(ill), after_rollback: None };
        let report = start_report(&first, degraded.as_ref(), candidate.warnings);
        let last_failure = degraded.is_some().then(|| report.clone());
        let next_boot =
            NextBoot::of_start(degraded.is_some(), report.problems().to_vec(), first.accepted_at());
        let config = candidate.config;
        let state = State {
            desired: Desired { config, document, generation: first.number(), pending: Vec::new() },
            base: Arc::clone(&first),
            overrides: Overrides::default(),
            trial,
            blocked,
            refused: None,
            history: History::new(past, &first, settings.retention),
            reports: Reports { last: None, last_failure },
            consistent: true,
            last_known_good: degraded,
            unwritten,
            retries: None,
            next_boot,
            sources: states,
        };
        Self { first, state, store, report }
    }
}

/// Reads the history of earlier processes, if it is kept, and logs the failure of that.
fn open_history(store: &mut Store, settings: &Settings, by: &Permissions) -> (Past, Unwritten) {
    let mut unwritten = Unwritten::default();
    let Some(path) = &settings.history_file else { return (Past::default(), unwritten) };
    let (past, written) = store.open_history(path, settings.retention, by);
    if let Some(failure) = unwritten.note(written) {
        tracing::error!(target: LOG, "{failure}");
    }
    (past, unwritten)
}

/// The stack of the reload thread, but for the copies of a configuration.
const STACK: usize = 2 << 20;

/// The copies of a configuration that may lie on the stack at once, where a build is not optimized.
const COPIES: usize = 64;

/// Starts the reload thread.
fn spawn<C: Reloadable>(
    mut engine: Engine<C>,
    queue: Arc<Queue>,
    runtime: Runtime,
) -> Result<JoinHandle<()>, Error> {
    let published = Arc::clone(&engine.apply.shared.published);
    let steps = Arc::clone(&engine.apply.shared.steps);
    #[cfg(feature = "admin")]
    let feed = Arc::clone(&engine.apply.shared.feed);
    let run = move || {
        // However this thread ends, those who wait for it learn that it has ended.
        let end = End {
            queue: Arc::clone(&queue),
            published,
            #[cfg(feature = "admin")]
            feed,
        };
        queue.writer().claim();
        runtime.run(|| {
            engine.run(&queue);
            drop(end);
            // The hooks, observers and handlers may be dropped with it, which is the author's code as well.
            steps.run(RunningStep::Reload, || drop(engine));
        });
    };
    reload_thread::<C>().spawn(run).map_err(not_started)
}

/// Returns what makes the reload thread, or one like it. The size of a configuration is that of all its fields, so that
/// a thousand of them may leave no room on a stack of the usual size.
fn reload_thread<C>() -> thread::Builder {
    thread::Builder::new()
        .name("dlc-reload".to_owned())
        .stack_size(COPIES.saturating_mul(size_of::<C>()).saturating_add(STACK))
}

fn not_started(error: io::Error) -> Error {
    Error::runtime(format!("cannot start the reload thread: {error}"), error)
}

/// Runs the hooks with the values of the start, if the author wants that, on a thread like the one that runs them
/// later: that of the caller may belong to a runtime on which a hook could not block.
///
/// # Errors
///
/// The values that were refused; or a thread that cannot be started.
fn run_hooks_at_start<C: Reloadable>(
    apply: Apply<C>,
    first: &Snapshot<C>,
    at_start: AtStart,
    queue: &Queue,
    runtime: &Runtime,
) -> Result<Apply<C>, Error> {
    let extent = match at_start {
        AtStart::Unasked => return Ok(apply),
        AtStart::Rehearsed => Extent::Rehearsal,
        AtStart::Applied => Extent::Whole,
    };
    let run = move || {
        queue.writer().claim();
        let steps = Arc::clone(&apply.shared.steps);
        let tried = || runtime.run(|| apply.try_start(first, extent));
        let tried = steps.run(RunningStep::Reload, tried);
        queue.writer().release();
        tried.map(|()| apply).map_err(Error::invalid)
    };
    runtime.wait_for_hooks(|| {
        thread::scope(|scope| {
            let thread = reload_thread::<C>().spawn_scoped(scope, run).map_err(not_started)?;
            thread.join().unwrap_or_else(|panic| resume_unwind(panic))
        })
    })
}

/// Returns the configuration of the start, which is published anew under the generation after the last one.
fn numbered<C>(published: &Published<C>, last: Option<Generation>) -> Arc<Snapshot<C>> {
    if let Some(last) = last {
        let first = published.load_full();
        published.publish(Arc::new(first.numbered(last.next())));
    }
    published.load_full()
}

/// Makes the report of the start.
fn start_report<C>(
    first: &Snapshot<C>,
    good: Option<&LastKnownGood>,
    warnings: Vec<Problem>,
) -> Report {
    Report {
        id: 0,
        generation: first.generation(),
        trigger: Trigger::new(TriggerKind::Start),
        verdict: if good.is_some() { Verdict::Rejected } else { Verdict::Applied },
        changes: Vec::new(),
        pending: Vec::new(),
        shadowed: Vec::new(),
        problems: good.iter().flat_map(|good| good.problems.clone()).chain(warnings).collect(),
        sources: first.document().versions.clone(),
        started_at: first.accepted_at(),
        duration: Duration::ZERO,
    }
}

/// The end of the reload thread: dropping it wakes those who wait for the thread.
struct End<C> {
    queue: Arc<Queue>,
    published: Arc<Published<C>>,
    #[cfg(feature = "admin")]
    feed: Arc<super::feed::Feed>,
}

impl<C> Drop for End<C> {
    fn drop(&mut self) {
        self.queue.stop();
        self.published.stop();
        #[cfg(feature = "admin")]
        self.feed.wake();
    }
}
