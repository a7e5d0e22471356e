//! Changes on probation, and the way back from those that make the service ill.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use dlc_reload::{
    Invalid, Loader, Probation, Reloadable, Trigger, Verdict,
    testing::{Fault, Memory, Stage},
};
use serde::{Deserialize, Serialize};

use crate::{
    fixture::rollback,
    staged::{Config, QUARTER, Service, last, patient},
};

#[test]
fn a_change_that_makes_the_service_ill_is_rolled_back_and_its_content_refused() {
    let patient = patient();
    let service = &patient.service;
    service.reload(2, "two");
    assert_eq!(service.reloader.status().probation.unwrap().generation, 2);
    patient.advance(5);
    assert_eq!(service.rate(), 2);
    patient.falls_ill();
    patient.advance(5);

    assert_eq!(service.rate(), 1);
    let report = last(service);
    assert_eq!(report.trigger().to_string(), "rollback (generation 2 failed its probation)");
    assert_eq!(report.verdict(), Verdict::Applied);
    let reason = "generation 2 failed its probation: the pool is exhausted";
    assert_eq!(report.problems()[0].message, reason);
    assert_eq!(service.reloader.status().probation, None);

    patient.well.store(true, Ordering::Relaxed);
    let report = service.reload(2, "two");
    assert_eq!(report.verdict(), Verdict::Rejected);
    let refusal = "this content failed its probation and was rolled back (the pool is exhausted): it is refused until it changes";
    assert_eq!(report.problems()[0].message, refusal);
    assert_eq!(service.reload(2, "three").verdict(), Verdict::Applied);
}

#[test]
fn a_change_that_stays_well_is_proven_and_not_watched_any_longer() {
    let patient = patient();
    patient.service.reload(2, "two");
    patient.advance(30);
    assert_eq!(patient.service.reloader.status().probation, None);
    patient.falls_ill();
    patient.advance(60);
    assert_eq!(patient.service.rate(), 2);
}

#[test]
fn two_changes_in_one_probation_are_taken_back_together() {
    let patient = patient();
    let service = &patient.service;
    service.reload(2, "two");
    patient.advance(20);
    let waits =
        service.reload_text("{rate: 3, motd: two, cache: {entries: 5, names: [a]}, limit: 90}");
    assert_eq!(waits.pending().len(), 1);
    patient.falls_ill();
    patient.advance(20);
    assert_eq!(service.rate(), 1);
    assert!(service.reloader.status().pending.is_empty(), "what waited was part of it");
}

#[test]
fn a_rollback_by_hand_ends_the_probation() {
    let patient = patient();
    patient.service.reload(2, "two");
    patient.service.reloader.rollback_to(1, rollback()).wait().unwrap();
    patient.falls_ill();
    patient.advance(60);
    assert_eq!(patient.service.reloader.status().generation, 3);
}

#[test]
fn an_override_outlives_a_failed_probation() {
    let patient = patient();
    patient.service.reload(2, "two");
    patient.service.override_rate(9);
    patient.falls_ill();
    patient.advance(30);
    let config = patient.service.reloader.handle().get();
    assert_eq!((config.rate, config.motd.as_str()), (9, "one"));
    patient.service.stage.advance(QUARTER);
    assert_eq!(patient.service.rate(), 1);
}

#[test]
fn an_override_that_does_not_go_with_what_is_proven_ends_with_a_failed_probation() {
    #[derive(Clone, Serialize, Deserialize, Reloadable)]
    #[reload(validate = Self::within_limit)]
    struct Bursts {
        #[reload(hot, live)]
        burst: u32,
        #[reload(hot, live)]
        limit: u32,
    }
    impl Bursts {
        fn within_limit(&self) -> Result<(), Invalid> {
            let message = format!("above the limit of {}", self.limit);
            if self.burst <= self.limit { Ok(()) } else { Err(Invalid::new().at("burst", message)) }
        }
    }
    let (file, stage) = (Memory::yaml("{burst: 1, limit: 10}"), Stage::new());
    let boot = Loader::<Bursts>::new().source(file.clone()).load().unwrap();
    let probation = Probation::new(|| Err("ill".into()));
    let builder = boot.reloader().stage(&stage).probation(probation).on_critical(|_| ());
    let reloader = builder.start().unwrap();
    file.write("{burst: 1, limit: 100}");
    reloader.reload(Trigger::api("a test")).wait().unwrap();
    reloader.override_field(Bursts::fields().burst(), 50).for_duration(QUARTER).wait().unwrap();
    stage.advance(Duration::from_secs(1));

    let status = reloader.status();
    assert!(status.overrides.is_empty());
    assert_eq!((reloader.handle().load().burst, reloader.handle().load().limit), (1, 10));
    let report = status.last_report.unwrap();
    assert_eq!(report.verdict(), Verdict::Applied);
    let warning = report.problems()[1].to_string();
    assert!(warning.starts_with("warning: burst: the override ends, because the rollback was refused while it held (override until "), "{warning}");
    assert!(warning.contains("burst: above the limit of 10"), "{warning}");
}

#[test]
fn what_is_taken_back_during_its_probation_is_not_refused_for_it() {
    let patient = patient();
    let service = &patient.service;
    service.reload(2, "two");
    assert_eq!(service.reload(1, "one").verdict(), Verdict::Applied);
    assert_eq!(service.reloader.status().probation, None);
    patient.falls_ill();
    patient.advance(60);
    assert_eq!(service.reload(1, "one").verdict(), Verdict::Unchanged);
}

#[test]
fn a_probation_that_cannot_be_taken_back_is_critical() {
    let patient = patient();
    patient.service.reload(2, "two");
    patient.falls_ill();
    patient.service.stage.inject(Config::fields().rate(), Fault::Refuse);
    patient.advance(30);
    let report = patient.critical.try_recv().unwrap();
    assert_eq!(report.verdict(), Verdict::Inconsistent);
    assert!(!patient.service.reloader.is_ready());
    assert_eq!(patient.service.rate(), 2);
}

#[test]
fn a_health_check_that_panics_has_failed() {
    let probation = Probation::new(|| panic!("a mistake of the author"));
    let service = Service::with(|builder| builder.probation(probation));
    service.reload(2, "two");
    service.stage.advance(Duration::from_secs(1));
    assert_eq!(service.rate(), 1);
    let message = last(&service).problems()[0].message.clone();
    assert!(message.ends_with("the health check panicked: a mistake of the author"), "{message}");
}

#[test]
fn a_health_check_that_takes_longer_than_it_has_leaves_time_for_others() {
    let (stage, asked) = (Stage::new(), Arc::new(AtomicU32::new(0)));
    let probation = Probation::new({
        let (stage, asked) = (stage.clone(), Arc::clone(&asked));
        move || {
            asked.fetch_add(1, Ordering::Relaxed);
            stage.advance(Duration::from_secs(2));
            Ok(())
        }
    });
    let service = Service::with(|builder| builder.stage(&stage).probation(probation));
    service.reload(2, "two");
    for checks in 1..=3 {
        stage.advance(Duration::from_secs(1));
        assert_eq!(asked.load(Ordering::Relaxed), checks, "it is not asked without a pause");
    }
    assert_eq!(service.reload(3, "three").verdict(), Verdict::Applied);
}
