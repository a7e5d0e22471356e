//! The rules, as a program that can be checked by eye. It knows no threads, no document and no
//! typed diff, and was written from the documentation.

use dlc_reload::{Verdict, testing::Fault};

use super::{
    operation::{ALL, Field, HOOKED, Operation, Settings, Values, first, hooked, shown, valid},
    text::Text,
    view::View,
};

/// What the sources asked for when they were last accepted, and what of it waits.
#[derive(Clone)]
struct Asked {
    values: Values,
    pending: Vec<String>,
}

#[derive(Clone)]
struct Held {
    field: Field,
    value: Option<u32>,
    until: u64,
}

#[derive(Clone)]
struct Trial {
    /// What to go back to: the base, what was asked for, and the content that a rollback had turned away from.
    proven: (Values, Asked, Option<String>),
    content: String,
    generation: u64,
    end: u64,
    next: u64,
}

/// The retries of content that was refused.
#[derive(Clone)]
struct Retries {
    /// Why it was refused, as it was told last.
    why: (Verdict, String),
    since: u64,
    count: u32,
    pause: u64,
    due: u64,
}

/// What a start would do, for this reason since then, as of a look.
#[derive(Clone)]
struct Boot {
    problem: String,
    since: u64,
    looked_at: u64,
}

/// How an attempt ended, and what it changed.
type Ending = (Verdict, Vec<String>);

/// How an attempt failed, and what it tried to change.
struct Failure {
    verdict: Verdict,
    tried: Vec<String>,
    /// Why, where the same content may be accepted later.
    why: Option<String>,
}

const REFUSED: Failure = Failure { verdict: Verdict::Rejected, tried: Vec::new(), why: None };

fn refused(why: impl Into<String>) -> Failure {
    Failure { why: Some(why.into()), ..REFUSED }
}

const PROBATION: u64 = 30;
const CHECKS: u64 = 5;
/// The pause after an override that could not be ended.
const RETRY: u64 = 60;
/// The pauses before content that was refused is tried again: each is twice as long as the one before.
const FIRST: u64 = 1;
const LONGEST: u64 = 300;
pub(super) const KEPT: usize = 4;

#[derive(Clone)]
pub(super) struct Model {
    settings: Settings,
    pub(super) text: Text,
    /// The content that was valid when it was looked at last.
    understood: String,
    asked: Asked,
    /// What is in force, but for the overrides.
    base: Values,
    overrides: Vec<Held>,
    generation: u64,
    /// The generations that are kept, with their base.
    history: Vec<(u64, Values)>,
    /// The content that failed its probation, and the one that somebody rolled back from, until
    /// other content is accepted.
    failed: Option<String>,
    left: Option<String>,
    trial: Option<Trial>,
    retries: Option<Retries>,
    boot: Boot,
    /// The content that was looked at last.
    looked_at: String,
    pub(super) consistent: bool,
    /// What the hooks have brought about.
    world: Values,
    faults: Vec<(Field, Fault)>,
    ill: bool,
    observer_refuses: bool,
    /// Whether nobody asked for what happens now.
    by_itself: bool,
    now: u64,
    reports: u64,
    criticals: u32,
    last_report: String,
    /// What the observer was told and what happened to the hooks in this step.
    told: Vec<String>,
    calls: Vec<String>,
}

impl Model {
    pub(super) fn new(settings: Settings) -> Self {
        let first = first(settings);
        let text = Text::new(first.clone());
        Self {
            settings,
            understood: text.content(),
            looked_at: text.content(),
            text,
            asked: Asked { values: first.clone(), pending: Vec::new() },
            base: first.clone(),
            overrides: Vec::new(),
            generation: 1,
            history: vec![(1, first.clone())],
            failed: None,
            left: None,
            trial: None,
            retries: None,
            boot: Boot { problem: String::new(), since: 0, looked_at: 0 },
            consistent: true,
            world: hooked(&first),
            faults: Vec::new(),
            ill: false,
            observer_refuses: false,
            by_itself: false,
            now: 0,
            reports: 0,
            criticals: 0,
            last_report: String::new(),
            told: Vec::new(),
            calls: Vec::new(),
        }
    }

