//! Timed overrides of hot fields.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use dlc_reload::{
    Change, Commit, HookResult, Loader, Reloadable, Reloader, Report, Trigger, TriggerKind,
    Verdict, Watching,
    testing::{Fault, Memory, Stage},
};

use serde::{Deserialize, Serialize};

use crate::{
    fixture::rollback,
    staged::{Config, ConfigHooks, FIRST, Hooks, QUARTER, Service, last},
};

#[test]
fn an_override_goes_through_the_hook_and_ends_by_itself() {
    let service = Service::start();
    let trigger = Trigger::admin("looking into it").actor("alice");
    let report = service
        .reloader
        .override_field(Config::fields().rate(), 7)
        .trigger(trigger)
        .for_duration(QUARTER)
        .wait()
        .unwrap();
    assert_eq!((report.verdict(), report.generation()), (Verdict::Applied, 2));
    assert_eq!(service.stage.calls(), ["prepare rate", "commit rate"]);
    let origin = report.changes()[0].origin.to_string();
    assert!(origin.starts_with("override by alice until 20"), "{origin}");
    assert_eq!(service.rate(), 7);

    service.stage.advance(QUARTER - Duration::from_secs(1));
    assert_eq!(service.rate(), 7);
    service.stage.advance(Duration::from_secs(1));
    assert_eq!(service.rate(), 1);
    let report = last(&service);
    assert_eq!(report.trigger().to_string(), "expiry (rate)");
    assert_eq!(report.verdict(), Verdict::Applied);
    assert_eq!(report.changes()[0].origin.to_string(), "memory:1:8");
    assert_eq!(service.stage.calls(), ["prepare rate", "commit rate"]);
    assert!(service.reloader.status().overrides.is_empty());
}

#[test]
fn an_override_stays_through_reloads_and_leaves_what_the_sources_say_by_then() {
    let service = Service::start();
    service.override_rate(7);

    let report = service.reload(2, "two");
    let keys: Vec<_> = report.changes().iter().map(|change| change.key.to_string()).collect();
    assert_eq!(keys, ["motd"], "the rate keeps its override");
    assert_eq!(service.rate(), 7);
    assert_eq!(service.reload(3, "two").verdict(), Verdict::Unchanged);

    service.stage.advance(QUARTER);
    assert_eq!(service.rate(), 3);
    assert_eq!(last(&service).changes()[0].new, Some(3.into()));
}

#[test]
fn an_edit_under_an_override_is_said_to_have_no_effect() {
    let service = Service::start();
    let proposal = service.reloader.override_field(Config::fields().rate(), 7);
    proposal.trigger(Trigger::admin("load").actor("alice")).for_duration(QUARTER).wait().unwrap();
    let text = FIRST.replace("rate: 1", "rate: 2");
    service.file.write(&text);
    let planned = service.reloader.plan().wait().unwrap().shadowed;
    let report = service.reload_text(&text);
    assert_eq!(report.verdict(), Verdict::Unchanged);
    assert_eq!(report.shadowed(), planned);
    let [shadowed] = report.shadowed() else { panic!("{report}") };
    assert_eq!(
        (shadowed.key.to_string(), shadowed.origin.to_string()),
        ("rate".to_owned(), "memory:1:8".to_owned())
    );
    assert!(shadowed.by.to_string().starts_with("override by alice until "), "{report}");
    let report = service.reload_text(&text.replace("motd: one", "motd: two"));
    assert!(report.shadowed().is_empty(), "it is said once");
}

#[test]
fn an_override_ends_although_the_sources_are_broken() {
    let service = Service::start();
    service.override_rate(7);
    assert_eq!(service.reload_text("{rate: [").verdict(), Verdict::Rejected);
    service.stage.advance(QUARTER);
    assert_eq!(service.rate(), 1);
}

