//! Metrics of a node of a fleet, through the exporter that services use.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use dlc_reload::{
    Loader, Reloadable, Reloader,
    fleet::{Desk, Document, Fleet, MemoryClient, MemoryStore, Plan, Reach, Stage, Store as _},
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::{
    harness::PATIENCE,
    metrics::{is_as_written, promtool_takes, value},
};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot, live)]
    rate: u32,
}

/// A fleet whose version 1 is to run everywhere.
struct World {
    engine: MemoryStore,
    desk: Desk,
    folder: TempDir,
}

/// A node that is measured by a recorder of its own.
struct Measured {
    reloader: Reloader<Config>,
    client: MemoryClient,
    prometheus: PrometheusHandle,
}

impl World {
    fn new() -> Self {
        let engine = MemoryStore::new("shop/test");
        let desk = Desk::new(Arc::new(engine.client()), "olga");
        let world = Self { engine, desk, folder: tempfile::tempdir().unwrap() };
        world.roll_out("rate: 1");
        world
    }

    fn publish(&self, text: &str) -> u64 {
        let document = Document { name: "base.yaml".into(), text: text.into() };
        self.desk.publish(vec![document], "a test").unwrap()
    }

    /// Starts a rollout to one node and then to all.
    fn roll_out(&self, text: &str) -> u64 {
        let version = self.publish(text);
        let stage = |reach| Stage::new(reach, Duration::from_millis(1), PATIENCE);
        let plan = Plan::new("a test", vec![stage(Reach::Count(1)), stage(Reach::Share(1.0))]);
        self.desk.start(version, plan, "a test").unwrap();
        version
    }

    /// Changes the documents of a version, as nobody who publishes can.
    fn alter(&self, version: u64) {
        let (client, key) = (self.engine.client(), format!("versions/{version}"));
        let entry = client.get(&key).unwrap().unwrap();
        let text = String::from_utf8(entry.value).unwrap().replace("rate: 2", "rate: 3");
        client.swap(&key, entry.revision, text.as_bytes()).unwrap().unwrap();
    }

    fn start(&self, name: &str) -> Measured {
        self.start_in(name, name)
    }

    fn start_in(&self, name: &str, folder: &str) -> Measured {
        let client = self.engine.client();
        let cache = self.folder.path().join(folder);
        let fleet = Fleet::new(client.clone(), name).cache(cache).splay(Duration::ZERO);
        let boot = Loader::<Config>::new().text("yaml", "rate: 7").fleet(&fleet).load().unwrap();
        let recorder = PrometheusBuilder::new().build_recorder();
        // The order of the two makes no difference.
        let builder = || match name {
            "n1" => boot.reloader().metrics().fleet(fleet).start().unwrap(),
            _ => boot.reloader().fleet(fleet).metrics().start().unwrap(),
        };
        let reloader = metrics::with_local_recorder(&recorder, builder);
        Measured { reloader, client, prometheus: recorder.handle() }
    }
}

impl Measured {
    fn value(&self, series: &str) -> f64 {
        value(&self.prometheus.render(), series)
    }

