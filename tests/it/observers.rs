//! Observers, which are told of reloads and may refuse them.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use dlc_reload::{Changed, Intent, Observer, Report, TriggerKind, Verdict, Veto};

use crate::{
    fixture::rollback,
    staged::{Patient, QUARTER, Service, last, patient_with},
};

/// Writes down what it is told, and refuses where a test wants that.
#[derive(Default)]
struct Scribe {
    told: Mutex<Vec<String>>,
    refuses: AtomicBool,
}

impl Observer for Scribe {
    fn intended(&self, intent: &Intent<'_>) -> Result<(), Veto> {
        let keys = |changes: &[Changed]| {
            changes.iter().map(|change| change.key.to_string()).collect::<Vec<_>>().join(" ")
        };
        let (changes, pending) = (keys(intent.changes), keys(intent.pending));
        self.told.lock().unwrap().push(format!("intent {}: {changes} | {pending}", intent.id));
        if self.refuses.load(Ordering::Relaxed) { Err("no room".into()) } else { Ok(()) }
    }

    fn reported(&self, report: &Report) {
        let (id, verdict) = (report.id(), report.verdict());
        self.told
            .lock()
            .unwrap()
            .push(format!("report {id} by {}: {verdict}", report.trigger().kind()));
    }
}

#[test]
fn an_observer_is_told_of_the_start_of_what_is_about_to_happen_and_of_what_happened() {
    let scribe = Arc::new(Scribe::default());
    let observer = Arc::clone(&scribe);
    let service = Service::with(|builder| builder.observer(observer));
    let told = || std::mem::take(&mut *scribe.told.lock().unwrap());
    assert_eq!(told(), ["report 0 by start: applied"]);

    service.reload_text("{rate: 2, motd: one, cache: {entries: 5, names: [a]}, limit: 99}");
    assert_eq!(told(), ["intent 1: rate | limit", "report 1 by api: applied"]);
    service.reload_text("{rate: 2, motd: one, cache: {entries: 5, names: [a]}, limit: 98}");
    assert_eq!(told(), ["intent 2:  | limit", "report 2 by api: pending_restart"]);
    service.reload_text("{rate: 2, motd: one, cache: {entries: 5, names: [a]}, limit: 98} # again");
    assert_eq!(told(), ["report 3 by api: unchanged"]);
    service.reload_text("rate: many");
    assert_eq!(told(), ["report 4 by api: rejected"]);

    scribe.refuses.store(true, Ordering::Relaxed);
    service.stage.calls();
    let report = service.reload(5, "one");
    assert_eq!(report.verdict(), Verdict::Rejected);
    assert_eq!(report.problems()[0].message, "no room");
    assert!(service.stage.calls().is_empty(), "no hook was asked");
    assert_eq!(told().len(), 2);
    assert_eq!(service.override_rate(5).verdict(), Verdict::Rejected);
    assert_eq!(
        service.reloader.rollback_to(1, rollback()).wait().unwrap().verdict(),
        Verdict::Rejected
    );
    assert_eq!(service.rate(), 2);
}

#[test]
fn an_observer_cannot_refuse_what_is_taken_back_by_itself() {
    let scribe = Arc::new(Scribe::default());
    let observer = Arc::clone(&scribe);
    let patient = patient_with(|builder| builder.observer(observer));
    let Patient { service, .. } = &patient;
    let warned = |trigger| {
        let report = last(service);
        assert_eq!((report.trigger().kind(), report.verdict()), (trigger, Verdict::Applied));
        let warning = report.problems().last().unwrap();
        assert_eq!(warning.to_string(), "warning: no room");
    };
    service.reload(2, "two");
    patient.advance(30);
    service.override_rate(9);
    scribe.refuses.store(true, Ordering::Relaxed);
    service.stage.advance(QUARTER);
    warned(TriggerKind::Expiry);
    assert_eq!(service.rate(), 2);

    scribe.refuses.store(false, Ordering::Relaxed);
    service.reload(3, "three");
    scribe.refuses.store(true, Ordering::Relaxed);
    patient.falls_ill();
    patient.advance(5);
    warned(TriggerKind::Rollback);
    assert_eq!(service.rate(), 2);
}

#[test]
fn an_observer_that_panics_hinders_nothing() {
    struct Panics;
    impl Observer for Panics {
        fn reported(&self, _: &Report) {
            std::panic::panic_any(PanicsAgain);
        }
    }
    /// Even dropping it is a mistake.
    struct PanicsAgain;
    impl Drop for PanicsAgain {
        fn drop(&mut self) {
            panic!("a mistake of the author");
        }
    }
    let service = Service::with(|builder| builder.observer(Arc::new(Panics)));
    assert_eq!(service.reload(2, "two").verdict(), Verdict::Applied);
    assert_eq!(service.rate(), 2);
}