    pub(super) fn run(&mut self, operation: &Operation) {
        match operation {
            Operation::Write(_)
            | Operation::Comment
            | Operation::BreakSyntax
            | Operation::BreakType => self.text.write(operation),
            Operation::Reload => self.reload(),
            Operation::Plan => {}
            Operation::RollBack(generation) => {
                let ending = self.roll_back(*generation);
                self.report_other("rollback", ending);
            }
            Operation::Override(field, value, time) => {
                let ending = self.override_field(*field, *value, *time);
                self.report_other("api", ending);
            }
            Operation::EndOverride(field) => {
                let ending = self.end_override(*field);
                self.report_other("api", ending);
            }
            Operation::Advance(time) => {
                self.now += time;
                self.by_itself = true;
                self.do_what_is_due();
                self.by_itself = false;
            }
            Operation::Break(field, fault) => self.faults.push((*field, *fault)),
            Operation::Heal => self.faults.clear(),
            Operation::FallIll => self.ill = true,
            Operation::GetWell => self.ill = false,
            Operation::Refuse(refuse) => self.observer_refuses = *refuse,
        }
    }

    /// A plan says what a reload does that nobody hinders, or that it is refused.
    pub(super) fn plan(&self) -> String {
        let mut after = self.clone();
        after.faults.clear();
        after.observer_refuses = false;
        match after.accept() {
            Ok((_, changes)) => format!("{changes:?}, {:?} wait", after.asked.pending),
            Err(_) => "refused".to_owned(),
        }
    }

    /// What is in force.
    fn effective(&self) -> Values {
        let mut values = self.base.clone();
        let held = self.overrides.iter();
        values.extend(held.filter_map(|held| Some((held.field, held.value?))));
        values
    }

    /// A reload that somebody asks for begins the retries anew, if there are to be any.
    fn reload(&mut self) {
        let content = self.text.content();
        let repeated = std::mem::replace(&mut self.looked_at, content) == self.looked_at;
        self.look();
        let ending = self.accept();
        let earlier = self.retries.take().filter(|_| repeated);
        let by_itself = self.settings.watched && self.consistent;
        if let Err(Failure { verdict, why: Some(why), .. }) = &ending
            && by_itself
        {
            self.retries = Some(Retries {
                why: (*verdict, why.clone()),
                since: earlier.map_or(self.now, |earlier| earlier.since),
                count: 0,
                pause: FIRST,
                due: self.now + FIRST,
            });
        }
        self.report("api", ending);
    }

    /// What was refused is tried again, and told of if that ends in another way.
    fn retry(&mut self) {
        let Some(retries) = self.retries.take_if(|retries| retries.due <= self.now) else { return };
        assert_eq!(self.looked_at, self.text.content(), "other content is found before that");
        self.look();
        let ending = self.accept();
        let why = match &ending {
            Err(Failure { verdict, why: Some(why), .. }) => Some((*verdict, why.clone())),
            _ => None,
        };
        if why.as_ref() != Some(&retries.why) {
            self.report("retry", ending);
        }
        let pause = (retries.pause * 2).min(LONGEST);
        let (count, due) = (retries.count + 1, self.now + pause);
        self.retries = why.map(|why| Retries { why, count, pause, due, ..retries });
    }

    /// Whatever is read says what a start would do; hooks and observers are not asked there.
    fn look(&mut self) {
        let problem = match self.text.values() {
            None => self.text.content(),
            Some(values) if valid(values) => String::new(),
            Some(_) => "not valid".to_owned(),
        };
        let since = if problem == self.boot.problem { self.boot.since } else { self.now };
        self.boot = Boot { problem, since, looked_at: self.now };
    }

    /// Takes over what the source says.
    fn accept(&mut self) -> Result<Ending, Failure> {
        let content = self.text.content();
        let asked = self.text.values().ok_or(REFUSED)?.clone();
        if !valid(&asked) {
            return Err(refused("not valid"));
        }
        self.understood.clone_from(&content);
        if self.failed.as_ref() == Some(&content) {
            return Err(REFUSED);
        }
        let in_force = self.effective();
        let pending = waiting(&in_force, &asked);
        if self.settings.rejects && !pending.is_empty() {
            return Err(REFUSED);
        }
        let news = !pending.is_empty() && pending != self.asked.pending;
        let newly: &[String] = if news { &pending } else { &[] };
        let left = self.left.as_ref() == Some(&content);
        let changes = if left {
            self.intend(&[], newly)?;
            Vec::new()
        } else {
            // Hot values where both have them; what needs a restart stays.
            let mut base = self.base.clone();
            for (field, value) in base.iter_mut().filter(|(field, _)| field.is_hot()) {
                *value = asked.get(field).copied().unwrap_or(*value);
            }
            let before = (self.base.clone(), self.asked.clone(), self.left.clone());
            let changes = self.put_in_force(base, self.overrides.clone(), newly)?;
            if self.settings.probation && !changes.is_empty() {
                self.trial = Some(Trial {
                    proven: self.trial.take().map_or(before, |trial| trial.proven),
                    content: content.clone(),
                    generation: self.generation,
                    end: self.now + PROBATION,
                    next: self.now + CHECKS,
                });
            }
            changes
        };
        if let Some(trial) = &mut self.trial {
            trial.content = content;
        }
        if self.trial.as_ref().is_some_and(|trial| trial.proven.0 == self.base) {
            self.trial = None;
        }
        if !left {
            (self.failed, self.left) = (None, None);
        }
        self.asked = Asked { values: asked, pending };
        Ok((
            if changes.is_empty() && news { Verdict::PendingRestart } else { done(&changes) },
            changes,
        ))
    }

