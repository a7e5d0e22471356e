//! Starting a reloader: from a configuration that was loaded to a thread that keeps it up to date.

use std::{
    any::Any,
    sync::{Arc, Mutex},
    time::Duration,
};

use super::{
    Reloader, Restarts,
    apply::{Apply, Transact},
    desired::Desired,
    engine::Engine,
    history::History,
    log,
    look::Looks,
    overrides::Overrides,
    queue::Queue,
    reporter::{Reporter, tell},
    settings::Settings,
    slow_hooks::SlowHooks,
    state::{Blocked, Reports, State},
    status::WatchStatus,
    watcher::Watcher,
};
use crate::{
    error::{Error, Problem},
    load::{Boot, Loaded},
    report::{Report, Trigger, TriggerKind, Verdict},
    section::Reloadable,
    snapshot::{Generation, Handle, Published, Snapshot},
    store::{LastKnownGood, Store, Unwritten},
};

/// The watcher of the files, and its state. The guard ends it.
pub(crate) struct Watched {
    pub(crate) status: Arc<WatchStatus>,
    pub(crate) watcher: Arc<dyn Watcher>,
    pub(crate) guard: Option<Box<dyn Any + Send + Sync>>,
}

impl<C: Reloadable> Reloader<C> {
    /// Starts the reload thread.
    ///
    /// # Errors
    ///
    /// A hot leaf that holds a secret, or a thread that cannot be started.
    pub(crate) fn start(
        boot: Boot<C>,
        transact: Transact<C>,
        settings: Settings,
        queue: &Arc<Queue>,
        watch: impl FnOnce(&[crate::source::Watched]) -> Result<Watched, Error>,
    ) -> Result<Self, Error> {
        let hot_secrets = boot.sources.shape.hot_secrets();
        if !hot_secrets.is_empty() {
            return Err(Error::invalid(hot_secrets));
        }
        let Boot { sources, published, loaded, .. } = boot;
        let Loaded { document, fingerprint, watched, candidate, degraded, good } = loaded;
        log::problems(0, &candidate.warnings);
        if let Some(good) = &degraded {
            log::degraded(good);
        }

        let mut store = Store::new(good);
        let mut unwritten = Unwritten::default();
        let past = settings.history_file.as_ref().map(|path| {
            let (past, written) =
                store.open_history(path, settings.retention, &sources.permissions);
            unwritten.note(written);
            past
        });
        let past = past.unwrap_or_default();
        let first = numbered(&published, past.last);
        let report = start_report(&first, degraded.as_ref(), candidate.warnings);
        let config = Arc::new(candidate.config);
        let state = State {
            desired: Desired { config, document, pending: Vec::new() },
            base: Arc::clone(&first),
            overrides: Overrides::default(),
            trial: None,
            blocked: Blocked::default(),
            history: History::new(past, &first, settings.retention),
            reports: Reports {
                last: None,
                last_failure: degraded.is_some().then(|| report.clone()),
            },
            consistent: true,
            last_known_good: degraded,
            unwritten,
        };
        let state = Arc::new(Mutex::new(state));
        let Watched { status, watcher, guard } = watch(&watched)?;
        let slow_hooks = Arc::new(SlowHooks::new(settings.slow_hooks, C::TABLE));
        let mut monitors = settings.monitors;
        monitors.insert(0, Arc::clone(&slow_hooks) as _);
        let rejects_restarts = matches!(settings.restarts, Restarts::Reject);
        let mut engine = Engine {
            apply: Apply {
                sources: Arc::clone(&sources),
                published: Arc::clone(&published),
                state: Arc::clone(&state),
                transact,
                observers: settings.observers,
                monitors,
                clock: settings.clock,
                rejects_restarts,
            },
            looks: Looks::new(watcher, fingerprint),
            probation: settings.probation,
            reporter: Reporter {
                store,
                restarts: settings.restarts,
                on_critical: settings.on_critical,
            },
        };
        engine.reporter.keep_start(&engine.apply, &first);
        tell(&engine.apply, &report);

        let mut attached: Vec<Box<dyn Any + Send + Sync>> =
            vec![Box::new(Arc::clone(&slow_hooks).watch()?)];
        let (tasks, ended) = (Arc::clone(queue), Arc::clone(&published));
        let thread = std::thread::Builder::new()
            .name("dlc-reload".to_owned())
            .spawn(move || {
                // However this thread ends, those who wait for it learn that it has ended.
                let _end = End { queue: Arc::clone(&tasks), published: ended };
                tasks.take_over();
                engine.run(&tasks);
            })
            .map_err(|error| {
                Error::runtime(format!("cannot start the reload thread: {error}"), error)
            })?;
        attached.extend(guard);
        Ok(Self {
            handle: Handle::new(published),
            queue: Arc::clone(queue),
            state,
            sources,
            watching: status,
            slow_hooks,
            rejects_restarts,
            thread: Some(thread),
            attached,
        })
    }
}

/// Returns the configuration of the start, which is published anew under the generation after the last one.
fn numbered<C: Clone>(published: &Published<C>, last: Option<Generation>) -> Arc<Snapshot<C>> {
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
        started_at: first.accepted_at(),
        duration: Duration::ZERO,
    }
}

/// The end of the reload thread: dropping it tells everyone who waits for the thread.
struct End<C> {
    queue: Arc<Queue>,
    published: Arc<Published<C>>,
}

impl<C> Drop for End<C> {
    fn drop(&mut self) {
        self.queue.stop();
        self.published.stop();
    }
}
