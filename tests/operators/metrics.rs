//! Metrics, through the exporter that services use.

use std::{
    collections::BTreeMap,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use dlc_reload::{
    Change, Commit, HookResult, Loader, Reloadable, Reloader, Secret, Trigger, Verdict, Watching,
    testing::{Fault, Memory, Stage},
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Upstream {
    #[reload(hot)]
    weight: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot)]
    rate: u32,
    #[serde(default)]
    #[reload(hot, entries)]
    upstreams: BTreeMap<String, Upstream>,
    #[serde(default)]
    #[reload(restart)]
    port: u16,
    #[serde(default)]
    #[reload(restart, secret)]
    key: Secret<String>,
}

struct App;

impl ConfigHooks for App {
    fn on_rate(&self, _: Change<'_, u32>) -> HookResult<'_> {
        Ok(Commit::new(|| {}))
    }
    fn on_upstreams_added<'a>(&'a self, _: &'a String, _: &'a Upstream) -> HookResult<'a> {
        Ok(Commit::none())
    }
    fn on_upstreams_removed<'a>(&'a self, _: &'a String, _: &'a Upstream) -> HookResult<'a> {
        Ok(Commit::none())
    }
    fn on_upstreams_changed<'a>(&'a self, _: &'a String, _: UpstreamDiff<'a>) -> HookResult<'a> {
        Ok(Commit::none())
    }
}

/// A service that is measured by a recorder of its own.
struct Measured {
    reloader: Reloader<Config>,
    file: Memory,
    stage: Stage,
    prometheus: PrometheusHandle,
}

impl Measured {
    fn start(text: &str) -> Self {
        let recorder = PrometheusBuilder::new().build_recorder();
        let (file, stage) = (Memory::yaml(text), Stage::new());
        let boot = Loader::<Config>::new()
            .source(file.clone())
            .optional_file("no-such-file.yaml")
            .load()
            .unwrap();
        let builder = || {
            let builder = boot.reloader().hooks(Arc::new(App)).stage(&stage);
            builder.on_critical(|_| {}).metrics().start().unwrap()
        };
        let reloader = metrics::with_local_recorder(&recorder, builder);
        Self { reloader, file, stage, prometheus: recorder.handle() }
    }

    /// Returns the value of a series.
    fn value(&self, series: &str) -> f64 {
        value(&self.prometheus.render(), series)
    }

    fn reload(&self) -> Verdict {
        self.reloader.reload(Trigger::api("a test")).wait().unwrap().verdict()
    }

    /// Waits until the thing that was asked for last has been measured: a report is handed over before that.
    fn settle(&self) {
        let _ = self.reloader.plan().wait();
    }
}

/// Returns the value of a series in an exposition.
#[track_caller]
pub fn value(text: &str, series: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{series} is not in\n{text}")).parse().unwrap()
}

/// Compares an exposition with a file of this folder.
#[track_caller]
pub fn is_as_written(text: &str, file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("operators").join(file);
    let sorted = sorted(&without_times(text));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &sorted).unwrap();
    }
    assert_eq!(sorted, std::fs::read_to_string(&path).unwrap(), "BLESS=1 writes it anew");
}