    /// Waits until these series have these values.
    #[track_caller]
    fn until(&self, series: &[(&str, f64)]) {
        let end = Instant::now() + PATIENCE;
        loop {
            let text = self.prometheus.render();
            let wrong = series.iter().find(|(series, wanted)| value(&text, series) != *wanted);
            let Some((series, wanted)) = wrong else { return };
            assert!(Instant::now() < end, "{series} is not {wanted}:\n{text}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

const VERSION: &str = "config_fleet_version";
const TARGET: &str = "config_fleet_target_version";
const CONTROLLER: &str = "config_fleet_controller";

fn refused(because: &str) -> String {
    format!(r#"config_fleet_refused_version{{because="{because}"}}"#)
}

fn phase(phase: &str) -> String {
    format!(r#"config_fleet_rollout_phase{{phase="{phase}"}}"#)
}

fn nodes(standing: &str) -> String {
    format!(r#"config_fleet_rollout_nodes{{standing="{standing}"}}"#)
}

fn trouble(kind: &str) -> String {
    format!(r#"config_fleet_trouble{{kind="{kind}"}}"#)
}

fn calls(call: &str, result: &str) -> String {
    format!(r#"config_fleet_store_calls_total{{call="{call}",result="{result}"}}"#)
}

/// Returns what an exposition says of the fleet, without the number of calls, which differs from run to run.
fn of_the_fleet(text: &str) -> String {
    let families = text.split("\n\n").filter(|it| it.contains(" config_fleet_"));
    let steady = |line: &str| match line.rsplit_once(' ') {
        Some((series, _)) if series.starts_with("config_fleet_store_calls_total{") => {
            format!("{series} …")
        }
        _ => line.to_owned(),
    };
    let steady = |family: &str| family.lines().map(steady).collect::<Vec<_>>().join("\n");
    families.map(steady).collect::<Vec<_>>().join("\n\n")
}

#[test]
fn every_series_is_there_from_the_start_with_its_description() {
    let world = World::new();
    let node = world.start("n1");
    let first = node.prometheus.render();
    promtool_takes(&first);
    node.until(&[(VERSION, 1.0), (&phase("promoted"), 1.0)]);
    world.roll_out("rate: 2");
    node.until(&[(VERSION, 2.0), (&phase("promoted"), 1.0), (&nodes("proved"), 1.0)]);
    let text = node.prometheus.render();
    is_as_written(&of_the_fleet(&text), "node_metrics.txt");
    let series = |text: &str| {
        let lines = text.lines().filter(|line| line.starts_with("config_fleet_"));
        lines.filter_map(|line| Some(line.rsplit_once(' ')?.0.to_owned())).collect::<BTreeSet<_>>()
    };
    assert_eq!(series(&first), series(&text));
}

#[test]
fn a_service_in_no_fleet_has_no_series_of_one() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let boot = Loader::<Config>::new().text("yaml", "rate: 7").load().unwrap();
    let start = || boot.reloader().metrics().start().unwrap();
    let _reloader = metrics::with_local_recorder(&recorder, start);
    let text = recorder.handle().render();
    assert!(text.contains("config_generation 1") && !text.contains("config_fleet"), "{text}");
}

#[test]
fn a_rollout_moves_the_series_of_the_node_that_controls_it() {
    let world = World::new();
    let one = world.start("n1");
    one.until(&[(VERSION, 1.0), (&phase("promoted"), 1.0)]);
    // It was promoted before there was a node, and so without a stage.
    one.until(&[(CONTROLLER, 1.0), (TARGET, 1.0), ("config_fleet_rollout_stage", 0.0)]);
    let two = world.start("n2");
    two.until(&[(VERSION, 1.0), (TARGET, 1.0)]);

    world.roll_out("rate: 2");
    one.until(&[(VERSION, 2.0), (&phase("promoted"), 1.0), (&nodes("proved"), 2.0)]);
    assert_eq!(one.value("config_fleet_rollout_stage"), 2.0);
    two.until(&[(VERSION, 2.0), (TARGET, 2.0), (CONTROLLER, 0.0)]);
    for series in [phase("promoted"), nodes("proved"), "config_fleet_rollout_stage".into()] {
        assert_eq!(two.value(&series), 0.0, "{series} is that of the controller alone");
    }

    world.desk.freeze(SystemTime::now() + Duration::from_secs(3600), "a holiday").unwrap();
    one.until(&[("config_fleet_frozen", 1.0)]);
    world.desk.unfreeze("back").unwrap();
    one.until(&[("config_fleet_frozen", 0.0)]);

    drop(one);
    two.until(&[(CONTROLLER, 1.0), (&phase("promoted"), 1.0), (&nodes("reached"), 2.0)]);
}

#[test]
fn a_version_that_is_refused_is_named_until_another_is_asked_for() {
    let world = World::new();
    let node = world.start("n1");
    node.until(&[(VERSION, 1.0), (&phase("promoted"), 1.0)]);
    world.roll_out("rate: many");
    node.until(&[(&phase("halted"), 1.0), (&phase("running"), 0.0), (&nodes("rejected"), 1.0)]);
    node.until(&[(VERSION, 1.0), (&refused("rejected"), 2.0), (&refused("ill"), 0.0)]);
    world.desk.abort("a typo").unwrap();
    node.until(&[(&phase("aborted"), 1.0), (&refused("rejected"), 0.0), (TARGET, 1.0)]);
}

#[test]
fn a_version_that_was_altered_is_not_trusted() {
    let world = World::new();
    let node = world.start("n1");
    node.until(&[(VERSION, 1.0), (&phase("promoted"), 1.0)]);
    node.client.cut_off("it takes nothing meanwhile");
    let version = world.publish("rate: 2");
    world.desk.pin("n1", version, "a test").unwrap();
    world.alter(version);
    node.client.mend();
    node.until(&[(&refused("untrusted"), 2.0), (TARGET, 2.0), (VERSION, 1.0)]);
}

#[test]
fn the_store_and_what_is_wrong_on_the_machine_have_their_series() {
    let world = World::new();
    let node = world.start("n1");
    node.until(&[(VERSION, 1.0), (&phase("promoted"), 1.0)]);
    let contact = "config_fleet_last_contact_timestamp_seconds";
    let before = node.value(contact);
    assert!(before > 0.0);
    assert!(node.value(&calls("read", "ok")) > 0.0 && node.value(&calls("write", "ok")) > 0.0);

    let rate = Config::fields().rate();
    node.reloader.override_field(rate, 9).until_ended().wait().unwrap();
    node.until(&[("config_fleet_drift_fields", 1.0)]);

    assert_eq!(node.value(&calls("read", "unreachable")), 0.0);
    node.client.cut_off("the cable was pulled");
    node.until(&[(CONTROLLER, 0.0)]);
    let version = world.publish("rate: 2");
    world.desk.pin("n1", version, "a test").unwrap();
    world.engine.remove(&format!("versions/{version}"));
    node.client.mend();
    node.until(&[(&trouble("version_missing"), 1.0), (&trouble("unseen"), 0.0)]);
    assert!(node.value(&calls("read", "unreachable")) > 0.0);
    assert!(node.value(contact) > before);
}

#[test]
fn a_node_that_starts_without_the_store_is_stale_until_it_is_back() {
    let world = World::new();
    let node = world.start("n1");
    node.until(&[(VERSION, 1.0), (&phase("promoted"), 1.0)]);
    drop(node);
    world.engine.cut_off("the cable was pulled");
    let node = world.start("n1");
    node.until(&[("config_fleet_stale", 1.0), (VERSION, 1.0), (CONTROLLER, 0.0)]);
    assert_eq!(node.value("config_fleet_last_contact_timestamp_seconds"), 0.0);
    world.engine.mend();
    world.engine.advance(Duration::from_secs(60));
    node.until(&[("config_fleet_stale", 0.0), (CONTROLLER, 1.0)]);
}

#[test]
fn a_name_that_another_process_has_is_trouble() {
    let world = World::new();
    let first = world.start("n1");
    first.until(&[(VERSION, 1.0), (&phase("promoted"), 1.0)]);
    let second = world.start_in("n1", "other");
    let rate = Config::fields().rate();
    // The state of the first one changes, so that it is alive.
    let taken = trouble("unseen");
    let end = Instant::now() + PATIENCE;
    for value in 100.. {
        first.reloader.override_field(rate, value).until_ended().wait().unwrap();
        if second.value(&taken) == 1.0 {
            break;
        }
        assert!(Instant::now() < end, "{}", second.prometheus.render());
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(first.value(&taken), 0.0);
}
