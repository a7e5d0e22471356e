//! The rules of what one process hands on to the next, as a program that can be checked by eye.

use super::{Config, Edit, Step, Text};

/// What is to be seen after a step.
#[derive(Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) effective: Config,
    pub(super) generation: u64,
    pub(super) pending: Vec<String>,
    pub(super) is_degraded: bool,
    pub(super) on_probation: Option<u64>,
    pub(super) is_consistent: bool,
}

/// What made the service ill.
#[derive(Clone, PartialEq)]
enum Ill {
    RolledBack(Text),
    Earlier(Text),
    InForce(Text),
}

impl Ill {
    fn is(&self, text: &Text) -> bool {
        match self {
            Self::RolledBack(failed) => failed == text,
            Self::Earlier(failed) | Self::InForce(failed) => *failed == text.kept(),
        }
    }

    fn kept(&self) -> Text {
        let (Self::RolledBack(text) | Self::Earlier(text) | Self::InForce(text)) = self;
        text.kept()
    }
}

/// A configuration to go back to: the base, what was asked for, and what a rollback had turned away from.
type Proven = (Config, Config, Option<Text>);

struct Trial {
    proven: Option<Proven>,
    content: Text,
    generation: u64,
    end: u64,
    next: u64,
}

/// The last known good, and the content that is refused.
type Good = (Config, Option<Text>);

pub(super) struct Model {
    keeps_good: bool,
    keeps_history: bool,
    // On disk.
    pub(super) text: Text,
    good: Option<Good>,
    pub(super) history: Vec<(u64, Config)>,
    /// What the last line of the history remembers.
    remembered: Option<Text>,
    // In the process.
    pub(super) base: Config,
    asked: Config,
    rate: Option<u32>,
    generation: u64,
    understood: Text,
    ill: Option<Ill>,
    left: Option<Text>,
    trial: Option<Trial>,
    is_degraded: bool,
    // In the world.
    is_ill: bool,
    now: u64,
}

impl Model {
    pub(super) fn new(keeps_good: bool, keeps_history: bool) -> Self {
        let (text, config) = (Text::FIRST, Text::FIRST.config());
        let mut model = Self {
            keeps_good,
            keeps_history,
            text: text.clone(),
            good: None,
            history: Vec::new(),
            remembered: None,
            base: config.clone(),
            asked: config,
            rate: None,
            generation: 0,
            understood: text,
            ill: None,
            left: None,
            trial: None,
            is_degraded: false,
            is_ill: false,
            now: 0,
        };
        model.start();
        model
    }

    pub(super) const fn can_start(&self) -> bool {
        !self.text.broken || self.good.is_some()
    }

    /// Starts the next process.
    pub(super) fn start(&mut self) {
        if !self.keeps_history {
            (self.generation, self.remembered) = (0, None);
            self.history.clear();
        }
        let kept = match &self.good {
            Some((_, failed)) => failed.clone(),
            None => self.remembered.clone(),
        };
        let failed = kept.filter(|failed| self.text.broken || *failed == self.text.kept());
        let good = self.good.as_ref().filter(|_| self.text.broken || failed.is_some());
        self.is_degraded = good.is_some();
        self.base = good.map_or_else(|| self.text.config(), |(good, _)| good.clone());
        self.asked = self.base.clone();
        self.understood = self.text.clone();
        (self.rate, self.left) = (None, None);
        self.generation += 1;
        self.trial = failed.as_ref().filter(|_| !self.is_degraded).map(|_| Trial {
            proven: None,
            content: self.text.clone(),
            generation: self.generation,
            end: self.now + 30,
            next: self.now + 1,
        });
        let ill = if self.is_degraded { Ill::Earlier } else { Ill::InForce };
        self.ill = failed.map(ill);
        if self.ill.is_none() && !self.is_degraded && self.keeps_good {
            self.good = Some((self.asked.clone(), None));
        }
        self.remember();
    }

    /// Does a step, and returns true if it applied something, and `None` if it was refused.
    pub(super) fn run(&mut self, step: &Step) -> Option<Option<bool>> {
        match step {
            Step::Write(edit) => {
                self.text.broken = false;
                match *edit {
                    Edit::Rate(rate) => self.text.rate = rate,
                    Edit::Port(port) => self.text.port = port,
                    Edit::Pool(pool) => self.text.pool = pool,
                    Edit::Entries(entries) => self.text.entries = entries,
                    Edit::Server(server) => self.text.server = server,
                }
            }
            Step::Comment(comment) => self.text.comment = *comment,
            Step::Break => self.text.broken = true,
            Step::FallIll => self.is_ill = true,
            Step::GetWell => self.is_ill = false,
            Step::Reload => return Some(self.reload()),
            Step::RollBack(generation) => return Some(self.roll_back(*generation)),
            Step::Override(rate) => return Some(Some(self.put(self.base.clone(), Some(*rate)))),
            Step::Advance(seconds) => {
                self.now += seconds;
                self.check();
            }
            Step::Restart => {}
        }
        None
    }

    fn reload(&mut self) -> Option<bool> {
        let text = self.text.clone();
        if text.broken {
            return None;
        }
        self.understood = text.clone();
        let blocked = self.ill.clone().filter(|ill| ill.is(&text));
        if matches!(blocked, Some(Ill::RolledBack(_) | Ill::Earlier(_))) {
            return None;
        }
        let is_left = self.left.as_ref() == Some(&text);
        let before = (self.base.clone(), self.asked.clone(), self.left.clone());
        let is_held = is_left || blocked.is_some();
        let changed = !is_held && self.change(text.config(), self.rate);
        // What is asked for is kept with what is applied.
        self.is_degraded = false;
        if !is_left {
            (self.ill, self.left) = (blocked, None);
        }
        self.asked = text.config();
        if changed {
            let proven = self.trial.take().map_or(Some(before), |trial| trial.proven);
            let (generation, end, next) = (self.generation, self.now + 30, self.now + 1);
            self.trial = Some(Trial { proven, content: text, generation, end, next });
        } else if let Some(trial) = &mut self.trial {
            trial.content = text;
        }
        let proven = self.trial.as_ref().and_then(|trial| trial.proven.as_ref());
        if proven.is_some_and(|(base, ..)| *base == self.base) {
            self.trial = None;
        }
        self.keep(changed);
        Some(changed)
    }

