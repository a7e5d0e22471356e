//! One round: a configuration, its damage, and everything that can be done with both.

use std::{
    fmt::Debug,
    fs,
    sync::{Arc, Mutex},
    time::Duration,
};

use dlc_reload::{
    Boot, Error, Format, Loader, Plan, Probation, Reloadable, Reloader, Report, Restarts, Trigger,
    UnknownKeys, Watching,
    audit::Audit,
    source::{Env, Intake, Interpolated, Source, Text},
    testing::{Fault, Stage},
};
use serde::Serialize;

use super::{
    careless::{Careless, Part, fails},
    config::Config,
    content::Content,
    damage::damage,
    harmless::harmless,
    plant::{Random, secret},
    search::{Heard, needles},
    written::{Form, PREFIX, read_variables, written},
};
use crate::{
    fixture::{Dir, rollback},
    log_lines::Lines,
};

/// The result of a round.
pub(super) struct Outcome {
    /// The lines that hold a secret.
    pub(super) leaks: Vec<String>,
    /// The damaged text.
    pub(super) text: String,
    /// True if a secret was not looked for, because the damage has put it at a harmless place.
    pub(super) is_exception: bool,
    /// True if the damaged text was accepted.
    pub(super) is_accepted: bool,
}

/// A source that is written anew: a text or variables.
#[derive(Clone)]
struct Sheet {
    form: Form,
    text: Arc<Mutex<String>>,
    /// The secrets that the text takes from variables, where they stand in quotes.
    put_in: Arc<[String]>,
}

impl Sheet {
    fn new(form: Form, text: &str, put_in: &Arc<[String]>) -> Self {
        let (text, put_in) = (Arc::new(Mutex::new(text.to_owned())), Arc::clone(put_in));
        Self { form, text, put_in }
    }

    fn write(&self, text: &str) {
        text.clone_into(&mut self.text.lock().unwrap());
    }
}

impl Source for Sheet {
    fn read(&self, intake: &mut Intake<'_>) {
        let text = self.text.lock().unwrap().clone();
        let format = match self.form {
            Form::Yaml => Format::Yaml,
            Form::Toml => Format::Toml,
            Form::Json => Format::Json,
            Form::Variables => return Env::new(PREFIX).of(read_variables(&text)).read(intake),
        };
        if self.put_in.is_empty() {
            intake.text("sheet", format, &text);
            return;
        }
        let (mut text, mut variables) = (text, Vec::new());
        for (secret, number) in self.put_in.iter().zip(0..) {
            for quote in ['"', '\''] {
                let quoted = format!("{quote}{secret}{quote}");
                text = text.replace(&quoted, &format!("{quote}${{S{number}}}{quote}"));
            }
            variables.push((format!("S{number}"), secret));
        }
        let text = Text::new(format, text).named("sheet");
        Interpolated::new(text).of(variables).read(intake);
    }
}

/// The keys that are explained: fields, values inside of them, and keys that no field has.
const KEYS: &[&str] = &[
    "",
    "name",
    "port",
    "tags",
    "labels",
    "labels.app",
    "extra",
    "extra.note",
    "extra.deep[0].key",
    "peer",
    "motd",
    "limits",
    "api_key",
    "password",
    "token",
    "checked",
    "keys",
    "keys[0]",
    "vault",
    "vault.plain",
    "auth",
    "auth.pin",
    "auth.secret_code",
    "auth.user",
    "auth.inner",
    "auth.inner.seed",
    "backup",
    "backup.access",
    "salt",
    "note",
    "realm",
    "ticket",
    "plugins",
    "plugins.first",
    "plugins.first.host",
    "plugins.first.code",
    "plugins.folder",
    "store",
    "store.type",
    "store.token",
    "store.url",
    "conn",
    "conn.host",
    "conn.address",
    "conn.token",
    "conn.code",
    "conn.tokn",
    "conn.phrase",
    "conns",
    "conns[0]",
    "conns[1].user",
    "by_name",
    "by_name.main",
    "by_name.main.user",
    "strict",
    "strict.user",
    "rest",
    "rest.host",
    "rest.one",
    "out",
    "out.http",
    "out.http.url",
    "out.basic",
    "out.pair[1]",
    "outs",
    "outs.a",
    "sinks",
    "sinks[0]",
    "sinks[0].url",
    "sinks[0].type",
    "target",
    "target.with",
    "target.with.url",
    "any",
    "any[0].url",
    "any[1]",
    "nowhere",
    "passwrd",
    "auth.tokn",
    "x.y[3]",
];