#[test]
fn status_and_explain_show_who_overrides_and_until_when() {
    let service = Service::start();
    let trigger = Trigger::admin("looking into it").actor("alice");
    let rate = Config::fields().rate();
    service.reloader.override_field(rate, 7).trigger(trigger).for_duration(QUARTER).wait().unwrap();

    let status = serde_json::to_value(service.reloader.status()).unwrap();
    let shown = &status["overrides"][0];
    assert_eq!(shown["key"], "rate");
    assert_eq!(shown["value"], 7);
    assert_eq!(shown["by"]["actor"], "alice");
    assert!(shown["until"].as_str().unwrap().ends_with('Z'), "{shown}");
    let field = status["fields"].as_array().unwrap().iter().find(|field| field["key"] == "rate");
    let field = field.unwrap();
    assert_eq!((&field["effective"], &field["desired"]), (&7.into(), &1.into()));

    let explained = service.reloader.explain("rate").to_string();
    let lines: Vec<_> = explained.lines().map(str::trim_start).collect();
    assert!(lines[2].starts_with("memory:1:8"), "{explained}");
    assert!(lines[2].contains("shadowed by override by alice until"), "{explained}");
    assert!(lines.last().unwrap().starts_with("> override by alice until"), "{explained}");
    assert!(!service.reloader.explain("motd").to_string().contains("alice"));
}

#[test]
fn one_field_has_one_override_and_the_last_one_counts() {
    let service = Service::start();
    service.override_rate(7);
    service.stage.advance(QUARTER / 2);
    service.override_rate(8);
    assert_eq!(service.reloader.status().overrides.len(), 1);
    service.stage.advance(QUARTER / 2);
    assert_eq!(service.rate(), 8, "its time began anew");
    service.stage.advance(QUARTER / 2);
    assert_eq!(service.rate(), 1);
}

#[test]
fn overrides_of_two_fields_end_each_in_its_time() {
    let service = Service::start();
    let fields = Config::fields();
    service.override_rate(7);
    let motd = service.reloader.override_field(fields.motd(), "over".to_owned());
    motd.for_duration(QUARTER * 2).wait().unwrap();
    let now = || (service.rate(), service.reloader.handle().load().motd.clone());
    assert_eq!(now(), (7, "over".to_owned()));
    service.stage.advance(QUARTER);
    assert_eq!(now(), (1, "over".to_owned()));
    service.stage.advance(QUARTER);
    assert_eq!(now(), (1, "one".to_owned()));
}

#[test]
fn an_override_can_be_ended_before_its_time() {
    let service = Service::start();
    let rate = Config::fields().rate();
    service.override_rate(7);
    let report = service.reloader.end_override(rate, Trigger::api("a test")).wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Applied);
    assert_eq!(service.rate(), 1);
    assert_eq!(
        service.reloader.end_override(rate, Trigger::api("a test")).wait().unwrap().verdict(),
        Verdict::Unchanged
    );
}

#[test]
fn an_override_that_cannot_be_is_refused_and_says_why() {
    let service = Service::start();
    let fields = Config::fields();
    let refused = |report: Report, expected: &str| {
        assert_eq!(report.verdict(), Verdict::Rejected);
        assert_eq!(report.problems()[0].to_string(), expected);
        assert!(service.reloader.status().overrides.is_empty());
        assert_eq!(service.rate(), 1);
    };
    let rate = |value, duration| {
        service.reloader.override_field(fields.rate(), value).for_duration(duration).wait().unwrap()
    };
    let expected = "rate: an override for no time has no effect, give it a duration";
    refused(rate(7, Duration::ZERO), expected);
    let expected = "rate: an override lasts a year at most, edit a source instead";
    refused(rate(7, Duration::MAX), expected);
    // What the validation says counts for overrides too.
    let report = rate(101, QUARTER);
    let message = &report.problems()[0].message;
    assert_eq!(message, "above the limit of 100 (together with the overrides in force)");
    let cache = fields.cache();
    let gone = service.reloader.override_field(cache.entries(), None).for_duration(QUARTER).wait();
    let message = "cache.entries: a field of an absent section cannot be overridden, and an override cannot take a section away";
    refused(gone.unwrap(), message);
    service.stage.inject(fields.rate(), Fault::Refuse);
    refused(
        rate(7, QUARTER),
        "memory:1:8: rate: a fault that the test asked for (refused: 7)"
            .replace("memory:1:8", &origin(&service))
            .as_str(),
    );

    fn origin(service: &Service) -> String {
        let report = last(service);
        report.problems()[0].origin.as_ref().unwrap().to_string()
    }
}

