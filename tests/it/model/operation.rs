//! The operations on a service, and the code that makes and shows sequences of them.

use std::{collections::BTreeMap, fmt};

use dlc_reload::testing::Fault;
use proptest::{collection::vec, prelude::*, sample::select};

/// The fields of the configuration, in declaration order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    Rate,
    Level,
    /// The section of `Level`, which has a hook and no value of its own.
    Log,
    /// In a section that may be absent.
    Entries,
    Size,
    Motd,
    Limit,
    Port,
}

use Field::{Entries, Level, Limit, Log, Motd, Port, Rate, Size};

pub(super) const HOOKED: [Field; 4] = [Rate, Level, Entries, Size];
const HOT: [Field; 5] = [Rate, Level, Entries, Size, Motd];
pub(super) const ALL: [Field; 7] = [Rate, Level, Entries, Size, Motd, Limit, Port];

impl Field {
    pub(super) fn key(self) -> &'static str {
        match self {
            Rate => "rate",
            Level => "log.level",
            Log => "log",
            Entries => "cache.entries",
            Size => "size",
            Motd => "motd",
            Limit => "limit",
            Port => "port",
        }
    }

    pub(super) fn is_hot(self) -> bool {
        HOT.contains(&self)
    }

    /// True if the hook says that its commit can fail.
    pub(super) fn commit_can_fail(self) -> bool {
        matches!(self, Level | Size)
    }

    /// True if its commit has an undo of its own, so that the hook is not asked.
    pub(super) fn has_own_undo(self) -> bool {
        matches!(self, Entries | Size)
    }
}

/// A configuration. A field that is not in it belongs to an absent section.
pub(super) type Values = BTreeMap<Field, u32>;

/// What a sequence starts with.
pub(super) fn first(settings: Settings) -> Values {
    let always = [(Rate, 1), (Level, 1), (Size, 3), (Motd, 1), (Limit, 5), (Port, 1)];
    let section = settings.section.then_some((Entries, 1));
    always.into_iter().chain(section).collect()
}

/// What of a configuration goes through hooks.
pub(super) fn hooked(values: &Values) -> Values {
    let mut hooked = values.clone();
    hooked.retain(|field, _| HOOKED.contains(field));
    hooked
}

/// What the validation of the author says. One rule goes across the classes, the other does not.
pub(super) fn valid(values: &Values) -> bool {
    values[&Rate] <= values[&Limit] && values[&Rate] != values[&Size]
}

/// `1`, or `-` where there is no value.
pub(super) fn shown(value: Option<&impl fmt::Display>) -> String {
    value.map_or_else(|| "-".to_owned(), ToString::to_string)
}

/// How a sequence is run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    /// Whether there is a probation after each reload.
    pub(super) probation: bool,
    /// Whether what needs a restart is refused.
    pub(super) rejects: bool,
    /// Whether there is an observer.
    pub(super) observed: bool,
    /// Whether what is refused is tried again by itself.
    pub(super) watched: bool,
    /// Whether it starts with the section that may be absent.
    pub(super) section: bool,
}