/// Runs a round.
pub(super) fn run(random: &mut Random, log: &Lines) -> Outcome {
    let form = random.one_of(&[Form::Yaml, Form::Yaml, Form::Toml, Form::Json, Form::Variables]);
    let good = Content::new(random);
    let other = Content::new(random);
    let written_anew = random.once_in(2);
    let bad = if written_anew { &other } else { &good };
    let text = written(form, &good.root, random);
    let mut damaged = written(form, &bad.root, random);
    damage(&mut damaged, &bad.secrets, random);
    let set = random.once_in(5).then(|| secret(random));
    let may_refer = !text.contains("${") && !damaged.contains("${") && random.once_in(3);
    let put_in = [&good.secrets, &bad.secrets].into_iter().flatten().filter(|_| may_refer);
    let put_in = put_in.cloned().collect();

    let mut heard = Heard::default();
    let dir = random.once_in(8).then(Dir::new);
    let mut round =
        Round { random, heard: &mut heard, form, put_in, set: set.clone(), dir, is_layered: false };
    round.is_layered = round.random.once_in(4);
    let is_accepted = round.loads(&damaged);
    // A service takes most of the time.
    match round.random.below(8) {
        0 | 1 => round.reloads(&text, &damaged, true),
        2 if is_accepted => round.reloads(&damaged, &text, false),
        _ => {}
    }
    round.files();
    heard.hear("log", &log.take().join("\n"));

    let harmless = harmless(form, &damaged);
    let mut is_exception = false;
    let mut wanted = std::collections::BTreeSet::new();
    for secret in good.secrets.iter().chain(&bad.secrets).chain(&set) {
        let found = needles(secret);
        if harmless.iter().any(|text| found.iter().any(|needle| text.contains(&**needle))) {
            is_exception = true;
        } else {
            wanted.extend(found);
        }
    }
    Outcome { leaks: heard.find(&wanted), text: damaged, is_exception, is_accepted }
}

struct Round<'r> {
    random: &'r mut Random,
    heard: &'r mut Heard,
    form: Form,
    /// The secrets that the texts take from variables.
    put_in: Arc<[String]>,
    /// A secret that the program sets.
    set: Option<String>,
    /// The folder of the files that are kept, if they are.
    dir: Option<Dir>,
    /// True if the text lies over another one.
    is_layered: bool,
}