#[test]
fn a_field_below_an_optional_section_is_overridden_while_the_section_is_there() {
    let service = Service::start();
    let cache = Config::fields().cache();
    let names = service.reloader.override_field(cache.names(), Some(vec!["b".to_owned()]));
    assert_eq!(names.for_duration(QUARTER).wait().unwrap().verdict(), Verdict::Applied);
    let now = || service.reloader.handle().load().cache.as_ref().unwrap().names.clone();
    assert_eq!(now(), ["b"]);
    let report = service.reload_text("{rate: 1, motd: one, limit: 100}");
    assert_eq!(report.verdict(), Verdict::PendingRestart, "{report}");
    assert_eq!(now(), ["b"]);
    service.stage.advance(QUARTER);
    assert_eq!(now(), ["a"]);
}

#[test]
fn an_override_that_is_what_the_sources_say_holds_when_they_change() {
    let service = Service::start();
    assert_eq!(service.override_rate(1).verdict(), Verdict::Unchanged);
    service.reload(2, "one");
    assert_eq!(service.rate(), 1);
    service.stage.advance(QUARTER);
    assert_eq!(service.rate(), 2);
}

#[test]
fn a_reload_that_is_only_invalid_beside_an_override_is_refused() {
    let service = Service::start();
    service.override_rate(50);
    // The limit waits for a restart, so 50 would be above it only after one.
    let report =
        service.reload_text("{rate: 1, motd: two, cache: {entries: 5, names: [a]}, limit: 10}");
    assert_eq!(report.verdict(), Verdict::Applied, "{report}");
    // But what is in force once the override ends is checked when the sources are accepted.
    let report =
        service.reload_text("{rate: 200, motd: two, cache: {entries: 5, names: [a]}, limit: 300}");
    assert_eq!(report.verdict(), Verdict::Rejected, "{report}");
}

#[test]
fn an_override_whose_end_is_refused_is_tried_again() {
    let service = Service::start();
    service.override_rate(7);
    service.stage.inject(Config::fields().rate(), Fault::Refuse);
    service.stage.advance(QUARTER);
    assert_eq!(service.rate(), 7);
    assert_eq!(last(&service).verdict(), Verdict::Rejected);
    assert_eq!(last(&service).trigger().kind(), TriggerKind::Expiry);
    service.stage.heal();
    service.stage.advance(Duration::from_secs(60));
    assert_eq!(service.rate(), 1);
}

