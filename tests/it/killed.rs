//! A service that is killed at any moment, again and again, over the same files.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use dlc_reload::{
    Invalid, Loader, Reloadable, Secret, Trigger, Verdict, Watching,
    audit::{self, Audit},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    fixture::Dir,
    subprocess::{is_alone, this_binary},
};

/// Says where the service keeps its files.
const HOME: &str = "DLC_RELOAD_TEST_HOME";

/// The number of the first configuration that the service writes.
const FIRST: &str = "DLC_RELOAD_TEST_FIRST";

/// How often the service is killed; 200.
const ROUNDS: &str = "DLC_RELOAD_TEST_KILLS";

/// Kills at the same moments again, as far as the machine allows.
const SEED: &str = "DLC_RELOAD_TEST_SEED";

/// All that must not be found on disk starts with this.
const SECRET: &str = "hunter2";

/// The longest that a service lives after it said that it is there, in microseconds.
const LONGEST_LIFE: u64 = 30_000;

/// How many configurations the history keeps.
const KEPT: usize = 3;

/// How many old files the audit keeps.
const OLD_FILES: usize = 12;

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(validate = check)]
struct Config {
    /// `step-7` in the seventh configuration.
    #[reload(hot, live)]
    step: String,
    #[serde(default)]
    #[reload(restart)]
    port: u16,
    #[serde(default)]
    #[reload(restart)]
    wrong: bool,
    #[reload(restart)]
    token: Secret<String>,
}

fn check(config: &Config) -> Result<(), Invalid> {
    if config.wrong { Err(Invalid::new().at("wrong", "must not be true")) } else { Ok(()) }
}

fn loader(home: &Path) -> Loader<Config> {
    // The token is in a file, which `KILLED_TOKEN_FILE` names.
    Loader::new()
        .file(home.join("config.yaml"))
        .env("KILLED")
        .last_known_good(home.join("good.json"))
}

/// Reloads as fast as it can, and tells each reload that has ended.
#[test]
fn service() {
    if !is_alone() {
        return;
    }
    println!("told here");
    let home = PathBuf::from(std::env::var_os(HOME).unwrap());
    let first: u64 = std::env::var(FIRST).unwrap().parse().unwrap();
    let audit = Audit::new(home.join("audit.jsonl")).rotate(6000, OLD_FILES).required();
    let reloader = loader(&home)
        .load()
        .unwrap()
        .reloader()
        .watch(Watching::Off)
        .history(KEPT, 1 << 20)
        .history_file(home.join("history.jsonl"))
        .observer(Arc::new(audit))
        .start()
        .unwrap();
    let generations = reloader.history().into_iter().map(|past| past.generation.to_string());
    println!("told history {}", generations.collect::<Vec<_>>().join(","));

    let handle = reloader.handle();
    let seen = move || {
        let config = handle.load();
        println!("told saw {} {}", config.snapshot().generation(), config.step);
    };
    seen();
    let steps = reloader.watch(Config::fields().step());
    // A reader sees a configuration before whoever asked for it is answered.
    thread::spawn(move || {
        while steps.wait().is_ok() {
            seen();
        }
    });
    let secret = PathBuf::from(std::env::var_os("KILLED_TOKEN_FILE").unwrap());
    for step in first.. {
        // It is so short that a kill leaves nothing of it or all.
        let (port, wrong) = (port(step), step % 5 == 4);
        let text = format!("step: step-{step}\nport: {port}\nwrong: {wrong}\n");
        fs::write(home.join("config.yaml"), text).unwrap();
        if step % 3 == 0 {
            let new = secret.with_extension("new");
            fs::write(&new, format!("{SECRET}-{step}")).unwrap();
            fs::rename(new, &secret).unwrap();
        }
        let report = reloader.reload(Trigger::api(format!("from {first}"))).wait().unwrap();
        let asked = if report.verdict() == Verdict::Rejected { "rejected" } else { "accepted" };
        println!("told {asked} {} {} step-{step}", report.id(), report.generation());
    }
}

/// Small, and the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// What was said of every generation, by anyone in any round.
#[derive(Default)]
struct Names(BTreeMap<u64, String>);

impl Names {
    fn say(&mut self, who: &str, generation: u64, step: &str) {
        let known = self.0.entry(generation).or_insert_with(|| step.to_owned());
        assert_eq!(known, step, "{who}: generation {generation} is another one");
    }
}

/// What a step has as its port, which changes now and then.
fn port(step: u64) -> u16 {
    u16::try_from(step / 4 % 1000).unwrap()
}

/// The number in `step-7`.
fn number(step: &str) -> u64 {
    step.strip_prefix("step-").unwrap().parse().unwrap()
}

