//! Hooks, and the transaction that runs them: prepare all, then commit all or none.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
};

use super::change::{Index, Way};
use crate::{
    error::{Problem, ProblemKind},
    place::Key,
    sync::lock,
};

/// The result of a hook: a commit, or the reason why the change is refused.
pub type HookResult<'a> = Result<Commit<'a>, Veto>;

/// The second half of a hook: runs once every hook has agreed, or is dropped.
///
/// Exactly one of the two happens to every commit. Dropping it must leave no trace, so whatever the
/// hook prepared (a file it opened, a client it built) is moved into the closure and goes with it.
///
/// ```
/// use std::{num::NonZeroU32, sync::Mutex};
/// use dlc_reload::{Change, Commit, HookResult, Reloadable};
///
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(hot)] rate: u32 }
/// struct Throttle(Mutex<NonZeroU32>);
///
/// impl ConfigHooks for Throttle {
///     fn on_rate(&self, rate: Change<'_, u32>) -> HookResult<'_> {
///         // This can fail, and nothing has happened so far.
///         let rate = NonZeroU32::try_from(*rate.new)?;
///         // This cannot.
///         Ok(Commit::new(move || *self.0.lock().unwrap() = rate))
///     }
/// }
///
/// let throttle = Throttle(Mutex::new(NonZeroU32::MIN));
/// assert!(throttle.on_rate(Change::new(&1, &0)).is_err());
/// let commit = throttle.on_rate(Change::new(&1, &50));
/// drop(commit); // as where another hook refuses
/// assert_eq!(*throttle.0.lock().unwrap(), NonZeroU32::MIN);
/// ```
/// # Order
///
/// Commits that can fail run before those that cannot, each in declaration order: where at most one of them can fail,
/// nothing has to be undone.
#[must_use = "return it from the hook; a dropped commit changes nothing"]
pub struct Commit<'a, T = ()> {
    run: Option<Run<'a, T>>,
    /// Its undo, if that is not for the hook to say.
    undo: Option<Run<'a, ()>>,
    can_fail: bool,
}

type Run<'a, T> = Box<dyn FnOnce() -> Result<T, Veto> + Send + 'a>;

impl<'a, T> Commit<'a, T> {
    /// Makes a commit that cannot fail.
    pub fn new(commit: impl FnOnce() -> T + Send + 'a) -> Self {
        Self { can_fail: false, ..Self::fallible(move || Ok(commit())) }
    }

    /// Makes a commit that can fail; `?` works in it.
    ///
    /// Where one fails, it must have done nothing, and the commits that ran before it are undone. Prefer to do what can
    /// fail before the commit, in the hook itself.
    pub fn fallible(commit: impl FnOnce() -> Result<T, Veto> + Send + 'a) -> Self {
        Self { run: Some(Box::new(commit)), undo: None, can_fail: true }
    }

    /// Makes a commit that can fail and awaits, on the runtime of [`Builder::runtime`](crate::Builder::runtime), which
    /// has an example. What [`fallible`](Self::fallible) says holds for it as well.
    #[cfg(feature = "tokio")]
    pub fn future(commit: impl Future<Output = Result<T, Veto>> + Send + 'a) -> Self {
        Self::fallible(|| crate::sync::block_on(commit))
    }

    /// Adds what undoes the commit if another one fails: it gets what the commit returned, such as what was there
    /// before.
    ///
    /// Without it, the hook is asked for the change reversed, and has to make anew what the commit replaced. Once it is
    /// not needed it is dropped, with what it got.
    ///
    /// ```
    /// use std::{net::{SocketAddr, TcpListener}, sync::Mutex};
    /// use dlc_reload::{Change, Commit, HookResult, Reloadable};
    ///
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// # struct Config { #[reload(hot)] listen: SocketAddr }
    /// struct Server(Mutex<TcpListener>);
    ///
    /// impl Server {
    ///     fn listen_on(&self, listener: TcpListener) -> TcpListener {
    ///         std::mem::replace(&mut *self.0.lock().unwrap(), listener)
    ///     }
    /// }
    ///
    /// impl ConfigHooks for Server {
    ///     fn on_listen(&self, listen: Change<'_, SocketAddr>) -> HookResult<'_> {
    ///         let listener = TcpListener::bind(listen.new)?;
    ///         Ok(Commit::new(move || self.listen_on(listener)).undo(|before| {
    ///             self.listen_on(before);
    ///             Ok(())
    ///         }))
    ///     }
    /// }
    /// ```
    pub fn undo(self, undo: impl FnOnce(T) -> Result<(), Veto> + Send + 'a) -> Commit<'a>
    where
        T: Send + 'a,
    {
        let Self { run, can_fail, .. } = self;
        let Some(run) = run else { return Commit::none() };
        let returned = Arc::new(Mutex::new(None));
        let kept = Arc::clone(&returned);
        let run = move || {
            *lock(&kept) = Some(run()?);
            Ok(())
        };
        let undo = move || {
            let returned = lock(&returned).take();
            returned.map_or(Ok(()), undo)
        };
        Commit { run: Some(Box::new(run)), undo: Some(Box::new(undo)), can_fail }
    }
}

impl Commit<'_> {
    /// Makes a commit with nothing left to do.
    pub const fn none() -> Self {
        Self { run: None, undo: None, can_fail: false }
    }