#[derive(Clone)]
pub(super) enum Operation {
    /// Writes a valid text with other values; `None` leaves the section of the field out.
    Write(Vec<(Field, Option<u32>)>),
    /// Changes nothing but a comment.
    Comment,
    /// Writes what is no YAML.
    BreakSyntax,
    /// Writes a value of the wrong type.
    BreakType,
    Reload,
    /// Asks what a reload would do.
    Plan,
    RollBack(u64),
    /// Overrides a field for so many seconds.
    Override(Field, Option<u32>, u64),
    EndOverride(Field),
    /// Moves the clock by so many seconds.
    Advance(u64),
    Break(Field, Fault),
    Heal,
    FallIll,
    GetWell,
    /// Lets the observer refuse from now on, or not any more.
    Refuse(bool),
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write(edits) => {
                f.write_str("write")?;
                edits.iter().try_for_each(|(field, value)| {
                    write!(f, " {}={}", field.key(), shown(value.as_ref()))
                })
            }
            Self::Comment => f.write_str("write another comment"),
            Self::BreakSyntax => f.write_str("write what is no YAML"),
            Self::BreakType => f.write_str("write a wrong type"),
            Self::Reload => f.write_str("reload"),
            Self::Plan => f.write_str("plan"),
            Self::RollBack(generation) => write!(f, "roll back to {generation}"),
            Self::Override(field, value, time) => {
                write!(f, "override {}={} for {time} s", field.key(), shown(value.as_ref()))
            }
            Self::EndOverride(field) => write!(f, "end the override of {}", field.key()),
            Self::Advance(time) => write!(f, "advance by {time} s"),
            Self::Break(field, fault) => write!(f, "break {}: {fault:?}", field.key()),
            Self::Heal => f.write_str("heal all hooks"),
            Self::FallIll => f.write_str("fall ill"),
            Self::GetWell => f.write_str("get well"),
            Self::Refuse(true) => f.write_str("the observer refuses"),
            Self::Refuse(false) => f.write_str("the observer agrees"),
        }
    }
}

/// Settings and operations; shown one a line.
#[derive(Clone)]
pub(super) struct Sequence {
    pub(super) settings: Settings,
    pub(super) operations: Vec<Operation>,
}

impl fmt::Debug for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { settings, operations } = self;
        let Settings { probation, rejects, observed, watched, section } = settings;
        write!(f, "probation: {probation}, rejects restarts: {rejects}, watched: {watched}, ")?;
        write!(f, "observed: {observed}, starts with a cache: {section}")?;
        let mut numbered = operations.iter().enumerate();
        numbered.try_for_each(|(number, operation)| write!(f, "\n  {number:2} {operation:?}"))
    }
}

pub(super) fn sequence() -> impl Strategy<Value = Sequence> {
    let mostly = prop::bool::weighted(0.75);
    let rarely = prop::bool::weighted(0.25);
    let settings = (any::<bool>(), rarely, mostly, any::<bool>(), mostly).prop_map(
        |(probation, rejects, observed, watched, section)| Settings {
            probation,
            rejects,
            observed,
            watched,
            section,
        },
    );
    (settings, vec(operations(), 0..40)).prop_map(|(settings, operations)| {
        let operations = operations.into_iter().flatten().collect();
        let operations = if settings.watched { looked_at(operations) } else { operations };
        Sequence { settings, operations }
    })
}

/// The same with a look at everything that is written before time passes, as a watcher would have it. Otherwise a retry
/// would find it, and look at it again a little later if it is broken.
fn looked_at(operations: Vec<Operation>) -> Vec<Operation> {
    use Operation::{Advance, BreakSyntax, BreakType, Comment, Reload, Write};
    let mut written = false;
    let mut with_looks = Vec::new();
    for operation in operations {
        match operation {
            Write(_) | Comment | BreakSyntax | BreakType => written = true,
            Reload => written = false,
            Advance(_) if std::mem::take(&mut written) => with_looks.push(Reload),
            _ => {}
        }
        with_looks.push(operation);
    }
    with_looks
}

/// Few different values, so that equal ones are as common as different ones. A rate of 6 needs a
/// limit of 9, which is not in force before a restart; a rate of 3 does not go with a size of 3.
fn edit(fields: &'static [Field]) -> impl Strategy<Value = (Field, Option<u32>)> {
    select(fields).prop_flat_map(|field| {
        let values: &'static [Option<u32>] = match field {
            Rate => &[Some(1), Some(1), Some(2), Some(2), Some(3), Some(6)],
            Size => &[Some(3), Some(4)],
            Limit => &[Some(5), Some(5), Some(9), Some(1)],
            Entries => &[Some(1), Some(2), Some(3), None],
            Level | Log | Motd => &[Some(1), Some(2), Some(3)],
            Port => &[Some(1), Some(2)],
        };
        (Just(field), select(values))
    })
}