/// The only `step-7` in a document.
fn step_in(document: &Value) -> String {
    let text = document.to_string();
    let start = text.find("step-").unwrap();
    text[start..].chars().take_while(|c| *c == '-' || c.is_ascii_alphanumeric()).collect()
}

/// What a reload was answered with.
struct Answer {
    accepted: bool,
    id: u64,
    generation: u64,
    step: String,
}

#[test]
fn what_was_answered_survives_any_kill() {
    let parse = |name| std::env::var(name).ok().map(|value| value.parse::<u64>().unwrap());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seed = parse(SEED).unwrap_or(now.as_micros() as u64);
    println!("{SEED}={seed}");
    let mut random = Random(seed.max(1));
    let (home, secrets) = (Dir::new(), Dir::new());
    home.write("config.yaml", "step: step-0\n");
    let secret = secrets.write("token", format!("{SECRET}-0"));

    let (mut names, mut floor) = (Names::default(), None);
    let (mut answered, mut accepted) = (0, 0);
    let rounds = parse(ROUNDS).unwrap_or(200);
    for round in 0..rounds {
        println!("round {round}");
        // The wrong configuration, each fifth, comes early in some, however slow the machine is.
        let first = (round + 1) * 100_000 + round % 5;
        // Every other service gets to its reloads, however slow the machine is.
        let awaited = random.below(10) * (round % 2);
        let life = (awaited, Duration::from_micros(random.below(LONGEST_LIFE)));
        let lines = lines_of(&home, &secret, first, life);
        let answers = understood(&lines, &mut names);
        let good: Vec<_> = answers.iter().filter(|answer| answer.accepted).collect();
        (answered, accepted) = (answered + answers.len(), accepted + good.len());
        floor = good.last().map(|answer| number(&answer.step)).or(floor);

        sees_the_audit(home.path(), first, &answers, &mut names);
        sees_the_history(home.path(), &answers, &mut names);
        starts_without_its_sources(&home, &secret, floor);
        sees_the_directory(home.path());
    }
    assert!(rounds < 50 || (accepted > 0 && answered > accepted), "{accepted} of {answered}");
    println!("{answered} reloads were answered, {accepted} of them accepted");
}

/// Runs the service until it has told so many lines and for a while more, and answers all it told.
fn lines_of(
    home: &Dir,
    secret: &Path,
    first: u64,
    (awaited, more): (u64, Duration),
) -> Vec<String> {
    let mut command = this_binary("killed::service");
    command.env(HOME, home.path()).env(FIRST, first.to_string());
    command.env("KILLED_TOKEN_FILE", secret);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let told = BufReader::new(child.stdout.take().unwrap()).lines();
    // The test runner writes to the same place, and may have the beginning of a line.
    let mut told = told.filter_map(|line| Some(line.unwrap().rsplit_once("told ")?.1.to_owned()));
    assert_eq!(told.next().as_deref(), Some("here"));
    // The kill at a random moment is the fault itself.
    let mut lines: Vec<_> = told.by_ref().take(awaited as usize).collect();
    thread::sleep(more);
    let ended = child.try_wait().unwrap();
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(ended.is_none(), "it ended by itself: {}", String::from_utf8_lossy(&output.stderr));
    lines.extend(told);
    lines
}

/// The answers among what the service told.
fn understood(lines: &[String], names: &mut Names) -> Vec<Answer> {
    let mut answers = Vec::new();
    for line in lines {
        let words: Vec<_> = line.split(' ').collect();
        match words.as_slice() {
            ["history", list] => {
                let list: Vec<u64> = list.split(',').map(|one| one.parse().unwrap()).collect();
                assert!(list.is_sorted_by(|a, b| a < b), "{list:?}");
            }
            ["saw", generation, step] => {
                names.say("a reader", generation.parse().unwrap(), step);
            }
            [verdict @ ("accepted" | "rejected"), id, generation, step] => {
                let (id, generation) = (id.parse().unwrap(), generation.parse().unwrap());
                let accepted = *verdict == "accepted";
                if accepted {
                    names.say("an answer", generation, step);
                }
                answers.push(Answer { accepted, id, generation, step: (*step).to_owned() });
            }
            _ => panic!("{line}"),
        }
    }
    answers
}

/// Every line of a file, whose last one may have been torn by the kill.
fn whole_lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    lines.map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