    fn roll_back(&mut self, generation: u64) -> Result<Ending, Failure> {
        let past = self.history.iter().find(|(known, _)| *known == generation);
        let base = past.ok_or(REFUSED)?.1.clone();
        let changes = self.put_in_force(base, Vec::new(), &[])?;
        self.left = Some(self.understood.clone());
        (self.trial, self.retries) = (None, None);
        Ok((done(&changes), changes))
    }

    fn override_field(
        &mut self,
        field: Field,
        value: Option<u32>,
        time: u64,
    ) -> Result<Ending, Failure> {
        if time == 0 {
            return Err(REFUSED);
        }
        let mut overrides = self.overrides_without(field);
        overrides.push(Held { field, value, until: self.now + time });
        let changes = self.put_in_force(self.base.clone(), overrides, &[])?;
        Ok((done(&changes), changes))
    }

    fn end_override(&mut self, field: Field) -> Result<Ending, Failure> {
        let changes = self.put_in_force(self.base.clone(), self.overrides_without(field), &[])?;
        Ok((done(&changes), changes))
    }

    fn overrides_without(&self, field: Field) -> Vec<Held> {
        self.overrides.iter().filter(|held| held.field != field).cloned().collect()
    }

    /// The ends of overrides, in the order in which they were asked for, then the health check, then the retry.
    /// After a failed undo nothing happens by itself any more.
    fn do_what_is_due(&mut self) {
        let due = self.overrides.iter().filter(|held| held.until <= self.now);
        for field in due.map(|held| held.field).collect::<Vec<_>>() {
            if !self.consistent {
                return;
            }
            let ending = self.end_override(field);
            if !self.report_other("expiry", ending).is_success() {
                for held in self.overrides.iter_mut().filter(|held| held.field == field) {
                    held.until = self.now + RETRY;
                }
            }
        }
        if self.consistent && self.trial.as_ref().is_some_and(|trial| trial.next <= self.now) {
            self.check_health();
        }
        // This is asked for, if not now.
        self.by_itself = false;
        if self.consistent {
            self.retry();
        }
    }

    fn check_health(&mut self) {
        let Some(mut trial) = self.trial.take() else { return };
        if !self.ill {
            trial.next = (self.now + CHECKS).min(trial.end);
            self.trial = (self.now < trial.end).then_some(trial);
            return;
        }
        self.failed = Some(trial.content);
        let (base, asked, left) = trial.proven;
        let mut back = self.put_in_force(base.clone(), self.overrides.clone(), &[]);
        // An override must not be in the way.
        let refused = back.as_ref().is_err_and(|failure| failure.verdict == Verdict::Rejected);
        if refused && !self.overrides.is_empty() {
            back = self.put_in_force(base, Vec::new(), &[]);
        }
        let ending = match back {
            Ok(changes) => {
                (self.asked, self.left) = (asked, left);
                Ok((done(&changes), changes))
            }
            // What makes the service ill is still in force.
            Err(Failure { tried, .. }) => {
                Err(Failure { verdict: Verdict::Inconsistent, tried, why: None })
            }
        };
        self.report_other("rollback", ending);
    }