#[test]
fn an_override_whose_end_takes_long_to_refuse_leaves_time_for_others() {
    /// Takes longer to refuse than the pause before the next time.
    struct Slow(Stage, AtomicU32);
    impl ConfigHooks for Slow {
        fn on_rate(&self, rate: Change<'_, u32>) -> HookResult<'_> {
            if *rate.new == 1 && self.1.fetch_add(1, Ordering::Relaxed) < 3 {
                self.0.advance(Duration::from_secs(90));
                return Err("not yet".into());
            }
            Ok(Commit::none())
        }
    }
    let stage = Stage::new();
    let hooks = Arc::new(Slow(stage.clone(), AtomicU32::new(0)));
    let boot = Loader::<Config>::new().text("yaml", FIRST).load().unwrap();
    let reloader = boot.reloader().hooks(Arc::clone(&hooks)).stage(&stage).start().unwrap();
    reloader.override_field(Config::fields().rate(), 7).for_duration(QUARTER).wait().unwrap();
    stage.advance(QUARTER);
    assert_eq!(hooks.1.load(Ordering::Relaxed), 1, "it is not asked without a pause");
    stage.advance(Duration::from_secs(60));
    assert_eq!(hooks.1.load(Ordering::Relaxed), 2);
}

#[test]
fn a_rollback_ends_overrides_and_never_brings_one_back() {
    let service = Service::start();
    service.reload(2, "two");
    service.override_rate(7);
    service.reload(2, "three");
    assert_eq!(
        service.reloader.rollback_to(2, rollback()).wait().unwrap().verdict(),
        Verdict::Applied
    );
    assert_eq!(service.rate(), 2);
    assert!(service.reloader.status().overrides.is_empty());

    // Generation 3 was made by the override, which is over.
    assert!(service.reloader.diff(2, 3).unwrap().is_empty(), "it was never part of the history");
    service.reloader.rollback_to(3, rollback()).wait().unwrap();
    assert_eq!(service.rate(), 2);
    service.stage.advance(QUARTER);
    assert_eq!(service.rate(), 2);
}

#[test]
fn an_override_asked_for_by_a_hook_is_put_in_force_afterwards() {
    struct Asking(Mutex<Option<Arc<Reloader<Config>>>>);
    impl ConfigHooks for Asking {
        fn on_rate(&self, rate: Change<'_, u32>) -> HookResult<'_> {
            if *rate.new == 2 {
                let reloader = self.0.lock().unwrap().take().unwrap();
                let motd = Config::fields().motd();
                let asked = reloader.override_field(motd, "asked".to_owned());
                assert!(asked.for_duration(QUARTER).wait().unwrap_err().is_reentrant());
            }
            Ok(Commit::none())
        }
    }
    let (file, stage, hooks) =
        (Memory::yaml(FIRST), Stage::new(), Arc::new(Asking(Mutex::default())));
    let boot = Loader::<Config>::new().source(file.clone()).load().unwrap();
    let reloader = boot.reloader().hooks(Arc::clone(&hooks)).stage(&stage).start().unwrap();
    let reloader = Arc::new(reloader);
    *hooks.0.lock().unwrap() = Some(Arc::clone(&reloader));
    file.write(FIRST.replace("rate: 1", "rate: 2"));
    reloader.reload(Trigger::api("a test")).wait().unwrap();
    stage.advance(Duration::from_secs(1));
    assert_eq!(reloader.handle().load().motd, "asked");
}

#[test]
fn the_real_clock_ends_an_override_too() {
    let boot = Loader::<Config>::new().text("yaml", FIRST).load().unwrap();
    let reloader = boot.reloader().hooks(Arc::new(Hooks)).watch(Watching::Off).start().unwrap();
    let motd = Config::fields().motd();
    let seen = reloader.watch(motd);
    reloader
        .override_field(motd, "over".to_owned())
        .for_duration(Duration::from_millis(50))
        .wait()
        .unwrap();
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while reloader.handle().load().motd != "one" {
        assert!(std::time::Instant::now() < deadline, "the override does not end");
        seen.wait_timeout(Duration::from_secs(60)).unwrap();
    }
}

#[test]
fn w2_an_override_refuses_nan_as_a_source_does() {
    #[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
    struct Sampling {
        #[reload(hot, live)]
        ratio: f64,
        #[reload(hot, live)]
        weights: Vec<Option<f32>>,
    }
    let boot = Loader::<Sampling>::new().text("yaml", "{ratio: 1, weights: [1]}").load().unwrap();
    let reloader = boot.reloader().start().unwrap();
    let fields = Sampling::fields();
    let ratio =
        reloader.override_field(fields.ratio(), f64::NAN).for_duration(QUARTER).wait().unwrap();
    let weights = vec![Some(1.0), Some(f32::NAN)];
    let weights =
        reloader.override_field(fields.weights(), weights).for_duration(QUARTER).wait().unwrap();
    for (report, key) in [(ratio, "ratio: "), (weights, "weights: ")] {
        assert_eq!(report.verdict(), Verdict::Rejected);
        let problem = report.problems()[0].to_string();
        assert!(problem.starts_with(key) && problem.contains("NaN"), "{problem}");
    }
    let report =
        reloader.override_field(fields.ratio(), f64::INFINITY).for_duration(QUARTER).wait();
    assert_eq!(report.unwrap().verdict(), Verdict::Applied);
    let again = reloader.reload(Trigger::api("a test")).wait().unwrap();
    assert_eq!(again.verdict(), Verdict::Unchanged);
}