fn sees_the_audit(home: &Path, first: u64, answers: &[Answer], names: &mut Names) {
    let path = home.join("audit.jsonl");
    match audit::verify(&path) {
        Ok(_) => {}
        Err(broken) if broken.is_unreadable() && answers.is_empty() && !path.exists() => return,
        Err(broken) => panic!("{broken}"),
    }
    let mut paths: Vec<_> = names_in(home).into_iter().filter(|name| is_audit(name)).collect();
    // The one without a number is the newest.
    paths.sort();
    paths.rotate_left(usize::from(path.exists()));
    let reports: Vec<_> = paths
        .iter()
        .flat_map(|name| whole_lines(&home.join(name)))
        .filter(|line| line["kind"] == "report" && line["trigger"]["kind"] == "api")
        .collect();
    for report in &reports {
        let mut changes = report["changes"].as_array().into_iter().flatten();
        if let Some(step) = changes.rfind(|change| change["key"] == "step") {
            let generation = report["generation"].as_u64().unwrap();
            names.say("the audit", generation, step["new"].as_str().unwrap());
        }
    }
    let of_this = |report: &&Value| report["trigger"]["detail"] == format!("from {first}");
    let written: BTreeMap<_, _> = reports
        .iter()
        .filter(of_this)
        .map(|report| (report["id"].as_u64().unwrap(), report))
        .collect();
    // Rotation may have taken the first ones, and no others.
    let oldest = written.keys().next().copied().unwrap_or_default();
    for answer in answers.iter().filter(|answer| answer.id >= oldest) {
        let Some(report) = written.get(&answer.id) else { panic!("reload {} is lost", answer.id) };
        assert_eq!(report["generation"], answer.generation);
        assert_eq!(report["verdict"] == "rejected", !answer.accepted, "{report}");
    }
    assert!(oldest <= 1 || paths.len() >= OLD_FILES, "reload 1 is not in the audit");
}

fn is_audit(name: &str) -> bool {
    name == "audit.jsonl" || name.starts_with("audit.jsonl.0")
}

fn sees_the_history(home: &Path, answers: &[Answer], names: &mut Names) {
    let mut listed = Vec::new();
    for line in whole_lines(&home.join("history.jsonl")) {
        let generation = line["generation"].as_u64().unwrap();
        names.say("the history", generation, &step_in(&line["document"]));
        listed.push(generation);
    }
    assert!(listed.is_sorted_by(|a, b| a < b), "{listed:?}");
    // The file is cut after the line that makes it too long, unless the kill comes between the two.
    assert!(listed.len() <= 2 * KEPT + 2, "{listed:?}");
    let applied = answers.iter().filter(|answer| answer.accepted);
    let mut oldest_kept = listed.iter().rev().take(KEPT).copied().min().unwrap_or_default();
    if listed.len() < KEPT {
        oldest_kept = 0;
    }
    for generation in applied.map(|answer| answer.generation).filter(|one| *one >= oldest_kept) {
        assert!(listed.contains(&generation), "{generation} is lost from {listed:?}");
    }
}

/// Whatever was answered last is what the service starts from when its sources are refused.
fn starts_without_its_sources(home: &Dir, secret: &Path, floor: Option<u64>) {
    let sources = fs::read(home.join("config.yaml")).unwrap();
    home.write("config.yaml", "wrong: [");
    // The environment of this process is not to be changed, so that other tests are left alone.
    let loader = Loader::<Config>::new()
        .file(home.join("config.yaml"))
        .source(dlc_reload::source::Env::new("KILLED").of([("KILLED_TOKEN_FILE", secret)]))
        .last_known_good(home.join("good.json"));
    match loader.load() {
        Ok(boot) => {
            assert!(boot.last_known_good().is_some());
            let step = number(&boot.step);
            assert!(floor.is_none_or(|floor| step >= floor), "{step} is older than {floor:?}");
            assert_eq!(boot.port, port(step), "not of one piece");
            assert!(boot.token.expose().starts_with(SECRET));
        }
        Err(error) => {
            assert!(floor.is_none() && !home.join("good.json").exists(), "{error}");
        }
    }
    home.write("config.yaml", sources);
}

fn names_in(home: &Path) -> Vec<String> {
    let entries = fs::read_dir(home).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Nothing piles up, nobody else can read it, and no secret is in it.
fn sees_the_directory(home: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let expected = ["config.yaml", "good.json", "history.jsonl", "history.jsonl.lock"];
    let left = ["good.json.new", "history.jsonl.new", "audit.jsonl.lock"];
    let names = names_in(home);
    for name in &names {
        let known = expected.contains(&&**name) || left.contains(&&**name) || is_audit(name);
        assert!(known, "{name} is left over");
        let path = home.join(name);
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
        let content = String::from_utf8(fs::read(&path).unwrap()).unwrap();
        assert!(!content.contains(SECRET), "{name} holds a secret");
    }
    let audits = names.iter().filter(|name| is_audit(name)).count();
    // An old file is deleted after the line that it makes place for.
    assert!(audits <= OLD_FILES + 2, "{names:?}");
}
