//! Stored state together with overrides, probation and observers.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use dlc_reload::{
    Observer, Probation, Reloadable, Report, TriggerKind, Verdict, Watching, testing::Stage,
};

use super::{Config, Home, reload};
use crate::fixture::rollback;

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn an_override_is_not_kept() {
    let home = Home::new("{motd: one}");
    let reloader = home.remember();
    let motd = Config::fields().motd();
    reloader.override_field(motd, "overridden".to_owned()).for_duration(HOUR).wait().unwrap();
    home.write("{motd: one, rate: 2}");
    assert_eq!(reload(&reloader).verdict(), Verdict::Applied);
    assert_eq!(reloader.handle().load().motd, "overridden");
    drop(reloader);

    home.write("{motd: [");
    assert_eq!(home.load().unwrap().motd, "one");
    let reloader = home.remember();
    assert_eq!(reloader.status().generation, 4);
    let report = reloader.history()[1].report.clone().unwrap();
    assert_eq!(report.changes()[0].new, Some("overridden".into()), "the report tells of it");
    // The generation of the override, without it.
    let report = reloader.rollback_to(2, rollback()).wait().unwrap();
    let keys: Vec<_> = report.changes().iter().map(|change| change.key.to_string()).collect();
    assert_eq!(keys, ["rate"], "{report}");
}

#[test]
fn what_failed_its_probation_is_not_the_last_known_good() {
    let home = Home::new("{motd: one}");
    let (stage, ill) = (Stage::new(), Arc::new(AtomicBool::new(false)));
    let sick = Arc::clone(&ill);
    let probation = Probation::new(move || match sick.load(Ordering::Relaxed) {
        false => Ok(()),
        true => Err("too many errors".into()),
    });
    let reloader = home.remember_with(|builder| builder.probation(probation).stage(&stage));
    home.write("{motd: two}");
    assert_eq!(reload(&reloader).verdict(), Verdict::Applied);
    let good = || home.read("good.json");
    assert!(good().contains("\"one\""), "it has yet to prove itself");
    ill.store(true, Ordering::Relaxed);
    stage.advance(Duration::from_secs(1));
    assert_eq!(reloader.handle().load().motd, "one");
    assert!(good().contains("\"one\""), "it was taken back");
    assert_eq!(home.read("history.jsonl").lines().count(), 3);

    ill.store(false, Ordering::Relaxed);
    home.write("{motd: three}");
    assert_eq!(reload(&reloader).verdict(), Verdict::Applied);
    stage.advance(Duration::from_secs(60));
    assert!(good().contains("\"three\""), "it has proven itself");
}

/// Remembers the reports.
#[derive(Default)]
struct Reports(Mutex<Vec<Report>>);

impl Observer for Reports {
    fn reported(&self, report: &Report) {
        self.0.lock().unwrap().push(report.clone());
    }
}

#[test]
fn observers_learn_why_the_last_known_good_is_in_force() {
    let home = Home::new("{motd: one}");
    drop(home.start());
    home.write("{motd: one, rate: many}");
    let reports = Arc::new(Reports::default());
    let observer = Arc::clone(&reports);
    let builder = home.load().unwrap().reloader().watch(Watching::Off);
    drop(builder.observer(observer).start().unwrap());
    let reports = reports.0.lock().unwrap();
    assert_eq!((reports.len(), reports[0].trigger().kind()), (1, TriggerKind::Start));
    assert!(reports[0].problems()[0].to_string().contains("config.yaml:1:19: rate: "));
}
