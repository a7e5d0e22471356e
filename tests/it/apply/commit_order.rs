//! The order of commits, and how they are undone.

use std::{
    net::{SocketAddr, TcpListener},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use dlc_reload::{
    Change, Commit, HookResult, Loader, Reloadable, Reloader, Report, Trigger, Verdict, Watching,
    testing::{Fault, Memory, Stage},
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Http {
    #[reload(hot)]
    listen: SocketAddr,
    /// How many connections may wait.
    #[reload(hot)]
    backlog: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Data {
    #[reload(hot)]
    pool_size: u32,
    #[reload(hot)]
    replicas: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(nested)]
    http: Http,
    #[reload(nested)]
    data: Data,
}

/// Hooks of each kind: `http.listen` and `data.replicas` keep what they need to go back, and the commits of
/// `data` can fail.
struct Hooks {
    listener: Mutex<Arc<TcpListener>>,
    backlog: AtomicU32,
    pool_size: AtomicU32,
    replicas: AtomicU32,
    /// Says by its count whether an undo is still there.
    undo: Arc<()>,
}

impl HttpHooks for Hooks {
    fn on_listen(&self, listen: Change<'_, SocketAddr>) -> HookResult<'_> {
        let listener = Arc::new(TcpListener::bind(listen.new)?);
        let swap = |listener| std::mem::replace(&mut *self.listener.lock().unwrap(), listener);
        let undo = Arc::clone(&self.undo);
        Ok(Commit::new(move || swap(listener)).undo(move |before| {
            swap(before);
            drop(undo);
            Ok(())
        }))
    }

    fn on_backlog(&self, backlog: Change<'_, u32>) -> HookResult<'_> {
        let new = *backlog.new;
        Ok(Commit::new(move || self.backlog.store(new, Ordering::Relaxed)))
    }
}

impl DataHooks for Hooks {
    fn on_pool_size(&self, size: Change<'_, u32>) -> HookResult<'_> {
        let new = *size.new;
        Ok(Commit::fallible(move || match new {
            0..=1000 => {
                self.pool_size.store(new, Ordering::Relaxed);
                Ok(())
            }
            _ => Err(format!("the database takes no {new} connections").into()),
        }))
    }

    fn on_replicas(&self, replicas: Change<'_, u32>) -> HookResult<'_> {
        let new = *replicas.new;
        let run = move || match new {
            0..=9 => Ok(self.replicas.swap(new, Ordering::Relaxed)),
            _ => Err("there are no more than nine".into()),
        };
        Ok(Commit::fallible(run).undo(|before| {
            if before == 7 {
                return Err("the seven are gone".into());
            }
            self.replicas.store(before, Ordering::Relaxed);
            Ok(())
        }))
    }
}

struct Service {
    file: Memory,
    stage: Stage,
    hooks: Arc<Hooks>,
    reloader: Reloader<Config>,
}

fn text(listen: SocketAddr, [backlog, pool_size, replicas]: [u32; 3]) -> String {
    format!(
        "http: {{listen: \"{listen}\", backlog: {backlog}}}\n\
         data: {{pool_size: {pool_size}, replicas: {replicas}}}"
    )
}

/// An address that nothing listens on.
const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

impl Service {
    fn start(values: [u32; 3]) -> Self {
        let listener = TcpListener::bind(ANY).unwrap();
        let (file, stage) =
            (Memory::yaml(text(listener.local_addr().unwrap(), values)), Stage::new());
        let [backlog, pool_size, replicas] = values.map(AtomicU32::new);
        let (listener, undo) = (Mutex::new(Arc::new(listener)), Arc::default());
        let hooks = Arc::new(Hooks { listener, backlog, pool_size, replicas, undo });
        let boot = Loader::<Config>::new().source(file.clone()).load().unwrap();
        let builder = boot.reloader().hooks(Arc::clone(&hooks)).watch(Watching::Off);
        let reloader = builder.stage(&stage).start().unwrap();
        Self { file, stage, hooks, reloader }
    }

    fn reload(&self, listen: SocketAddr, values: [u32; 3]) -> Report {
        self.file.write(text(listen, values));
        self.reloader.reload(Trigger::api("test")).wait().unwrap()
    }

    fn listens_on(&self) -> SocketAddr {
        self.hooks.listener.lock().unwrap().local_addr().unwrap()
    }

    fn values(&self) -> [u32; 3] {
        let Hooks { backlog, pool_size, replicas, .. } = &*self.hooks;
        [backlog, pool_size, replicas].map(|value| value.load(Ordering::Relaxed))
    }
}

#[test]
fn a_listener_that_moved_and_a_pool_size_that_is_refused_are_rolled_back_with_nothing_undone() {
    let service = Service::start([1, 1, 1]);
    let first = service.listens_on();
    let report = service.reload(ANY, [2, 2000, 1]);
    assert_eq!(report.verdict(), Verdict::RolledBack, "{report}");
    assert_eq!(
        service.stage.calls(),
        [
            "prepare http.listen",
            "prepare http.backlog",
            "prepare data.pool_size",
            "commit data.pool_size: the database takes no 2000 connections",
            "drop http.listen",
            "drop http.backlog",
        ]
    );
    assert_eq!((service.listens_on(), service.values()), (first, [1, 1, 1]));
    assert!(service.reloader.is_ready());
    assert!(service.stage.critical_reports().is_empty());
}

#[test]
fn commits_that_can_fail_run_first_and_each_kind_in_declaration_order() {
    let service = Service::start([1, 1, 1]);
    let first = service.listens_on();
    let kept = Arc::downgrade(&service.hooks.listener.lock().unwrap());
    let report = service.reload(ANY, [2, 2, 2]);
    assert_eq!(report.verdict(), Verdict::Applied, "{report}");
    assert_eq!(
        service.stage.calls(),
        [
            "prepare http.listen",
            "prepare http.backlog",
            "prepare data.pool_size",
            "prepare data.replicas",
            "commit data.pool_size",
            "commit data.replicas",
            "commit http.listen",
            "commit http.backlog",
            "drop undo data.replicas",
            "drop undo http.listen",
        ],
        "and an undo that is not needed is dropped"
    );
    assert_ne!(service.listens_on(), first);
    assert_eq!(service.values(), [2, 2, 2]);
    assert_eq!(Arc::strong_count(&service.hooks.undo), 1);
    // So is what it kept. Whether the address is free is another matter: others may take it.
    assert!(kept.upgrade().is_none(), "the listener of before is closed");
}

#[test]
fn an_undo_has_what_the_commit_returned_and_the_hook_is_not_asked() {
    let service = Service::start([1, 1, 1]);
    let first = service.listens_on();
    service.stage.inject(Config::fields().http().backlog(), Fault::PanicInCommit);
    let report = service.reload(ANY, [2, 2, 2]);
    assert_eq!(report.verdict(), Verdict::RolledBack, "{report}");
    assert_eq!(
        service.stage.calls()[4..],
        [
            "commit data.pool_size",
            "commit data.replicas",
            "commit http.listen",
            "commit http.backlog: the commit panicked: a fault that the test asked for",
            "prepare undo data.pool_size",
            "undo http.listen",
            "undo data.replicas",
            "undo data.pool_size",
        ],
        "the last one first"
    );
    assert_eq!((service.listens_on(), service.values()), (first, [1, 1, 1]));
    assert_eq!(Arc::strong_count(&service.hooks.undo), 1);
}

#[test]
fn the_undo_of_a_commit_that_fails_is_dropped() {
    let service = Service::start([1, 1, 1]);
    let report = service.reload(service.listens_on(), [1, 2, 10]);
    assert_eq!(report.verdict(), Verdict::RolledBack, "{report}");
    assert_eq!(
        service.stage.calls()[2..],
        [
            "commit data.pool_size",
            "commit data.replicas: there are no more than nine",
            "drop undo data.replicas",
            "prepare undo data.pool_size",
            "undo data.pool_size",
        ]
    );
    assert_eq!(service.values(), [1, 1, 1]);
}

#[test]
fn an_undo_that_fails_leaves_the_service_inconsistent() {
    let service = Service::start([1, 1, 7]);
    service.stage.inject(Config::fields().http().backlog(), Fault::FailCommit);
    let report = service.reload(service.listens_on(), [2, 2, 8]);
    assert_eq!(report.verdict(), Verdict::Inconsistent, "{report}");
    let problems: Vec<_> = report.problems().iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 2);
    assert!(
        problems[1].ends_with("data.replicas: could not be undone: the seven are gone"),
        "{problems:?}"
    );
    assert_eq!(service.values(), [1, 1, 8], "the others are undone");
    assert_eq!(service.stage.critical_reports().len(), 1);
}

#[test]
fn an_undo_that_cannot_be_dropped_fails_nothing() {
    struct Stubborn;
    impl Drop for Stubborn {
        fn drop(&mut self) {
            panic!("it stays");
        }
    }
    #[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
    struct One {
        #[reload(hot)]
        level: u8,
    }
    struct Hooks;
    impl OneHooks for Hooks {
        fn on_level(&self, _: Change<'_, u8>) -> HookResult<'_> {
            Ok(Commit::new(|| Stubborn).undo(|stubborn| {
                std::mem::forget(stubborn);
                Ok(())
            }))
        }
    }
    let (file, stage) = (Memory::yaml("level: 1"), Stage::new());
    let boot = Loader::<One>::new().source(file.clone()).load().unwrap();
    let reloader = boot.reloader().hooks(Arc::new(Hooks)).stage(&stage).start().unwrap();
    file.write("level: 2");
    assert_eq!(reloader.reload(Trigger::api("test")).wait().unwrap().verdict(), Verdict::Applied);
    assert_eq!(
        stage.calls(),
        ["prepare level", "commit level", "drop undo level: dropping the undo panicked: it stays"]
    );
}
