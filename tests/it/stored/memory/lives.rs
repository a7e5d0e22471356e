//! Random lives of several processes over the same files, compared with a model of the rules after every step.

mod model;

use std::time::Duration;

use dlc_reload::{Reloadable, Reloader, Report, Verdict};
use proptest::{
    prelude::*,
    sample::select,
    test_runner::{Config as Cases, TestCaseError, TestRunner},
};

use self::model::{Model, Seen};
use super::{Cache, Config, Home, Idle, Pool, Server, keys, reload};
use crate::fixture::rollback;

/// The number of lives that are led; 40.
const LIVES: &str = "DLC_RELOAD_TEST_LIVES";

/// The time for which an override lasts, which is longer than any life.
const FOR_GOOD: Duration = Duration::from_secs(1_000_000);

/// The content of the configuration file.
#[derive(Clone, Debug, PartialEq)]
struct Text {
    rate: u32,
    port: u16,
    pool: Option<(u32, u32, Option<u32>)>,
    entries: Option<u32>,
    server: Option<(&'static str, u32)>,
    /// A comment that moves nothing.
    comment: u32,
    broken: bool,
}

impl Text {
    const FIRST: Self = Self {
        rate: 1,
        port: 1,
        pool: Some((1, 1, Some(1))),
        entries: Some(1),
        server: None,
        comment: 0,
        broken: false,
    };

    fn written(&self) -> String {
        let Self { rate, port, pool, entries, server, comment, broken } = self;
        let mut text = format!("{{rate: {rate}, port: {port}");
        if let Some((size, threads, idle)) = pool {
            let idle = idle.map(|most| format!(", idle: {{most: {most}}}")).unwrap_or_default();
            text += &format!(", pool: {{size: {size}, threads: {threads}{idle}}}");
        }
        text += &entries.map(|entries| format!(", entries: {entries}")).unwrap_or_default();
        if let Some((name, timeout)) = server {
            text += &format!(", server: {{host: here, name: {name}, timeout: {timeout}}}");
        }
        text += if *broken { ", rate: many" } else { "" };
        format!("{text}}} # {comment}")
    }

    fn config(&self) -> Config {
        let pool = |(size, threads, idle): (_, _, Option<_>)| Pool {
            size,
            threads,
            idle: idle.map(|most| Idle { most }),
        };
        let server =
            |(name, timeout)| Server { host: "here".to_owned(), name: String::from(name), timeout };
        Config {
            rate: self.rate,
            port: self.port,
            pool: self.pool.map(pool),
            cache: self.entries.map(|entries| Cache { entries }),
            server: self.server.map_or_else(Server::default, server),
            token: None,
            pins: Default::default(),
        }
    }