    fn run(self) -> Result<(), Veto> {
        self.run.map_or(Ok(()), |run| run())
    }
}

impl<T> fmt::Debug for Commit<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.run.is_some() { "Commit" } else { "Commit::none()" })
    }
}

/// The reason why a hook refuses a change, or why a commit failed.
///
/// Every error and every text becomes one, with `?` or `into`. Never put a secret into it: it is
/// logged and reported. It displays with its causes.
///
/// ```
/// use dlc_reload::Veto;
///
/// fn port(text: &str) -> Result<u16, Veto> {
///     if text == "http" {
///         return Err("write the number of the port".into());
///     }
///     Ok(text.parse()?)
/// }
/// assert_eq!(port("http").unwrap_err().to_string(), "write the number of the port");
/// assert_eq!(port("8O").unwrap_err().to_string(), "invalid digit found in string");
/// ```
pub struct Veto(Box<dyn std::error::Error + Send + Sync>);

impl<E: Into<Box<dyn std::error::Error + Send + Sync>>> From<E> for Veto {
    fn from(reason: E) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for Veto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for Veto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The hooks that have been asked, and what they said.
#[derive(Default)]
struct Asked<'t> {
    prepared: Vec<Prepared<'t>>,
    refused: Vec<Refusal>,
}

/// A commit that has not run.
struct Prepared<'t> {
    at: Way,
    commit: Commit<'t>,
}

/// A commit that has run, and what undoes it if the hook is not to be asked.
struct Committed<'t> {
    at: Way,
    undo: Option<Run<'t, ()>>,
}

/// A hook that refused, or a commit that failed.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// The field, as indices from the root.
    pub(crate) at: Way,
    pub(crate) reason: String,
}

impl Refusal {
    pub(crate) fn problem(&self, key: Key) -> Problem {
        Problem::error(&self.reason).with_key(key).with_kind(ProblemKind::Hook)
    }
}

/// One step that a transaction takes with one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Its hook is asked.
    Prepare(Direction),
    /// Its commit runs.
    Commit(Direction),
    /// Its commit is dropped.
    Drop,
    /// The undo of its commit is dropped.
    DropUndo,
}

/// The direction of a transaction: it makes a change, or undoes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Forward,
    Backward,
}

/// A monitor of the steps of transactions. Fields are named as indices from the root.
pub(crate) trait StepMonitor: Send + Sync {
    /// Takes note that a step begins. An error or a panic here counts as one of the step, which is not taken then.
    fn begins(&self, step: Step, at: &[Index]) -> Result<(), Veto>;

    /// Takes note that the step has ended, with the reason where it failed.
    fn ended(&self, step: Step, at: &[Index], failed: Option<&str>);
}

/// The monitors of a transaction, in the order in which they learn of a step.
pub(crate) type Monitors = [Arc<dyn StepMonitor>];

/// The part of a transaction that is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All of it.
    Whole,
    /// The hooks are asked, and what they prepared is dropped.
    Rehearsal,
}

/// The end of a transaction.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Every hook agreed, and every commit ran unless it was a rehearsal.
    Committed,
    /// At least one hook refused; nothing was committed.
    Refused(Vec<Refusal>),
    /// A commit failed, and those before it were undone.
    RolledBack { failed: Refusal },
    /// A commit failed, and undoing those before it failed as well.
    Inconsistent { failed: Refusal, not_undone: Vec<Refusal> },
}

/// Runs a transaction: asks the hooks of the fields at `places` in this order, and commits if all agree. `ask`
/// calls the hook of one field, for the change or for its reverse.
///
/// A panic in a hook or commit counts as its refusal or failure.
pub(crate) fn transact<'t>(
    monitors: &Monitors,
    extent: Extent,
    places: Vec<Way>,
    ask: impl Fn(Direction, &[Index]) -> HookResult<'t>,
) -> Outcome {
    let Asked { prepared, refused } = ask_all(monitors, Direction::Forward, places, &ask);
    if !refused.is_empty() || extent == Extent::Rehearsal {
        prepared.into_iter().for_each(|prepared| discard(monitors, prepared));
        return if refused.is_empty() { Outcome::Committed } else { Outcome::Refused(refused) };
    }
    let (committed, failed) = commit_all(monitors, prepared);
    let Some(failed) = failed else {
        committed.into_iter().for_each(|committed| forget(monitors, committed));
        return Outcome::Committed;
    };
    let not_undone = undo_all(monitors, committed, &ask);
    if not_undone.is_empty() {
        Outcome::RolledBack { failed }
    } else {
        Outcome::Inconsistent { failed, not_undone }
    }
}

