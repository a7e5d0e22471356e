//! Overrides, probation, rollback and plans where they meet.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use dlc_reload::{
    Loader, Reloadable, Trigger, Verdict,
    testing::{Fault, Memory, Stage},
};

use crate::{
    fixture::rollback,
    staged::{Config, Hooks, Patient, QUARTER, Service, patient},
};

#[test]
fn a_rollback_that_changes_no_value_holds_as_well() {
    let service = Service::start();
    service.override_rate(1);
    // The override hides what the sources ask for, so that the generation stays the same.
    assert_eq!(service.reload(2, "one").generation(), 1);
    assert_eq!(
        service.reloader.rollback_to(1, rollback()).wait().unwrap().verdict(),
        Verdict::Unchanged
    );
    assert!(service.reloader.status().overrides.is_empty());

    let report = service.reload(2, "one");
    assert_eq!(report.verdict(), Verdict::Unchanged, "{report}");
    assert_eq!(service.rate(), 1);
    assert_eq!(service.reload(3, "one").verdict(), Verdict::Applied);
}

#[test]
fn a_rollback_to_what_is_in_force_ends_its_probation() {
    let Patient { service, well, critical: _critical } = &patient();
    service.reload(2, "two");
    assert_eq!(
        service.reloader.rollback_to(2, rollback()).wait().unwrap().verdict(),
        Verdict::Unchanged
    );
    assert_eq!(service.reloader.status().probation, None);
    well.store(false, std::sync::atomic::Ordering::Relaxed);
    service.stage.advance(QUARTER);
    assert_eq!(service.rate(), 2);
}

#[test]
fn content_that_was_accepted_during_a_failed_probation_is_refused_after_it() {
    let patient = patient();
    let service = &patient.service;
    service.reload(2, "two");
    let edited = "{rate: 2, motd: two, cache: {entries: 5, names: [a]}, limit: 100} # a comment";
    assert_eq!(service.reload_text(edited).verdict(), Verdict::Unchanged);
    patient.falls_ill();
    patient.advance(5);
    assert_eq!(service.rate(), 1);
    let report = service.reload_text(edited);
    assert_eq!(report.verdict(), Verdict::Rejected, "it is what made the service ill");
}

#[test]
fn a_section_that_waits_is_news_when_another_value_in_it_waits() {
    let text = |cache| format!("{{rate: 1, motd: one, {cache}limit: 100}}");
    let (file, stage) = (Memory::yaml(text("")), Stage::new());
    let boot = Loader::<Config>::new().source(file.clone()).load().unwrap();
    let reloader = boot.reloader().hooks(Arc::new(Hooks)).stage(&stage).start().unwrap();
    let reload = |cache| {
        stage.advance(Duration::from_secs(1));
        file.write(text(cache));
        reloader.reload(Trigger::api("a test")).wait().unwrap()
    };
    let first = reload("cache: {entries: 5, names: [a]}, ");
    assert_eq!(first.verdict(), Verdict::PendingRestart);
    let report = reload("cache: {entries: 6, names: [a]}, ");
    assert_eq!(report.verdict(), Verdict::PendingRestart);
    let [before, now] = [&first, &report].map(|report| match report.pending() {
        [pending] => pending.clone(),
        several => panic!("{several:?}"),
    });
    assert_eq!((now.change.key.to_string().as_str(), &now.change.old), ("cache", &None));
    assert!(now.since > before.since, "it waits with these values since now");
    assert_eq!(reload("cache: {entries: 6, names: [a]}, ").verdict(), Verdict::Unchanged);
}

#[test]
fn an_override_that_says_nothing_about_an_absent_section_is_refused() {
    let service = Service::start();
    let boot = Loader::<Config>::new().text("yaml", "{rate: 1, motd: one, limit: 100}");
    let reloader = boot.load().unwrap().reloader().hooks(Arc::new(Hooks)).start().unwrap();
    let entries = Config::fields().cache().entries();
    for reloader in [&service.reloader, &reloader] {
        let report = reloader.override_field(entries, None).for_duration(QUARTER).wait().unwrap();
        assert_eq!(report.verdict(), Verdict::Rejected);
        assert!(reloader.status().overrides.is_empty());
    }
}

#[test]
fn a_plan_sees_the_value_that_an_override_hides() {
    let service = Service::start();
    service.override_rate(7);
    // Above the limit that stays in force, once the override ends.
    let text = "{rate: 200, motd: one, cache: {entries: 5, names: [a]}, limit: 300}";
    service.file.write(text);
    let error = service.reloader.plan().wait().unwrap_err().to_string();
    assert!(error.contains("above the limit of 100"), "{error}");
    assert_eq!(service.reload_text(text).verdict(), Verdict::Rejected);
}

#[test]
fn a_plan_refuses_content_that_failed_its_probation() {
    let patient = patient();
    patient.service.reload(2, "two");
    patient.falls_ill();
    patient.advance(5);
    let error = patient.service.reloader.plan().wait().unwrap_err().to_string();
    assert!(error.contains("this content failed its probation"), "{error}");
}

#[test]
fn a_fault_that_would_strike_nothing_is_a_mistake_of_the_test() {
    let service = Service::start();
    for (key, message) in [
        ("rtae", "`rtae` has no hook that could fail; these have one: `rate`"),
        ("motd", "`motd` has no hook that could fail; these have one: `rate`"),
    ] {
        let inject = AssertUnwindSafe(|| service.stage.inject(key, Fault::Refuse));
        let panic = catch_unwind(inject).unwrap_err();
        assert_eq!(panic.downcast_ref::<String>().unwrap(), message);
    }
    service.stage.inject("rate", Fault::Refuse);
}

#[test]
fn content_that_failed_its_probation_is_refused_after_something_else_was_refused() {
    let patient = patient();
    let service = &patient.service;
    service.reload(2, "two");
    patient.falls_ill();
    patient.advance(5);
    assert_eq!(service.reload_text("{rate: [").verdict(), Verdict::Rejected);
    assert_eq!(service.reload(2, "two").verdict(), Verdict::Rejected);
    assert_eq!(service.reload(200, "two").verdict(), Verdict::Rejected);
    assert_eq!(service.reload(2, "two").verdict(), Verdict::Rejected);
    assert_eq!(service.reload(1, "one").verdict(), Verdict::Unchanged);
    assert_eq!(service.reload(2, "two").verdict(), Verdict::Applied, "it has changed in between");
}

#[test]
fn a_rollback_holds_after_something_was_refused() {
    let service = Service::start();
    service.reload(2, "two");
    service.reload_text("{rate: [");
    service.reloader.rollback_to(1, rollback()).wait().unwrap();
    assert_eq!(service.reload(2, "two").verdict(), Verdict::Unchanged);
    service.reload_text("{rate: [");
    assert_eq!(service.reload(2, "two").verdict(), Verdict::Unchanged);
    assert_eq!(service.rate(), 1);
    assert_eq!(service.reload(3, "two").verdict(), Verdict::Applied);
}

#[test]
fn a_rollback_by_hand_does_not_forgive_a_failed_probation() {
    let patient = patient();
    let service = &patient.service;
    let text = "{rate: 2, motd: two, cache: {entries: 5, names: [a]}, limit: 90}";
    service.reload_text(text);
    patient.falls_ill();
    patient.advance(5);
    service.reloader.rollback_to(1, rollback()).wait().unwrap();
    assert_eq!(service.reload_text(text).verdict(), Verdict::Rejected);
    assert!(service.reloader.status().pending.is_empty());
}