impl Round<'_> {
    fn loader(&mut self, sheet: &Sheet, below: Option<&str>) -> Loader<Config> {
        let mut loader = Loader::new();
        if let Some(below) = below {
            loader = loader.source(Sheet::new(self.form, below, &self.put_in));
        }
        loader = loader.source(sheet.clone());
        if let Some(set) = &self.set {
            loader = loader.set("token", set);
        }
        if let Some(dir) = &self.dir {
            loader = loader.last_known_good(dir.join("good.json"));
        }
        if self.random.once_in(2) {
            loader = loader.unknown_keys(UnknownKeys::Warn);
        }
        self.debug("loader", &loader);
        loader
    }

    /// Makes one of these parts fail, or none.
    fn moods(&mut self, parts: &[Part]) {
        let part = self.random.one_of(parts);
        let panics = part == Part::Report || self.random.once_in(3);
        fails(part, panics);
    }

    fn debug(&mut self, of: &'static str, value: &impl Debug) {
        self.heard.hear(of, &format!("{value:?}"));
    }

    fn shown(&mut self, of: &'static str, value: &(impl Debug + Serialize)) {
        self.debug(of, value);
        self.heard.hear(of, &serde_json::to_string(value).unwrap());
    }

    fn error(&mut self, error: &Error) {
        self.heard.hear("error", &error.to_string());
        self.shown("problems", &error.problems());
        self.heard.hear("excerpts", &error.excerpts().to_string());
        self.debug("error", error);
    }

    /// Loads a text; returns true if it is accepted.
    fn loads(&mut self, text: &str) -> bool {
        self.moods(&[Part::Nobody, Part::Nobody, Part::Root, Part::Section, Part::Type]);
        let sheet = Sheet::new(self.form, text, &self.put_in);
        let loaded = self.loader(&sheet, None).load();
        fails(Part::Nobody, false);
        match loaded {
            Ok(boot) if boot.last_known_good().is_none() => {
                self.boot(&boot);
                true
            }
            Ok(_) => false,
            Err(error) => {
                self.error(&error);
                self.loader(&sheet, None).load().is_ok()
            }
        }
    }

    fn boot(&mut self, boot: &Boot<Config>) {
        self.shown("warnings", &boot.warnings());
        for warning in boot.warnings() {
            self.heard.hear("warning", &warning.to_string());
        }
        self.shown("last known good", &boot.last_known_good().map(|good| good.problems.clone()));
        self.shown("origins", &boot.origins());
        for _ in 0..4 {
            let key = self.random.one_of(KEYS);
            let explanation = boot.explain(key);
            self.heard.hear("explain", &explanation.to_string());
            self.shown("explain", &explanation);
        }
    }

    fn report(&mut self, report: Result<Report, Error>) {
        match report {
            Ok(report) => {
                self.heard.hear("report", &report.to_string());
                self.shown("report", &report);
            }
            Err(error) => self.error(&error),
        }
    }

    fn plan(&mut self, plan: Result<Plan, Error>) {
        match plan {
            Ok(plan) => {
                self.debug("plan", &plan);
                for (of, changes) in [("plan", &plan.changes), ("plan", &plan.pending)] {
                    self.shown(of, changes);
                }
                self.shown("plan", &plan.shadowed);
                self.shown("plan", &plan.warnings);
            }
            Err(error) => self.error(&error),
        }
    }

    /// Starts a service from one text, and reloads it with another and back.
    fn reloads(&mut self, first: &str, second: &str, is_good: bool) {
        let empty = match self.form {
            Form::Yaml | Form::Json => "{}",
            Form::Toml => "rate = 1",
            Form::Variables => "",
        };
        let sheet =
            Sheet::new(self.form, if self.is_layered { empty } else { first }, &self.put_in);
        let below = self.is_layered.then_some(first);
        let boot = match self.loader(&sheet, below).load() {
            Ok(boot) => boot,
            Err(error) if is_good => panic!("{error}\n{first}"),
            Err(error) => return self.error(&error),
        };
        self.boot(&boot);
        let stage = Stage::new();
        let Some(reloader) = self.start(boot, &stage) else { return };

        self.moods(&[
            Part::Nobody,
            Part::Nobody,
            Part::Root,
            Part::Section,
            Part::Type,
            Part::Intent,
        ]);
        sheet.write(second);
        self.plan(reloader.plan().wait());
        self.reload(&reloader);
        self.looks(&reloader);
        self.operate(&reloader, &stage);

        self.moods(&[
            Part::Hook,
            Part::Commit,
            Part::Report,
            Part::Health,
            Part::Intent,
            Part::Root,
        ]);
        sheet.write(first);
        self.reload(&reloader);
        fails(Part::Nobody, false);
        sheet.write(second);
        self.reload(&reloader);
        self.looks(&reloader);
        drop(reloader);
        self.debug("stage", &stage);
        self.shown("critical", &stage.critical_reports());
    }

    fn start(&mut self, boot: Boot<Config>, stage: &Stage) -> Option<Reloader<Config>> {
        let careless = Arc::new(Careless(boot.handle()));
        let (health, handler, critical) = (careless.clone(), careless.clone(), careless.clone());
        let probation = Probation::new(move || health.health());
        let observer: Arc<Careless> = careless.clone();
        let mut builder = boot
            .reloader()
            .hooks(careless)
            .stage(stage)
            .watch(Watching::Off)
            .observer(observer)
            .probation(probation.lasting(Duration::from_secs(30)).every(Duration::from_secs(5)))
            .restarts(Restarts::ask(move |_| handler.handler()));
        if self.random.once_in(2) {
            builder = builder.on_critical(move |_| critical.handler());
        }
        if let Some(dir) = &self.dir {
            builder = builder
                .history_file(dir.join("history.jsonl"))
                .observer(Arc::new(Audit::new(dir.join("audit.jsonl"))));
        }
        self.debug("builder", &builder);
        match builder.start() {
            Ok(reloader) => Some(reloader),
            Err(error) => {
                self.error(&error);
                None
            }
        }
    }

    fn reload(&mut self, reloader: &Reloader<Config>) {
        self.report(reloader.reload(Trigger::api("a test").actor("ann")).wait());
    }

    /// Looks at all that a service shows of itself.
    fn looks(&mut self, reloader: &Reloader<Config>) {
        self.debug("reloader", reloader);
        self.shown("status", &reloader.status());
        self.shown("history", &reloader.history());
        self.shown("origins", &reloader.origins());
        for _ in 0..2 {
            let key = self.random.one_of(KEYS);
            let explanation = reloader.explain(key);
            self.heard.hear("explain", &explanation.to_string());
            self.shown("explain", &explanation);
        }
        let generations: Vec<_> = reloader.history().iter().map(|past| past.generation).collect();
        if let [first, .., last] = generations[..] {
            match reloader.diff(first, last) {
                Ok(changes) => self.shown("diff", &changes),
                Err(error) => self.error(&error),
            }
        }
    }

    /// Does what an operator does beside reloads.
    fn operate(&mut self, reloader: &Reloader<Config>, stage: &Stage) {
        let fields = Config::fields();
        self.moods(&[
            Part::Nobody,
            Part::Hook,
            Part::Commit,
            Part::Health,
            Part::Root,
            Part::Section,
        ]);
        if self.random.once_in(4) {
            stage.inject(fields.rate(), Fault::FailUndo);
        }
        let time = Duration::from_secs(20);
        let rate = u32::try_from(self.random.below(1000)).unwrap();
        self.report(reloader.override_field(fields.rate(), rate).for_duration(time).wait());
        let motd =
            reloader.override_field(fields.motd(), format!("m{rate}")).for_duration(time).wait();
        self.report(motd);
        if self.random.once_in(2) {
            self.report(reloader.end_override(fields.rate(), Trigger::api("a test")).wait());
        } else {
            stage.advance(Duration::from_secs(6));
        }
        let history = reloader.history();
        let generation = history[self.random.below(history.len())].generation;
        self.report(reloader.rollback_to(generation, rollback()).wait());
        stage.advance(Duration::from_secs(60));
        self.looks(reloader);
        stage.heal();
    }

    /// Reads the files that were kept.
    fn files(&mut self) {
        let Some(dir) = &self.dir else { return };
        for entry in fs::read_dir(dir.path()).unwrap() {
            let content = fs::read(entry.unwrap().path()).unwrap();
            self.heard.hear("file", &String::from_utf8_lossy(&content));
        }
    }
}