/// Asks the hooks of the fields at these places.
fn ask_all<'t>(
    monitors: &Monitors,
    direction: Direction,
    places: impl IntoIterator<Item = Way>,
    ask: impl Fn(Direction, &[Index]) -> HookResult<'t>,
) -> Asked<'t> {
    let mut asked = Asked::default();
    for at in places {
        let step = Step::Prepare(direction);
        match monitored(monitors, step, &at, "the hook", || ask(direction, &at)) {
            Ok(commit) => asked.prepared.push(Prepared { at, commit }),
            Err(reason) => asked.refused.push(Refusal { at, reason }),
        }
    }
    asked
}

/// Runs commits until one fails; those that can fail come first, so that little has to be undone. Returns those that
/// ran, and the failure.
fn commit_all<'t>(
    monitors: &Monitors,
    mut prepared: Vec<Prepared<'t>>,
) -> (Vec<Committed<'t>>, Option<Refusal>) {
    prepared.sort_by_key(|prepared| !prepared.commit.can_fail);
    let mut committed = Vec::new();
    let mut prepared = prepared.into_iter();
    let failed = prepared.by_ref().find_map(|Prepared { at, mut commit }| {
        let undo = commit.undo.take();
        let step = Step::Commit(Direction::Forward);
        let done = monitored(monitors, step, &at, "the commit", || commit.run());
        let this = Committed { at, undo };
        match done {
            Ok(()) => {
                committed.push(this);
                None
            }
            Err(reason) => {
                let at = this.at.clone();
                forget(monitors, this);
                Some(Refusal { at, reason })
            }
        }
    });
    prepared.for_each(|prepared| discard(monitors, prepared));
    (committed, failed)
}

/// Undoes commits, the last one first. Whatever can be undone is, even after a failure on the way. Returns what could
/// not.
fn undo_all<'t>(
    monitors: &Monitors,
    committed: Vec<Committed<'t>>,
    ask: impl Fn(Direction, &[Index]) -> HookResult<'t>,
) -> Vec<Refusal> {
    let mut undos = Vec::new();
    let mut not_undone = Vec::new();
    for Committed { at, undo } in committed {
        match undo {
            Some(run) => undos.push((at, run)),
            None => {
                let asked = ask_all(monitors, Direction::Backward, [at], &ask);
                let run =
                    |Prepared { at, commit }| (at, Box::new(move || commit.run()) as Run<'t, ()>);
                undos.extend(asked.prepared.into_iter().map(run));
                not_undone.extend(asked.refused);
            }
        }
    }
    for (at, undo) in undos.into_iter().rev() {
        let step = Step::Commit(Direction::Backward);
        if let Err(reason) = monitored(monitors, step, &at, "the undo", undo) {
            not_undone.push(Refusal { at, reason });
        }
    }
    not_undone
}

/// Runs a step between the two calls of the monitors.
fn monitored<T>(
    monitors: &Monitors,
    step: Step,
    at: &[Index],
    what: &str,
    run: impl FnOnce() -> Result<T, Veto>,
) -> Result<T, String> {
    let result = guarded(what, || {
        monitors.iter().try_for_each(|monitor| monitor.begins(step, at))?;
        run()
    });
    let failed = result.as_ref().err().map(String::as_str);
    monitors.iter().for_each(|monitor| monitor.ended(step, at, failed));
    result
}

/// Drops a commit that will not run.
fn discard(monitors: &Monitors, Prepared { at, commit }: Prepared<'_>) {
    dropped(monitors, Step::Drop, &at, "dropping the commit", commit);
}

/// Drops what would have undone a commit.
fn forget(monitors: &Monitors, Committed { at, undo }: Committed<'_>) {
    if let Some(undo) = undo {
        dropped(monitors, Step::DropUndo, &at, "dropping the undo", undo);
    }
}

/// Drops something of the author, whose destructor may panic. That refuses nothing: it was not to run, and did not.
fn dropped<T>(monitors: &Monitors, step: Step, at: &[Index], what: &str, value: T) {
    let _ = monitored(monitors, step, at, what, || {
        drop(value);
        Ok(())
    });
}

/// Runs a piece of the author's code and turns a refusal or a panic into text.
pub(crate) fn guarded<T>(what: &str, run: impl FnOnce() -> Result<T, Veto>) -> Result<T, String> {
    // The `Display` of a veto is the author's code as well.
    caught(|| run().map_err(|veto| veto.to_string()))
        .unwrap_or_else(|message| Err(format!("{what} panicked: {message}")))
}

/// Runs a piece of the author's code and catches its panics.
///
/// # Errors
///
/// The message of the panic.
pub(crate) fn caught<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    // A panic may leave the author's values half changed, but that is for the author to judge: the
    // library keeps nothing of them.
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        let message = text.unwrap_or("a value that is not text").to_owned();
        // Its destructor is the author's code as well, and could panic where nothing catches it.
        std::mem::forget(panic);
        message
    })
}