    /// Every change goes this way. `newly` is what will wait for a restart and did not before.
    fn put_in_force(
        &mut self,
        base: Values,
        overrides: Vec<Held>,
        newly: &[String],
    ) -> Result<Vec<String>, Failure> {
        let old = self.effective();
        let mut new = base.clone();
        if !valid(&base) {
            return Err(refused("not valid beside the rest"));
        }
        for Held { field, value, .. } in &overrides {
            let (Some(place), Some(value)) = (new.get_mut(field), value) else {
                return Err(refused(format!("no place for the override of {}", field.key())));
            };
            *place = *value;
        }
        if !valid(&new) {
            return Err(refused("not valid beside the overrides"));
        }
        let changed = ALL.into_iter().filter(|field| old.get(field) != new.get(field));
        let changes: Vec<_> = changed
            .map(|field| {
                let (old, new) = (shown(old.get(&field)), shown(new.get(&field)));
                format!("{} {old}>{new}", field.key())
            })
            .collect();
        self.intend(&changes, newly)?;
        self.transact(&old, &new).map_err(|(verdict, why)| {
            let rejected = verdict == Verdict::Rejected;
            Failure { verdict, tried: if rejected { Vec::new() } else { changes.clone() }, why }
        })?;
        self.generation += u64::from(!changes.is_empty());
        (self.base, self.overrides) = (base, overrides);
        Ok(changes)
    }

    /// The observer is asked before anything changes.
    fn intend(&mut self, changes: &[String], newly: &[String]) -> Result<(), Failure> {
        if !self.settings.observed || (changes.is_empty() && newly.is_empty()) {
            return Ok(());
        }
        self.told.push(format!("intent {}: {changes:?}, {newly:?} wait", self.reports + 1));
        // What is taken back by itself cannot be refused.
        if self.observer_refuses && !self.by_itself { Err(refused("observer")) } else { Ok(()) }
    }

    /// All hooks are asked; all commit, those that can fail first, or those that did are undone.
    fn transact(&mut self, old: &Values, new: &Values) -> Result<(), (Verdict, Option<String>)> {
        let changed = HOOKED.into_iter().filter(|field| old.get(field) != new.get(field));
        let with_section =
            |field| [field].into_iter().chain((field == Field::Level).then_some(Field::Log));
        let changed: Vec<_> = changed.flat_map(with_section).collect();
        let faults = self.faults.clone();
        let fails = |field: Field, by: &[Fault]| {
            faults.iter().any(|(faulty, fault)| *faulty == field && by.contains(fault))
        };
        let why = |field: &Field, by: &[Fault]| {
            let fault = faults.iter().find(|(faulty, fault)| faulty == field && by.contains(fault));
            format!("{fault:?} {}; ", shown(new.get(field)))
        };
        let mut call = |what: &str, field: Field, failed: bool| {
            let failed = if failed { " failed" } else { "" };
            self.calls.push(format!("{what} {}{failed}", field.key()));
        };

        const REFUSES: [Fault; 2] = [Fault::Refuse, Fault::Panic];
        let refuses = |field: &Field| fails(*field, &REFUSES);
        changed.iter().for_each(|field| call("prepare", *field, refuses(field)));
        if changed.iter().any(refuses) {
            changed
                .iter()
                .filter(|field| !refuses(field))
                .for_each(|field| call("drop", *field, false));
            let refusals = changed.iter().filter(|field| refuses(field));
            let why = refusals.map(|field| why(field, &REFUSES)).collect();
            return Err((Verdict::Rejected, Some(why)));
        }

        const BREAKS: [Fault; 2] = [Fault::FailCommit, Fault::PanicInCommit];
        let breaks = |field: &Field| fails(*field, &BREAKS);
        let mut changed = changed;
        changed.sort_by_key(|field| !field.commit_can_fail());
        let done = changed.iter().take_while(|field| !breaks(field)).count();
        let (committed, rest) = changed.split_at(done);
        let before = self.world.clone();
        for field in committed {
            call("commit", *field, false);
            self.world.extend(new.get(field).map(|value| (*field, *value)));
        }
        let Some((failed, rest)) = rest.split_first() else {
            undone(committed, true).for_each(|field| call("drop undo", field, false));
            return Ok(());
        };
        call("commit", *failed, true);
        undone(&[*failed], true).for_each(|field| call("drop undo", field, false));
        rest.iter().for_each(|field| call("drop", *field, false));
        undone(committed, false).for_each(|field| call("prepare undo", field, false));
        let stays = |field: &Field| fails(*field, &[Fault::FailUndo]);
        for field in committed.iter().rev() {
            call("undo", *field, stays(field));
            if !stays(field) {
                // An undo of its own puts back what it found, and the hook what was in force.
                let back = if field.has_own_undo() { &before } else { old };
                self.world.extend(back.get(field).map(|value| (*field, *value)));
            }
        }
        Err(if committed.iter().any(stays) {
            (Verdict::Inconsistent, None)
        } else {
            (Verdict::RolledBack, Some(why(failed, &BREAKS)))
        })
    }