    /// The part of it that is remembered on disk.
    fn kept(&self) -> Self {
        Self { comment: 0, ..self.clone() }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Write(Edit),
    Comment(u32),
    Break,
    Reload,
    RollBack(u64),
    Override(u32),
    FallIll,
    GetWell,
    Advance(u64),
    /// Ends the process, and starts the next one.
    Restart,
}

#[derive(Clone, Debug)]
enum Edit {
    Rate(u32),
    Port(u16),
    Pool(Option<(u32, u32, Option<u32>)>),
    Entries(Option<u32>),
    Server(Option<(&'static str, u32)>),
}

fn edit() -> impl Strategy<Value = Edit> {
    let few = 1_u32..4;
    let pool = (few.clone(), 1_u32..3, proptest::option::of(few.clone()));
    let server = (select(&["one", "two"][..]), select(&[10_u32, 7, 8][..]));
    prop_oneof![
        3 => few.clone().prop_map(Edit::Rate),
        2 => (1_u16..4).prop_map(Edit::Port),
        4 => proptest::option::of(pool).prop_map(Edit::Pool),
        2 => proptest::option::of(few).prop_map(Edit::Entries),
        2 => proptest::option::of(server).prop_map(Edit::Server),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    use Step::*;
    let write = || edit().prop_map(Write);
    let ill = || select(&[1_u64, 1, 40][..]).prop_map(Advance);
    let one = prop_oneof![
        4 => write(),
        1 => (1_u32..3).prop_map(Comment),
        1 => Just(Break),
        4 => Just(Reload),
        5 => (1_u64..12).prop_map(RollBack),
        1 => (1_u32..4).prop_map(Override),
        1 => Just(FallIll),
        2 => Just(GetWell),
        3 => select(&[1_u64, 31, 60][..]).prop_map(Advance),
        5 => Just(Restart),
    ];
    prop_oneof![
        10 => one.prop_map(|one| vec![one]),
        6 => (write(), write()).prop_map(|(one, other)| vec![one, other, Reload]),
        3 => (write(), ill()).prop_map(|(write, ill)| vec![write, Reload, FallIll, ill, GetWell]),
        2 => (write(), ill()).prop_map(|(write, ill)| vec![write, Reload, FallIll, ill, GetWell, Restart]),
        1 => Just(vec![Break, Restart]),
        1 => (1_u64..12).prop_map(|to| vec![RollBack(to), Break, Restart]),
    ]
}

#[test]
fn whatever_happens_over_several_lives_is_what_the_rules_say() {
    let cases = std::env::var(LIVES).map_or(40, |lives| lives.parse().unwrap());
    let cases = Cases { cases, failure_persistence: None, ..Cases::default() };
    // At least one of the two files is kept.
    let kept = select(&[(true, true), (true, true), (true, false), (false, true)][..]);
    let lives = (kept, proptest::collection::vec(steps(), 1..14));
    let result = TestRunner::new(cases).run(&lives, |(kept, steps)| {
        let steps: Vec<_> = steps.into_iter().flatten().collect();
        agree(kept, &steps)
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

fn agree((keeps_good, keeps_history): (bool, bool), steps: &[Step]) -> Result<(), TestCaseError> {
    let mut model = Model::new(keeps_good, keeps_history);
    let home = Home { keeps_good, keeps_history, ..Home::new(&Text::FIRST.written()) };
    let mut reloader = home.start();
    for (number, step) in steps.iter().enumerate() {
        let at = format!("at step {number}, {step:?}, of {steps:?}, with {}", model.text.written());
        let expected = model.run(step);
        home.write(&model.text.written());
        let report = match step {
            Step::Restart => {
                drop(reloader);
                if !model.can_start() {
                    prop_assert!(home.load().is_err(), "{}", at);
                    model.text.broken = false;
                    home.write(&model.text.written());
                }
                model.start();
                reloader = home.start();
                compare_history(&model, &reloader, &at)?;
                None
            }
            step => run(&home, &reloader, step),
        };
        if let (Some(expected), Some(report)) = (expected, report) {
            let is_applied = report.verdict() == Verdict::Applied;
            let seen = report.verdict().is_success().then_some(is_applied);
            prop_assert_eq!(expected, seen, "{}: {}", at, report);
        }
        prop_assert_eq!(model.seen(), seen(&reloader), "{}", at);
    }
    Ok(())
}

/// Every generation that is kept is what was in force then.
fn compare_history(
    model: &Model,
    reloader: &Reloader<Config>,
    at: &str,
) -> Result<(), TestCaseError> {
    let now = reloader.status().generation;
    let known: Vec<_> = reloader.history().iter().map(|past| past.generation).collect();
    let expected: Vec<_> = model.history.iter().map(|(generation, _)| *generation).collect();
    prop_assert_eq!(expected, known, "{}", at);
    for (generation, in_force) in &model.history {
        let differs = model::differences(in_force, &model.base);
        prop_assert_eq!(
            differs,
            keys(reloader, *generation, now),
            "generation {} {}",
            generation,
            at
        );
    }
    Ok(())
}

fn run(home: &Home, reloader: &Reloader<Config>, step: &Step) -> Option<Report> {
    use std::sync::atomic::Ordering::Relaxed;
    match step {
        Step::Reload => return Some(reload(reloader)),
        Step::RollBack(generation) => {
            return Some(reloader.rollback_to(*generation, rollback()).wait().unwrap());
        }
        Step::Override(rate) => {
            let proposal = reloader.override_field(Config::fields().rate(), *rate);
            return Some(proposal.for_duration(FOR_GOOD).wait().unwrap());
        }
        Step::FallIll => home.ill.store(true, Relaxed),
        Step::GetWell => home.ill.store(false, Relaxed),
        Step::Advance(seconds) => home.stage.advance(Duration::from_secs(*seconds)),
        Step::Write(_) | Step::Comment(_) | Step::Break | Step::Restart => {}
    }
    None
}

fn seen(reloader: &Reloader<Config>) -> Seen {
    let status = reloader.status();
    Seen {
        effective: super::now(reloader),
        generation: status.generation,
        pending: status.pending.iter().map(|one| one.change.key.to_string()).collect(),
        is_degraded: status.last_known_good.is_some(),
        on_probation: status.probation.map(|probation| probation.generation),
        is_consistent: status.consistent && status.unwritten.is_empty(),
    }
}
