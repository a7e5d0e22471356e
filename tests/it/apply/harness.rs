//! A configuration with five hooks, and a reloader that runs it.

use std::{
    path::Path,
    sync::{
        Arc, Mutex, OnceLock, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    time::Duration,
};

use dlc_reload::{
    Builder, Change, Commit, Error, Handle, HookResult, Invalid, Loader, Reloadable, Reloader,
    Report, Trigger, Veto, Watching, testing::Memory,
};
use serde::{Deserialize, Serialize};

/// Long enough for anything that happens at all.
pub(super) const LONG: Duration = Duration::from_secs(60);

/// Values that tell a hook what to do.
pub(crate) mod value {
    /// The hook refuses it.
    pub(crate) const REFUSED: u32 = 901;
    /// The hook panics.
    pub(crate) const PANICS: u32 = 902;
    /// The commit fails.
    pub(crate) const BREAKS: u32 = 903;
    /// The commit panics.
    pub(crate) const COMMIT_PANICS: u32 = 904;
    /// It is taken over, and cannot be left again.
    pub(crate) const STAYS: u32 = 905;
    /// The hook says that it runs and waits until it is let go.
    pub(crate) const WAITS: u32 = 906;
    /// The hook puts another text on the board and asks for a reload.
    pub(crate) const REENTERS: u32 = 907;
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(validate = Self::within_limit)]
pub(super) struct Config {
    #[reload(hot)]
    pub(super) a: u32,
    #[reload(hot)]
    pub(super) b: u32,
    #[reload(hot)]
    pub(super) c: u32,
    #[reload(hot)]
    pub(super) d: u32,
    #[reload(hot)]
    pub(super) e: u32,
    /// The most that `a` may be.
    #[reload(restart)]
    pub(super) limit: u32,
}

impl Config {
    fn within_limit(&self) -> Result<(), Invalid> {
        if self.a <= self.limit {
            Ok(())
        } else {
            Err(Invalid::new().at("a", format!("above the limit of {}", self.limit)))
        }
    }

    pub(super) const fn values(&self) -> [u32; 5] {
        [self.a, self.b, self.c, self.d, self.e]
    }
}

pub(super) fn text([a, b, c, d, e]: [u32; 5], limit: u32) -> String {
    format!("{{a: {a}, b: {b}, c: {c}, d: {d}, e: {e}, limit: {limit}}}")
}

/// Five hooks that write down what happens to them.
pub(super) struct Hooks {
    heard: Mutex<Vec<String>>,
    handle: Handle<Config>,
    board: Memory,
    reloader: OnceLock<Weak<Reloader<Config>>>,
    pub(super) reentered: Mutex<Option<Error>>,
    /// True if a hook runs right now.
    running: AtomicBool,
    pub(super) overlaps: AtomicUsize,
    arrived: Sender<()>,
    released: Mutex<Receiver<()>>,
}

impl Hooks {
    fn hear(&self, what: String) {
        self.heard.lock().unwrap().push(what);
    }

    pub(super) fn heard(&self) -> Vec<String> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }

    fn react<'a>(&'a self, name: &'static str, change: Change<'a, u32>) -> HookResult<'a> {
        let (old, new) = (*change.old, *change.new);
        self.hear(format!("ask {name} {old}>{new}"));
        if self.running.swap(true, Ordering::SeqCst) {
            self.overlaps.fetch_add(1, Ordering::SeqCst);
        }
        let asked = self.prepare(new);
        self.running.store(false, Ordering::SeqCst);
        asked?;
        let fate = Fate { hooks: self, name, committed: false };
        Ok(Commit::fallible(move || {
            let mut fate = fate;
            fate.committed = true;
            let generation = self.handle.load().snapshot().generation();
            match new {
                value::BREAKS => return Err("the commit fails".into()),
                value::COMMIT_PANICS => panic!("the commit panics"),
                _ if old == value::STAYS => return Err("it cannot be left".into()),
                _ => {}
            }
            self.hear(format!("commit {name} {new} @{generation}"));
            Ok(())
        }))
    }

    fn prepare(&self, new: u32) -> Result<(), Veto> {
        match new {
            value::REFUSED => return Err("no".into()),
            value::PANICS => panic!("the hook panics"),
            value::WAITS => {
                self.arrived.send(()).unwrap();
                self.released.lock().unwrap().recv_timeout(LONG).unwrap();
            }
            value::REENTERS => {
                self.board.write(text([7; 5], 1000));
                let reloader = self.reloader.get().and_then(Weak::upgrade).unwrap();
                let error = reloader.reload(Trigger::api("from a hook")).wait().unwrap_err();
                *self.reentered.lock().unwrap() = Some(error);
            }
            _ => {}
        }
        Ok(())
    }
}

