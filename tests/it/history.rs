//! The history in memory, rollback, differences, and the policies for changes that need a restart.

use std::sync::{Arc, Mutex, mpsc};

use crate::fixture::rollback;
use dlc_reload::{
    Change, Class, Commit, HookResult, Loader, Reloadable, Reloader, Report, Restarts, Trigger,
    TriggerKind, Verdict, Watching,
    testing::{Memory, Stage},
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot)]
    rate: u32,
    #[reload(hot, live)]
    motd: String,
    #[reload(restart)]
    port: u16,
}

/// Refuses the rate 13 and remembers every other one.
#[derive(Default)]
struct Rates(Mutex<Vec<u32>>);

impl ConfigHooks for Rates {
    fn on_rate(&self, rate: Change<'_, u32>) -> HookResult<'_> {
        let new = *rate.new;
        if new == 13 {
            return Err("not this one".into());
        }
        Ok(Commit::new(move || self.0.lock().unwrap().push(new)))
    }
}

struct Service {
    board: Memory,
    rates: Arc<Rates>,
    reloader: Reloader<Config>,
}

impl Service {
    fn start() -> Self {
        Self::with(|builder| builder)
    }

    fn with(set_up: impl FnOnce(Build) -> Build) -> Self {
        let board = Memory::yaml("{rate: 1, motd: one, port: 80}");
        let rates = Arc::new(Rates::default());
        let boot = Loader::<Config>::new().source(board.clone()).load().unwrap();
        let builder = boot.reloader().hooks(Arc::clone(&rates)).watch(Watching::Off);
        Self { board, rates, reloader: set_up(builder).start().unwrap() }
    }

    fn reload(&self, text: &str) -> Report {
        self.board.write(text);
        self.again()
    }

    fn again(&self) -> Report {
        self.reloader.reload(Trigger::api("a test")).wait().unwrap()
    }

    fn now(&self) -> (u32, String) {
        let config = self.reloader.handle().get();
        (config.rate, config.motd.clone())
    }
}

type Build = dlc_reload::Builder<Config, Rates>;

#[test]
fn the_history_tells_what_was_in_force_and_why() {
    let service = Service::start();
    service.reload("{rate: 2, motd: one, port: 80}");
    service.reload("{rate: 13, motd: two, port: 80}");
    service.reload("{rate: 2, motd: two, port: 81}");

    let history = service.reloader.history();
    let told: Vec<_> = history
        .iter()
        .map(|past| (past.generation, past.report.as_ref().map(|report| report.id())))
        .collect();
    assert_eq!(told, [(1, None), (2, Some(1)), (3, Some(3))], "what was refused is not in it");
    let json = serde_json::to_value(&history).unwrap();
    assert_eq!(json[1]["report"]["changes"][0]["key"], "rate");
    assert_eq!(json[0].get("report"), None);
}

#[test]
fn the_history_is_bounded_by_count_and_by_bytes() {
    let generations = |service: &Service| {
        for rate in 20..48 {
            service.reload(&format!("{{rate: {rate}, motd: one, port: 80}}"));
        }
        service.reloader.history().iter().map(|past| past.generation).collect::<Vec<_>>()
    };
    let by_count = Service::with(|builder| builder.history(3, 1 << 20));
    assert_eq!(generations(&by_count), [27, 28, 29]);
    let by_bytes = Service::with(|builder| builder.history(100, 25_000));
    let motd = "a long text ".repeat(800);
    for rate in 20..48 {
        by_bytes.reload(&format!("{{rate: {rate}, motd: {motd:?}, port: 80}}"));
    }
    let kept = by_bytes.reloader.history();
    let kept: Vec<_> = kept.iter().map(|past| past.generation).collect();
    assert_eq!(kept, [28, 29], "each takes the 9 600 bytes of its text, and a few more");
    let nothing = Service::with(|builder| builder.history(0, 0));
    assert_eq!(generations(&nothing), [29], "what is in force is always kept");
}

#[test]
fn a_rollback_runs_the_hooks_and_holds_until_the_content_changes() {
    let service = Service::start();
    let second = "{rate: 2, motd: two, port: 81}";
    service.reload(second);

    let report = service.reloader.rollback_to(1, rollback()).wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Applied);
    assert_eq!(report.trigger().kind(), TriggerKind::Rollback);
    assert_eq!(report.generation(), 3);
    let keys: Vec<_> = report.changes().iter().map(|change| change.key.to_string()).collect();
    assert_eq!(keys, ["rate", "motd"]);
    assert_eq!(report.pending().len(), 1, "what the sources ask of the port still waits");
    assert_eq!(service.now(), (1, "one".to_owned()));
    assert_eq!(*service.rates.0.lock().unwrap(), [2, 1]);

    let report = service.again();
    assert_eq!(report.verdict(), Verdict::Unchanged, "the same content is not applied again");
    assert!(report.problems()[0].message.contains("a rollback turned away"), "{report}");
    assert_eq!(service.now(), (1, "one".to_owned()));