    /// Tells the story of an attempt that is not about the sources: beside other values, they may be accepted.
    fn report_other(&mut self, trigger: &str, ending: Result<Ending, Failure>) -> Verdict {
        let verdict = self.report(trigger, ending);
        if let Some(retries) = self.retries.as_mut().filter(|_| verdict == Verdict::Applied) {
            (retries.count, retries.pause, retries.due) = (0, FIRST, self.now + FIRST);
        }
        verdict
    }

    /// Tells the story of an attempt.
    fn report(&mut self, trigger: &str, ending: Result<Ending, Failure>) -> Verdict {
        let (verdict, changes) = ending.unwrap_or_else(|failed| (failed.verdict, failed.tried));
        self.reports += 1;
        let Self { reports, generation, asked: Asked { pending, .. }, .. } = self;
        let told = format!(
            "report {reports} by {trigger}: {verdict} {changes:?}, {pending:?} wait, generation {generation}"
        );
        if verdict == Verdict::Applied {
            self.history.push((self.generation, self.base.clone()));
            self.history.drain(..self.history.len().saturating_sub(KEPT));
        }
        if verdict == Verdict::Inconsistent {
            self.consistent = false;
            self.retries = None;
            self.criticals = 1;
        }
        self.last_report.clone_from(&told);
        self.told.push(told);
        verdict
    }

    /// What is to be seen after a step; what was told in it is forgotten then.
    pub(super) fn view(&mut self) -> View {
        let held = |held: &Held| format!("{} {}", held.field.key(), shown(held.value.as_ref()));
        let told = std::mem::take(&mut self.told);
        View {
            ready: self.consistent,
            consistent: self.consistent,
            generation: self.generation,
            effective: self.effective(),
            world: self.world.clone(),
            desired: desired(&self.effective(), &self.asked.values),
            pending: self.asked.pending.clone(),
            overrides: self.overrides.iter().map(held).collect(),
            probation: self.trial.as_ref().map(|trial| trial.generation),
            retries: self.retries.as_ref().map(|retries| {
                format!("{}, the next at {} s", retries.count, retries.due - retries.since)
            }),
            next_boot: {
                let Boot { problem, since, looked_at } = &self.boot;
                let outcome = if problem.is_empty() { "Starts" } else { "Fails" };
                format!("{outcome} for {} s", looked_at - since)
            },
            history: self.history.iter().map(|(generation, _)| *generation).collect(),
            criticals: self.criticals,
            last_report: self.last_report.clone(),
            told: if self.settings.observed { told } else { Vec::new() },
            calls: std::mem::take(&mut self.calls),
        }
    }
}

fn done(changes: &[String]) -> Verdict {
    if changes.is_empty() { Verdict::Unchanged } else { Verdict::Applied }
}

/// What differs in fields that need a restart, a section that appears or disappears included.
fn waiting(in_force: &Values, asked: &Values) -> Vec<String> {
    let waits = |field: &Field| {
        let (old, new) = (in_force.get(field), asked.get(field));
        old != new && (!field.is_hot() || old.is_none() || new.is_none())
    };
    let waiting = ALL.into_iter().filter(waits);
    let line = |field: Field| match (field, in_force.get(&field), asked.get(&field)) {
        // The section comes or goes as a whole.
        (Field::Entries, None, Some(entries)) => format!("cache >{{\"entries\":{entries}}}"),
        (Field::Entries, Some(_), None) => "cache >-".to_owned(),
        (_, _, value) => format!("{} >{}", field.key(), shown(value)),
    };
    waiting.map(line).collect()
}

/// What the sources ask for where it is not what runs.
fn desired(effective: &Values, asked: &Values) -> Values {
    let other = asked.iter().filter(|(field, value)| effective.get(field) != Some(value));
    other.map(|(field, value)| (*field, *value)).collect()
}

/// Those of the fields whose commits have an undo of their own, or have none.
fn undone(fields: &[Field], by_itself: bool) -> impl Iterator<Item = Field> {
    fields.iter().copied().filter(move |field| field.has_own_undo() == by_itself)
}