/// Returns a text without the numbers that differ from run to run.
fn without_times(text: &str) -> String {
    let is_time = |line: &str| line.contains("_seconds") && !line.starts_with('#');
    let steady = |line: &str| match line.rsplit_once(' ') {
        Some((series, _)) if is_time(line) && !series.contains("_count") => format!("{series} …"),
        _ => line.to_owned(),
    };
    text.lines().map(steady).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_series_is_there_from_the_start_with_its_description() {
    is_as_written(&Measured::start("rate: 1").prometheus.render(), "metrics.txt");
}

/// Returns the families of an exposition in the order of their names, as the exporter has them in none.
fn sorted(text: &str) -> String {
    let mut families: Vec<Vec<&str>> =
        text.split("\n\n").map(|family| family.lines().collect()).collect();
    for family in &mut families {
        family.retain(|line| !line.is_empty());
        family.sort_by_key(|line| (!line.starts_with('#'), *line));
    }
    families.retain(|family| !family.is_empty());
    families.sort();
    families.iter().map(|family| family.join("\n") + "\n").collect::<Vec<_>>().join("\n")
}

#[test]
fn promtool_finds_nothing_to_say() {
    promtool_takes(&Measured::start("rate: 1").prometheus.render());
}

/// Has promtool check an exposition.
pub fn promtool_takes(text: &str) {
    let mut promtool = match Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
    {
        Ok(promtool) => promtool,
        Err(error) => return crate::left_out("promtool", &error),
    };
    let mut input = promtool.stdin.take().unwrap();
    input.write_all(text.as_bytes()).unwrap();
    drop(input);
    let output = promtool.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn each_verdict_moves_its_series() {
    let service = Measured::start("rate: 1");
    let reloads = |verdict: &str, trigger: &str| {
        let labels = format!(r#"verdict="{verdict}",trigger="{trigger}""#);
        service.value(&format!("config_reloads_total{{{labels}}}"))
    };
    assert_eq!(reloads("applied", "start"), 1.0);
    assert_eq!(service.value("config_last_reload_successful"), 1.0);
    assert_eq!(service.value("config_next_boot_ok"), 1.0);
    let first = service.value("config_last_reload_success_timestamp_seconds");
    assert!(first > 0.0);

    service.file.write("{rate: 2, port: 9}");
    assert_eq!(service.reload(), Verdict::Applied);
    service.settle();
    assert_eq!(reloads("applied", "api"), 1.0);
    assert_eq!(service.value("config_generation"), 2.0);
    assert_eq!(service.value("config_pending_restart_fields"), 1.0);

    service.file.write("{rate: x}");
    assert_eq!(service.reload(), Verdict::Rejected);
    service.settle();
    assert_eq!(reloads("rejected", "api"), 1.0);
    assert_eq!(service.value("config_last_reload_successful"), 0.0);
    assert_eq!(service.value("config_next_boot_ok"), 0.0);

    service.file.write("{rate: 3}");
    service.stage.inject(Config::fields().rate(), Fault::FailCommit);
    assert_eq!(service.reload(), Verdict::RolledBack);
    service.settle();
    assert_eq!(reloads("rolled_back", "api"), 1.0);
    service.stage.heal();
    assert_eq!(service.reload(), Verdict::Applied);
    service.settle();
    assert_eq!(service.value("config_last_reload_successful"), 1.0);
    assert_eq!(service.value("config_pending_restart_fields"), 0.0);
    assert_eq!(reloads("rejected", "file"), 0.0);
    assert_eq!(service.value("config_reload_duration_seconds_count"), 5.0);
}

#[test]
fn an_override_says_nothing_of_what_the_sources_hold() {
    let service = Measured::start("rate: 1");
    let success = || service.value("config_last_reload_successful");
    let refused = service.reloader.override_key("rate", "many").until_ended().wait().unwrap();
    assert_eq!((refused.verdict(), success()), (Verdict::Rejected, 1.0));
    service.file.write("rate: x");
    assert_eq!(service.reload(), Verdict::Rejected);
    let accepted = service.reloader.override_key("rate", "7").until_ended().wait().unwrap();
    assert_eq!((accepted.verdict(), success()), (Verdict::Applied, 0.0));
}

#[test]
fn an_override_is_counted_until_it_ends_by_itself() {
    let service = Measured::start("rate: 1");
    let rate = Config::fields().rate();
    let quarter = Duration::from_secs(900);
    service.reloader.override_field(rate, 9).for_duration(quarter).wait().unwrap();
    service.settle();
    assert_eq!(service.value("config_overrides_active"), 1.0);
    service.stage.advance(quarter);
    service.settle();
    assert_eq!(service.value("config_overrides_active"), 0.0);
    let ended = r#"config_reloads_total{verdict="applied",trigger="expiry"}"#;
    assert_eq!(service.value(ended), 1.0);
}

#[test]
fn hooks_have_one_series_a_field_and_the_entries_of_a_collection_one() {
    let service = Measured::start("rate: 1");
    let many: String = (0..50).map(|number| format!("  u{number}: {{weight: 1}}\n")).collect();
    service.file.write(format!("rate: 2\nupstreams:\n{many}"));
    assert_eq!(service.reload(), Verdict::Applied);
    let steps =
        |key: &str| service.value(&format!(r#"config_hook_duration_seconds_count{{key="{key}"}}"#));
    // It is asked, and its commit runs.
    assert_eq!(steps("rate"), 2.0);
    assert_eq!(steps("upstreams"), 100.0);
    assert!(!service.prometheus.render().contains("u49"));
}

#[test]
fn a_source_has_the_time_at_which_it_was_read_last() {
    let service = Measured::start("rate: 1");
    let source = |name: &str| {
        let series = "config_source_last_success_timestamp_seconds";
        service.value(&format!(r#"{series}{{source="{name}"}}"#))
    };
    assert!(source("memory") > 0.0);
    assert_eq!(source("no-such-file.yaml"), 0.0);
    let first = source("memory");
    service.stage.advance(Duration::from_secs(60));
    service.reload();
    service.settle();
    assert!(source("memory") >= first + 60.0);
}

#[test]
fn sources_of_one_name_have_a_series_each() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let loader = Loader::<Config>::new().source(Memory::yaml("rate: 1"));
    let loader = loader.source(Memory::yaml("rate: 2")).source(Memory::yaml("rate: 3"));
    let boot = loader.load().unwrap();
    let start = || boot.reloader().hooks(Arc::new(App)).metrics().start().unwrap();
    let reloader = metrics::with_local_recorder(&recorder, start);
    let status = reloader.status();
    let names: Vec<_> = status.sources.iter().map(|source| source.name.to_string()).collect();
    assert_eq!(names, ["memory", "memory 2", "memory 3"]);
    let text = recorder.handle().render();
    for name in names {
        let series =
            format!("\nconfig_source_last_success_timestamp_seconds{{source=\"{name}\"}} 1");
        assert!(text.contains(&series), "{text}");
    }
}

#[test]
fn no_metric_tells_a_secret() {
    let service = Measured::start("{rate: 1, key: hunter2}");
    service.file.write("{rate: 2, key: hunter3}");
    service.reload();
    service.settle();
    let text = service.prometheus.render();
    assert!(!text.contains("hunter"), "{text}");
}

#[test]
fn watching_has_its_series() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.yaml");
    std::fs::write(&path, "rate: 1").unwrap();
    let recorder = PrometheusBuilder::new().build_recorder();
    let boot = Loader::<Config>::new().file(&path).load().unwrap();
    let builder = || {
        let builder = boot.reloader().hooks(Arc::new(App)).watch(Watching::Always);
        builder.metrics().start().unwrap()
    };
    let reloader = metrics::with_local_recorder(&recorder, builder);
    let text = recorder.handle().render();
    assert!(text.contains("\nconfig_watch_degraded 0\n"), "{text}");
    assert!(text.contains("\nconfig_watch_missed_changes_total 0\n"), "{text}");
    drop(reloader);
}