    let report = service.reload("{rate: 2, motd: two, port: 81} # looked at once more");
    assert_eq!(report.verdict(), Verdict::Applied);
    assert_eq!(service.now(), (2, "two".to_owned()));
    assert_eq!(service.again().problems().len(), 0);
}

#[test]
fn content_is_applied_after_a_rollback_once_other_content_was_accepted() {
    let service = Service::start();
    let second = "{rate: 2, motd: two, port: 80}";
    service.reload(second);
    service.reloader.rollback_to(1, rollback()).wait().unwrap();
    // Other content that asks for what is in force, and then content that is refused.
    assert_eq!(service.reload("{rate: 1, motd: one, port: 80}").verdict(), Verdict::Unchanged);
    assert_eq!(service.reload(second).verdict(), Verdict::Applied);
    service.reloader.rollback_to(1, rollback()).wait().unwrap();
    assert_eq!(service.reload("{rate: many}").verdict(), Verdict::Rejected);
    assert_eq!(service.reload(second).verdict(), Verdict::Unchanged);
    assert_eq!(service.now(), (1, "one".to_owned()));
}

#[test]
fn a_rollback_that_cannot_be_made_changes_nothing() {
    let service = Service::with(|builder| builder.history(2, 1 << 20));
    service.reload("{rate: 2, motd: two, port: 80}");
    service.reload("{rate: 3, motd: three, port: 80}");

    let report = service.reloader.rollback_to(1, rollback()).wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Rejected);
    let expected = "generation 1 is not in the history, which reaches from 2 to 3";
    assert_eq!(report.problems()[0].message, expected);
    let same = service.reloader.rollback_to(3, rollback()).wait().unwrap();
    assert_eq!(same.verdict(), Verdict::Unchanged);
    assert_eq!(service.now(), (3, "three".to_owned()));
}

#[test]
fn two_configurations_of_the_history_are_compared() {
    let service = Service::start();
    service.reload("{rate: 2, motd: one, port: 80}");
    service.reload("{rate: 3, motd: two, port: 80}");

    let differences = service.reloader.diff(1, 3).unwrap();
    let told: Vec<_> = differences
        .iter()
        .map(|change| (change.key.to_string(), change.old.clone(), change.new.clone()))
        .collect();
    assert_eq!(
        told,
        [
            ("rate".to_owned(), Some(1.into()), Some(3.into())),
            ("motd".to_owned(), Some("one".into()), Some("two".into())),
        ]
    );
    assert!(service.reloader.diff(3, 3).unwrap().is_empty());
    assert!(service.reloader.diff(1, 9).unwrap_err().to_string().contains("generation 9"));
}

#[test]
fn a_service_that_never_restarts_refuses_what_needs_one() {
    let service = Service::with(|builder| builder.restarts(Restarts::Reject));
    let report = service.reload("{rate: 2, motd: one, port: 81}");
    assert_eq!(report.verdict(), Verdict::Rejected);
    let problem = &report.problems()[0];
    assert_eq!(
        problem.to_string(),
        "memory:1:28: port: changing it needs a restart, and this service refuses such changes while it runs"
    );
    assert_eq!(service.now(), (1, "one".to_owned()), "the hot part is refused with it");
    let planned = service.reloader.plan().wait().unwrap_err();
    assert_eq!(planned.problems()[0], *problem, "a plan says the same");
    assert_eq!(service.reload("{rate: 2, motd: one, port: 80}").verdict(), Verdict::Applied);
}

#[test]
fn a_plan_knows_that_a_rollback_turned_away_from_the_content() {
    let service = Service::start();
    service.reload("{rate: 2, motd: two, port: 81}");
    service.reloader.rollback_to(1, rollback()).wait().unwrap();
    let plan = service.reloader.plan().wait().unwrap();
    assert!(plan.changes.is_empty());
    assert_eq!(plan.pending.len(), 1, "what waits still does");
    assert!(plan.warnings[0].message.contains("a rollback turned away"));
    service.board.write("{rate: 2, motd: two, port: 81} # again");
    assert_eq!(service.reloader.plan().wait().unwrap().changes.len(), 2);
}

#[test]
fn a_restart_is_asked_for_once_for_each_new_value_that_waits() {
    let (asked, told) = mpsc::channel();
    let restarts = Restarts::ask(move |report| {
        let waiting = report.pending()[0].change.new.clone();
        asked.send(waiting).unwrap();
        panic!("a mistake of the author");
    });
    // Time stands still, so that it says nothing of what is new.
    let service = Service::with(|builder| builder.restarts(restarts).stage(&Stage::new()));

    let report = service.reload("{rate: 2, motd: one, port: 81}");
    assert_eq!(report.verdict(), Verdict::Applied);
    assert_eq!(report.pending()[0].change.class, Class::Restart);
    service.reload("{rate: 3, motd: one, port: 81}");
    service.reload("{rate: 3, motd: one, port: 82}");
    service.reload("{rate: 3, motd: one, port: 80}");
    assert_eq!(told.try_iter().collect::<Vec<_>>(), [Some(81.into()), Some(82.into())]);
}
