//! Content that failed its probation in an earlier process.

use std::{sync::atomic::Ordering, time::Duration};

use dlc_reload::{BootOutcome, Verdict};

use super::{Home, now, reload};
use crate::log_lines::Lines;

#[test]
fn content_that_failed_its_probation_stays_refused_over_a_restart() {
    let home = Home::new("{rate: 1}");
    let reloader = home.start();
    home.fail(&reloader, "{rate: 2}");
    let proven = home.good();
    let next = reloader.status().next_boot;
    assert_eq!(next.outcome, BootOutcome::LastKnownGood);
    assert!(next.problems[0].message.contains("failed its probation in an earlier process"));
    // A look finds the same.
    assert_eq!(reload(&reloader).verdict(), Verdict::Rejected);
    assert_eq!(reloader.status().next_boot.outcome, next.outcome);
    assert_eq!(reloader.status().next_boot.problems, next.problems);
    drop(reloader);

    for _ in 0..2 {
        let lines = Lines::default();
        let reloader = lines.hear(|| home.start());
        assert_eq!(now(&reloader).rate, 1);
        let said = lines.take();
        let refused = "this content failed its probation in an earlier process and was rolled back (the pool is exhausted): it is refused until it changes";
        assert!(said[0].contains("the last known good configuration is in force"), "{said:?}");
        assert!(said[1].starts_with("ERROR ") && said[1].contains(refused), "{said:?}");
        let good = reloader.status().last_known_good.unwrap();
        assert_eq!(good.problems[0].message, refused);
        assert_eq!(reload(&reloader).verdict(), Verdict::Rejected);
        assert_eq!(home.good(), proven);
    }
    // What stands elsewhere now is other content.
    home.write("\n{rate: 2}");
    let reloader = home.start();
    assert_eq!(now(&reloader).rate, 2);
    assert!(home.good().to_string().contains("\"2\""));
    assert_eq!(home.good().get("failed"), None);
}

#[test]
fn what_failed_is_remembered_while_the_sources_are_broken() {
    let home = Home::new("{rate: 1}");
    let reloader = home.start();
    home.fail(&reloader, "{rate: 2}");
    drop(reloader);
    home.write("{rate: [");
    let reloader = home.start();
    home.write("{rate: 2}");
    let report = reload(&reloader);
    assert_eq!(report.verdict(), Verdict::Rejected, "{report}");
    assert!(report.to_string().contains("failed its probation in an earlier process"), "{report}");
    drop(reloader);
    let reloader = home.start();
    assert_eq!(now(&reloader).rate, 1);
    assert_eq!(home.accept(&reloader, "{rate: 3}").verdict(), Verdict::Applied);
    drop(reloader);
    home.write("{rate: 2}");
    assert_eq!(now(&home.start()).rate, 2, "other content was accepted since");
}

#[test]
fn another_secret_alone_is_the_same_content() {
    let mut home = Home::new("{rate: 1}");
    let reloader = home.start();
    home.fail(&reloader, "{rate: 2, token: hunter2-a}");
    drop(reloader);
    home.write("{rate: 2, token: hunter2-b}");
    assert_eq!(now(&home.start()).rate, 1);
    let written = std::fs::read_to_string(home.dir.join("good.json")).unwrap();
    assert!(!written.contains("hunter2"), "{written}");
    home.variables = vec![("T_RATE", "3".to_owned())];
    assert_eq!(now(&home.start()).rate, 3);
}

#[test]
fn without_a_last_known_good_a_start_with_what_failed_is_on_probation() {
    let mut home = Home::new("{rate: 1}");
    home.keeps_good = false;
    let reloader = home.start();
    home.fail(&reloader, "{rate: 2}");
    drop(reloader);

    let lines = Lines::default();
    let reloader = lines.hear(|| home.start());
    let said = lines.take().join("\n");
    let warning = "WARN warning: this content failed its probation in an earlier process (the pool is exhausted), and there is nothing to go back to: it is in force, and has to prove itself or to change";
    assert!(said.contains(warning), "{said}");
    assert_eq!(now(&reloader).rate, 2);
    assert_eq!(reloader.status().probation.unwrap().generation, 4);
    let report = reload(&reloader);
    assert_eq!(report.verdict(), Verdict::Unchanged);
    assert!(report.to_string().contains("failed its probation in an earlier process"), "{report}");

    home.ill.store(true, Ordering::Relaxed);
    home.stage.advance(Duration::from_secs(1));
    let status = reloader.status();
    let report = status.last_report.unwrap();
    assert_eq!(report.verdict(), Verdict::Rejected);
    let failure = "generation 4 failed its probation: the pool is exhausted; there is nothing to go back to, so it stays in force: change the sources";
    assert_eq!(report.problems()[0].message, failure);
    assert!(status.probation.is_none() && status.consistent && reloader.is_ready());
    home.ill.store(false, Ordering::Relaxed);
    drop(reloader);

    let reloader = home.start();
    assert_eq!(reloader.status().probation.unwrap().generation, 5, "it is still remembered");
    home.stage.advance(Duration::from_secs(60));
    assert_eq!(reloader.status().probation, None);
    let report = reload(&reloader);
    assert_eq!((report.verdict(), report.problems()), (Verdict::Unchanged, &[][..]));
}

#[test]
fn what_failed_does_not_overwrite_a_last_known_good_that_cannot_be_used() {
    let home = Home::new("{rate: 1, token: hunter2-a}");
    let reloader = home.start();
    home.fail(&reloader, "{rate: 2}");
    drop(reloader);
    let proven = home.good();

    // The secret of what was proven is set nowhere.
    let lines = Lines::default();
    let reloader = lines.hear(|| home.start());
    assert_eq!(now(&reloader).rate, 2);
    let said = lines.take().join("\n");
    assert!(said.contains("has to prove itself") && said.contains("`token` may hold"), "{said}");
    assert_eq!(home.good(), proven);
    // Nor is there a way back from what comes next, which has to prove itself, too.
    home.fail(&reloader, "{rate: 3}");
    assert_eq!(home.good()["document"], proven["document"]);
    drop(reloader);
    let reloader = home.start();
    assert_eq!(now(&reloader).rate, 3);
    assert!(reloader.status().probation.is_some(), "what failed last is remembered");
    home.stage.advance(Duration::from_secs(60));
    assert_ne!(home.good()["document"], proven["document"]);
    drop(reloader);
    assert_eq!(home.start().status().probation, None, "it has proven itself");
}

#[test]
fn the_next_boot_goes_by_what_is_on_disk() {
    for proves in [false, true] {
        let home = Home::new("{rate: 1}");
        let reloader = home.start();
        home.fail(&reloader, "{rate: 2}");
        // What is accepted next has not proven itself when the operator goes back.
        for (rate, outcome) in [(3, BootOutcome::Starts), (2, BootOutcome::LastKnownGood)] {
            home.write(&format!("{{rate: {rate}}}"));
            assert_eq!(reload(&reloader).verdict(), Verdict::Applied);
            assert_eq!(reloader.status().next_boot.outcome, outcome, "{rate}");
        }
        if proves {
            home.stage.advance(Duration::from_secs(60));
            let next = reloader.status().next_boot;
            assert_eq!((next.outcome, &next.problems[..]), (BootOutcome::Starts, &[][..]));
        }
        drop(reloader);
        assert_eq!(now(&home.start()).rate, if proves { 2 } else { 1 });
    }
}