fn fault() -> impl Strategy<Value = Operation> {
    use Fault::{FailCommit, FailUndo, Panic, PanicInCommit, Refuse};
    let any = select(&[Refuse, Panic, FailCommit, PanicInCommit, FailUndo][..]);
    let hooks = [&HOOKED[..], &[Log]].concat();
    (select(hooks), any).prop_map(|(field, fault)| Operation::Break(field, fault))
}

/// A commit fails after another one that cannot be undone.
fn stuck() -> impl Strategy<Value = [Operation; 2]> {
    let (early, late) = (select(&[Level, Size][..]), select(&[Rate, Entries][..]));
    (early, late).prop_map(|(early, late)| {
        [Operation::Break(early, Fault::FailUndo), Operation::Break(late, Fault::FailCommit)]
    })
}

/// Content that is applied, and not any more.
fn turned_away() -> impl Strategy<Value = Vec<Operation>> {
    use Operation::{Advance, FallIll, GetWell, Reload, RollBack, Write};
    let write = || vec(edit(&HOT), 1..4).prop_map(Write);
    prop_oneof![
        write().prop_map(|write| vec![write, Reload, FallIll, Advance(5), GetWell]),
        (write(), 0_u64..6).prop_map(|(write, to)| vec![write, Reload, RollBack(to)]),
    ]
}

/// Content that is refused for a while.
fn refused() -> impl Strategy<Value = Vec<Operation>> {
    use Operation::{Advance, Heal, Refuse, Reload, Write};
    let hindrance = prop_oneof![fault(), Just(Refuse(true))];
    let later = || select(&[1, 2, 4, 60, 300][..]).prop_map(Advance);
    let write = vec(edit(&HOT), 1..4).prop_map(Write);
    (hindrance, write, vec(later(), 1..4), later()).prop_map(|(hindrance, write, later, last)| {
        let before = vec![hindrance, write, Reload];
        let after = vec![Heal, Refuse(false), last];
        [before, later, after].concat()
    })
}

/// What belongs together comes together, so that few steps are wasted.
fn operations() -> impl Strategy<Value = Vec<Operation>> {
    use Operation::*;
    let times = select(&[0, 10, 60, 300][..]);
    let advance = || select(&[1, 5, 12, 31, 60, 300][..]).prop_map(Advance);
    let write = |edits| vec(edit(&ALL), edits).prop_map(Write);
    let one = prop_oneof![
        4 => write(0..5),
        2 => Just(Comment),
        1 => Just(BreakSyntax),
        1 => Just(BreakType),
        6 => Just(Reload),
        3 => Just(Plan),
        6 => (0_u64..6).prop_map(RollBack),
        8 => (edit(&HOT), times).prop_map(|((field, value), time)| Override(field, value, time)),
        3 => select(&HOT[..]).prop_map(EndOverride),
        8 => advance(),
        2 => fault(),
        4 => Just(Heal),
        2 => Just(FallIll),
        2 => Just(GetWell),
        2 => prop::bool::weighted(0.3).prop_map(Refuse),
    ];
    prop_oneof![
        18 => one.prop_map(|one| vec![one]),
        8 => write(1..4).prop_map(|write| vec![write, Reload]),
        1 => write(1..4).prop_map(|write| vec![write, Plan, Reload]),
        1 => (stuck(), write(4..7)).prop_map(|([a, b], write)| vec![a, b, write, Reload, Heal]),
        1 => (write(1..4), advance()).prop_map(|(write, advance)| vec![write, Reload, FallIll, advance, GetWell]),
        2 => refused(),
        1 => turned_away().prop_map(|turn| [turn, vec![BreakSyntax, Reload, Write(Vec::new()), Plan, Reload]].concat()),
    ]
}