    fn roll_back(&mut self, generation: u64) -> Option<bool> {
        let (_, past) = self.history.iter().find(|(known, _)| *known == generation)?.clone();
        let changed = self.change(past, None);
        self.trial = None;
        self.left = Some(self.understood.clone());
        self.keep(changed);
        Some(changed)
    }

    /// The health check, if it is due.
    fn check(&mut self) {
        let Some(mut trial) = self.trial.take_if(|trial| trial.next <= self.now) else { return };
        if !self.is_ill {
            if self.now < trial.end {
                trial.next = (self.now + 1).min(trial.end);
                self.trial = Some(trial);
            } else {
                self.ill = self.ill.take().filter(|ill| !matches!(ill, Ill::InForce(_)));
                self.keep_good();
            }
            return;
        }
        let Some((base, asked, left)) = trial.proven else {
            self.ill = Some(Ill::InForce(trial.content.kept()));
            return self.keep_good();
        };
        self.ill = Some(Ill::RolledBack(trial.content));
        let changed = self.change(base, self.rate);
        (self.asked, self.left) = (asked, left);
        self.keep(changed);
    }

    fn put(&mut self, base: Config, rate: Option<u32>) -> bool {
        let changed = self.change(base, rate);
        self.keep(changed);
        changed
    }

    /// Puts hot values in force, and returns true if one changes.
    fn change(&mut self, asked: Config, rate: Option<u32>) -> bool {
        let before = self.effective();
        let base = &mut self.base;
        base.rate = asked.rate;
        base.server.timeout = asked.server.timeout;
        if let (Some(pool), Some(asked)) = (&mut base.pool, asked.pool) {
            pool.size = asked.size;
            if let (Some(idle), Some(asked)) = (&mut pool.idle, asked.idle) {
                idle.most = asked.most;
            }
        }
        if let (Some(cache), Some(asked)) = (&mut base.cache, asked.cache) {
            cache.entries = asked.entries;
        }
        self.rate = rate;
        let changed = self.effective() != before;
        self.generation += u64::from(changed);
        changed
    }

    fn effective(&self) -> Config {
        Config { rate: self.rate.unwrap_or(self.base.rate), ..self.base.clone() }
    }

    /// Keeps on disk what a step did.
    fn keep(&mut self, changed: bool) {
        if changed {
            self.remember();
        }
        self.keep_good();
    }

    fn remember(&mut self) {
        self.history.push((self.generation, self.base.clone()));
        self.remembered = self.ill.as_ref().map(Ill::kept);
    }

    fn keep_good(&mut self) {
        if self.trial.is_some() || !self.keeps_good {
            return;
        }
        let failed = self.ill.as_ref().map(Ill::kept);
        let document = match (&self.left, &self.ill) {
            (Some(_), _) => self.base.clone(),
            (None, _) if self.is_degraded => return,
            (None, Some(Ill::InForce(_))) => self.good.as_ref().unwrap().0.clone(),
            _ => self.asked.clone(),
        };
        self.good = Some((document, failed));
    }

    pub(super) fn seen(&self) -> Seen {
        let restart = |config: &Config| {
            let mut config = config.clone();
            let Config { rate, pool, cache, server, .. } = &mut config;
            (*rate, server.timeout) = (0, 0);
            if let Some(pool) = pool {
                pool.size = 0;
                pool.idle.iter_mut().for_each(|idle| idle.most = 0);
            }
            cache.iter_mut().for_each(|cache| cache.entries = 0);
            config
        };
        Seen {
            effective: self.effective(),
            generation: self.generation,
            pending: differences(&restart(&self.base), &restart(&self.asked)),
            is_degraded: self.is_degraded,
            on_probation: self.trial.as_ref().map(|trial| trial.generation),
            is_consistent: true,
        }
    }
}

/// The keys of what differs.
pub(super) fn differences(one: &Config, other: &Config) -> Vec<String> {
    let pools = (one.pool.as_ref(), other.pool.as_ref());
    let inside = pools.0.zip(pools.1);
    let idle = inside.map(|(one, other)| (one.idle.as_ref(), other.idle.as_ref()));
    let most = idle.and_then(|(one, other)| one.zip(other));
    let entries = (one.cache.as_ref(), other.cache.as_ref());
    let rows = [
        ("rate", one.rate != other.rate),
        ("port", one.port != other.port),
        ("pool", pools.0.is_some() != pools.1.is_some()),
        ("pool.size", inside.is_some_and(|(one, other)| one.size != other.size)),
        ("pool.threads", inside.is_some_and(|(one, other)| one.threads != other.threads)),
        ("pool.idle", idle.is_some_and(|(one, other)| one.is_some() != other.is_some())),
        ("pool.idle.most", most.is_some_and(|(one, other)| one != other)),
        ("entries", entries.0 != entries.1),
        ("server.name", one.server.name != other.server.name),
        ("server.timeout", one.server.timeout != other.server.timeout),
    ];
    rows.into_iter().filter(|(_, differs)| *differs).map(|(key, _)| key.to_owned()).collect()
}