/// Hears of a commit that is dropped.
struct Fate<'a> {
    hooks: &'a Hooks,
    name: &'static str,
    committed: bool,
}

impl Drop for Fate<'_> {
    fn drop(&mut self) {
        if !self.committed {
            self.hooks.hear(format!("drop {}", self.name));
        }
    }
}

impl ConfigHooks for Hooks {
    fn on_a<'a>(&'a self, change: Change<'a, u32>) -> HookResult<'a> {
        self.react("a", change)
    }
    fn on_b<'a>(&'a self, change: Change<'a, u32>) -> HookResult<'a> {
        self.react("b", change)
    }
    fn on_c<'a>(&'a self, change: Change<'a, u32>) -> HookResult<'a> {
        self.react("c", change)
    }
    fn on_d<'a>(&'a self, change: Change<'a, u32>) -> HookResult<'a> {
        self.react("d", change)
    }
    fn on_e<'a>(&'a self, change: Change<'a, u32>) -> HookResult<'a> {
        self.react("e", change)
    }
}

/// A running reloader with everything that a test holds of it.
pub(super) struct Stage {
    pub(super) board: Memory,
    pub(super) hooks: Arc<Hooks>,
    pub(super) reloader: Arc<Reloader<Config>>,
    critical: Mutex<Receiver<Report>>,
    arrived: Mutex<Receiver<()>>,
    pub(super) release: Sender<()>,
}

/// Starts with `1` everywhere and a limit of `1000`.
pub(super) fn stage() -> Stage {
    stage_with(|builder| builder)
}

/// The same, with more to be said to the builder.
pub(super) fn stage_with(set_up: impl FnOnce(Setup) -> Setup) -> Stage {
    let board = Memory::yaml(text([1; 5], 1000));
    build(Loader::new().source(board.clone()), board, |builder| {
        set_up(builder.watch(Watching::Off))
    })
}

/// Starts from a file that is watched, and without a board.
pub(super) fn watched(path: &Path) -> Stage {
    watched_from(Loader::new().file(path))
}

/// A service that watches these sources.
pub(super) fn watched_from(loader: Loader<Config>) -> Stage {
    build(loader, Memory::yaml(""), |builder| builder.watch(Watching::Always))
}

type Setup = Builder<Config, Hooks>;

fn build(loader: Loader<Config>, board: Memory, set_up: impl FnOnce(Setup) -> Setup) -> Stage {
    let boot = loader.load().unwrap();
    let ((arrive, arrived), (release, released)) = (channel(), channel());
    let hooks = Arc::new(Hooks {
        heard: Mutex::default(),
        handle: boot.handle(),
        board: board.clone(),
        reloader: OnceLock::new(),
        reentered: Mutex::default(),
        running: AtomicBool::new(false),
        overlaps: AtomicUsize::new(0),
        arrived: arrive,
        released: Mutex::new(released),
    });
    let (tell, critical) = channel();
    let builder = boot.reloader().hooks(Arc::clone(&hooks));
    let tell = move |report: &Report| tell.send(report.clone()).unwrap();
    let reloader = set_up(builder.on_critical(tell)).start().unwrap();
    let reloader = Arc::new(reloader);
    hooks.reloader.set(Arc::downgrade(&reloader)).unwrap();
    let (critical, arrived) = (Mutex::new(critical), Mutex::new(arrived));
    Stage { board, hooks, reloader, critical, arrived, release }
}

impl Stage {
    pub(super) fn reload(&self, values: [u32; 5]) -> Report {
        self.reload_with(values, 1000)
    }

    pub(super) fn reload_with(&self, values: [u32; 5], limit: u32) -> Report {
        self.board.write(text(values, limit));
        self.reloader.reload(Trigger::api("test")).wait().unwrap()
    }

    pub(super) fn values(&self) -> [u32; 5] {
        self.reloader.handle().load().values()
    }

    /// Waits until a hook waits.
    pub(super) fn hook_waits(&self) {
        self.arrived.lock().unwrap().recv_timeout(LONG).unwrap();
    }

    /// Waits for the report that the critical handler is given.
    pub(super) fn until_critical(&self) -> Report {
        self.critical.lock().unwrap().recv_timeout(LONG).unwrap()
    }

    /// Waits until this value is in force, by whatever trigger.
    pub(super) fn until_applied(&self, value: u32) {
        let watch = self.reloader.watch(Config::fields().a());
        while watch.get() != value {
            assert!(watch.wait_timeout(LONG).unwrap(), "{value} is never applied");
        }
    }

    /// The report that the critical handler was given, if it ran.
    pub(super) fn critical(&self) -> Option<Report> {
        self.critical.lock().unwrap().try_recv().ok()
    }
}
