//! Tables of events, and of the looks and readings that follow.

use std::time::Duration;

use super::*;

mod bursts;
mod slow_looks;

#[derive(Clone, Copy)]
enum Step {
    Event(&'static str, Sign),
    /// The same in a directory whose files belong together.
    Listed(&'static str, Sign),
    Lost,
    Differs,
}
use Step::{Differs, Event, Listed, Lost};

impl Step {
    fn feed(self, machine: &mut Machine, now: Instant) {
        match self {
            Event(name, sign) => machine.event(Path::new(name), sign, now),
            Listed(name, sign) => machine.event_in_directory(Path::new(name), sign, now),
            Lost => machine.lost(now),
            Differs => machine.look_by(now),
        }
    }
}

/// A name, the steps at their milliseconds, and those at which the files are looked at.
type Case<'a> = (&'a str, &'a [(u64, Step)], &'a [u64]);

/// Returns a machine, and the moments of a test from the milliseconds since its start.
fn started(pace: Pace) -> (Machine, impl Fn(u64) -> Instant) {
    let start = Instant::now();
    (Machine::new(pace, 0, start), move |ms| start + Duration::from_millis(ms))
}

/// Feeds steps at their milliseconds, and returns those at which the files are looked at. A look
/// takes `look` milliseconds.
fn looks(pace: Pace, look: u64, end: u64, steps: &[(u64, Step)]) -> Vec<u64> {
    let (mut machine, at) = started(pace);
    let (mut looks, mut looking_until) = (Vec::new(), None);
    let mut steps = steps.iter().peekable();
    for ms in 0..end {
        if looking_until.take_if(|until| *until <= ms).is_some() {
            machine.looked(at(ms));
        }
        while let Some((_, step)) = steps.next_if(|(when, _)| *when <= ms) {
            step.feed(&mut machine, at(ms));
        }
        loop {
            match machine.decide(at(ms)) {
                Decision::Wait(_) => break,
                Decision::Arm => drop(machine.files.take_new_directories()),
                Decision::Look | Decision::Poll => {}
            }
            if machine.throttle.is_looking() && looking_until.is_none() {
                looks.push(ms);
                machine.reading(at(ms));
                looking_until = Some(ms + look);
            }
        }
    }
    looks
}

/// Returns the same step every so many milliseconds.
fn every(ms: u64, until: u64, step: Step) -> Vec<(u64, Step)> {
    (0..until / ms).map(|turn| (turn * ms, step)).collect()
}

#[test]
fn events_lead_to_looks() {
    use Sign::{Appeared, Arrived, Closed, Gone, Made, Touched, Written};

    let cases: &[Case<'_>] = &[
        ("nothing", &[], &[]),
        ("a close", &[(5, Event("a", Closed))], &[5]),
        ("a rename into place", &[(5, Event("a", Arrived))], &[5]),
        ("a directory that is made", &[(5, Event("a", Made))], &[105]),
        (
            "permissions while it is written",
            &[(5, Event("a", Written)), (6, Event("a", Touched)), (9, Event("a", Closed))],
            &[9],
        ),
        ("a change of permissions", &[(5, Event("a", Touched))], &[5]),
        ("a write and its close", &[(5, Event("a", Written)), (9, Event("a", Closed))], &[9]),
        (
            "chunks with long pauses",
            &[(0, Event("a", Written)), (4_000, Event("a", Written)), (9_000, Event("a", Closed))],
            &[9_000],
        ),
        ("a file that has no writer", &[(5, Event("a", Appeared))], &[1_005]),
        (
            "a file that turns out to have one",
            &[(5, Event("a", Appeared)), (6, Event("a", Written)), (9_000, Event("a", Closed))],
            &[9_000],
        ),
        ("a writer that forgets the file", &[(5, Event("a", Written))], &[10_005]),
        ("gone for good", &[(5, Event("a", Gone))], &[1_005]),
        (
            "gone and back",
            &[(5, Event("a", Gone)), (300, Event("a", Written)), (310, Event("a", Closed))],
            &[310],
        ),
        ("gone and renamed back", &[(5, Event("a", Gone)), (6, Event("a", Arrived))], &[6]),
        (
            "a written file that is replaced",
            &[(5, Event("a", Written)), (8, Event("a", Arrived))],
            &[8],
        ),
        (
            "one replaced and one gone",
            &[(5, Event("a", Arrived)), (5, Event("b", Gone))],
            &[5, 1_005],
        ),
        ("events that were lost", &[(5, Event("a", Written)), (7, Lost)], &[7, 1_007]),
        ("lost after something was gone", &[(5, Event("a", Gone)), (7, Lost)], &[7, 1_005]),
        ("content that differs", &[(5, Differs)], &[5]),
    ];
    for (name, steps, expected) in cases {
        assert_eq!(looks(Pace::CLOSES, 1, 15_000, steps), *expected, "{name}");
    }
}

#[test]
fn without_closes_quiet_decides() {
    use Sign::Written;

    let cases: &[Case<'_>] = &[
        ("one write", &[(5, Event("a", Written))], &[105]),
        ("two writes", &[(5, Event("a", Written)), (80, Event("a", Written))], &[180]),
    ];
    for (name, steps, expected) in cases {
        assert_eq!(looks(Pace::QUIET, 1, 3_000, steps), *expected, "{name}");
    }
}

#[test]
fn a_writer_that_never_stops_cannot_put_off_a_look_for_ever() {
    let steps = every(20, 25_000, Event("a", Sign::Written));
    assert_eq!(looks(Pace::CLOSES, 1, 25_000, &steps), [10_000, 20_001]);
    let steps = every(20, 5_000, Event("a", Sign::Written));
    assert_eq!(looks(Pace::QUIET, 1, 5_000, &steps), [2_000, 4_001]);
}

#[test]
fn a_writer_that_is_faster_than_the_looks_gets_fewer_of_them() {
    let steps = every(1, 3_000, Event("a", Sign::Closed));
    let looks = looks(Pace::CLOSES, 5, 3_200, &steps);
    assert!(looks.len() < 45, "{} looks", looks.len());
    assert!(looks.last() > Some(&2_990), "the last content is seen");
}

#[test]
fn a_writer_that_is_only_sometimes_faster_gets_fewer_of_them_too() {
    // Three writes in a row, a moment for a look, and again.
    let steps = every(1, 3_000, Event("a", Sign::Closed));
    let steps: Vec<_> = steps.into_iter().filter(|(ms, _)| ms % 8 < 3).collect();
    let looks = looks(Pace::CLOSES, 2, 3_200, &steps);
    assert!(looks.len() < 150, "{} looks", looks.len());
    assert!(looks.last() > Some(&2_990), "the last content is seen");
}

#[test]
fn a_writer_that_waits_for_the_look_is_never_slowed_down() {
    let steps = every(10, 1_000, Event("a", Sign::Closed));
    let expected: Vec<_> = (0..100).map(|turn| turn * 10).collect();
    assert_eq!(looks(Pace::CLOSES, 5, 1_000, &steps), expected);
}

#[test]
fn a_writer_that_removes_what_it_replaced_is_never_slowed_down() {
    let changes = every(10, 1_000, Event("link", Sign::Arrived));
    let removed = |(ms, change): (u64, Step)| [(ms, change), (ms + 1, Event("old", Sign::Gone))];
    let steps: Vec<_> = changes.into_iter().flat_map(removed).collect();
    let expected: Vec<_> = (0..100).map(|turn| turn * 10).collect();
    assert_eq!(looks(Pace::CLOSES, 5, 1_000, &steps), expected);
}

/// A name, the steps before and while files are read, the end of the reading, and its wholeness.
type Readings<'a> = (&'a str, &'a [(u64, Step)], &'a [(u64, Step)], u64, Wholeness);

#[test]
fn what_happens_meanwhile_decides_whether_a_reading_is_whole() {
    use Sign::{Arrived, Closed, Gone, Made, Touched, Written};
    use Wholeness::{Mixed, Torn, Whole};

    let cases: &[Readings<'_>] = &[
        ("nothing", &[], &[], 2, Whole),
        ("a write before", &[(0, Event("a", Written))], &[], 2, Torn),
        ("a write before, in a long pause", &[(0, Event("a", Written))], &[], 9_001, Torn),
        ("a write before, forgotten", &[(0, Event("a", Written))], &[], 10_001, Whole),
        (
            "a write and its close before",
            &[(0, Event("a", Written)), (1, Event("a", Closed))],
            &[],
            3,
            Whole,
        ),
        (
            "a write and its close meanwhile",
            &[],
            &[(2, Event("a", Written)), (3, Event("a", Closed))],
            4,
            Torn,
        ),
        (
            "a close of what was written before",
            &[(0, Event("a", Written))],
            &[(2, Event("a", Closed))],
            3,
            Torn,
        ),
        (
            "permissions while it is written",
            &[(0, Event("a", Written)), (1, Event("a", Touched))],
            &[],
            3,
            Torn,
        ),
        ("a rename into place", &[], &[(2, Event("a", Arrived))], 3, Mixed),
        ("a file that is on its way back", &[(0, Event("a", Gone))], &[], 2, Torn),
        ("a file that is gone", &[(0, Event("a", Gone))], &[], 1_001, Whole),
        ("a directory that is not watched yet", &[], &[(2, Event("a", Made))], 3, Torn),
        ("events that were lost", &[], &[(2, Lost)], 3, Torn),
    ];
    for (name, before, meanwhile, end, expected) in cases {
        let (mut machine, at) = started(Pace::CLOSES);
        before.iter().for_each(|(ms, step)| step.feed(&mut machine, at(*ms)));
        machine.reading(at(1));
        meanwhile.iter().for_each(|(ms, step)| step.feed(&mut machine, at(*ms)));
        assert_eq!(machine.wholeness(true, at(*end)), *expected, "{name}");
    }
}

#[test]
fn writers_that_never_stop_are_waited_for_no_longer_than_that() {
    // Without and with a close after each write, one every millisecond.
    for signs in [&[Sign::Written][..], &[Sign::Written, Sign::Closed]] {
        let start = Instant::now();
        let mut machine = Machine::new(Pace::CLOSES, 0, start);
        let accepted = (0..25_000).find(|ms| {
            let now = start + Duration::from_millis(*ms);
            machine.reading(now);
            signs.iter().for_each(|sign| machine.event(Path::new("a"), *sign, now));
            machine.wholeness(true, now) != Wholeness::Torn
        });
        assert_eq!(accepted, Some(10_000), "{signs:?}");
    }
}

#[test]
fn a_writer_that_keeps_a_file_open_is_waited_for_no_longer_than_a_minute() {
    // Longer than a pause of an endless writer, and shorter than the silence of a forgetful one.
    let steps = every(2_000, 130_000, Event("a", Sign::Written));
    assert_eq!(looks(Pace::CLOSES, 1, 130_000, &steps), [60_000, 120_001]);
}

#[test]
fn a_directory_is_whole_once_a_link_to_it_arrives() {
    let start = Instant::now();
    let mut machine = Machine::new(Pace::CLOSES, 0, start);
    machine.event(Path::new("/etc/..2"), Sign::Made, start);
    machine.event(Path::new("/etc/other/made"), Sign::Made, start);
    machine.event(Path::new("/etc/..data"), Sign::Arrived, start);
    let made: Vec<_> = machine.files.take_new_directories().into_iter().collect();
    assert_eq!(made, [Path::new("/etc/other/made")]);
}

#[test]
fn content_that_differs_counts_once_it_rests() {
    let start = Instant::now();
    let at = |ms: u64| start + Duration::from_millis(ms);
    let mut machine = Machine::new(Pace::POLLING, 1, start);
    assert!(!machine.compared(1, at(0)));
    assert!(!machine.compared(2, at(2_000)), "a writer may be at work");
    assert!(!machine.compared(3, at(2_500)), "a writer was at work");
    assert!(machine.compared(3, at(3_000)));
    assert!(!machine.compared(3, at(5_000)), "it was looked at");
    assert!(!machine.compared(4, at(7_000)));
    assert!(!machine.compared(3, at(7_500)), "it is as it was");
    machine.content.forget();
    assert!(!machine.compared(3, at(8_000)), "it may have been something else in between");
    assert!(machine.compared(3, at(8_500)));
    assert!(
        machine.content.is_unchanged(3) && !machine.content.is_unchanged(4),
        "a look reads what rested"
    );

    let looked = (0_u64..30).find(|turn| machine.compared(100 + turn, at(10_000 + turn * 500)));
    assert_eq!(looked, Some(20), "content that never rests counts after ten seconds");
    assert!(machine.content.is_unchanged(7), "and need not rest while it is read");
}

#[test]
fn the_content_is_compared_now_and_then() {
    let start = Instant::now();
    let mut machine = Machine::new(Pace::CLOSES, 0, start);
    assert_eq!(machine.decide(start), Decision::Wait(start + Pace::CLOSES.poll));
    let later = start + Pace::CLOSES.poll;
    assert_eq!(machine.decide(later), Decision::Poll);
    assert_eq!(machine.decide(later), Decision::Wait(later + Pace::CLOSES.poll));
}

#[test]
fn what_a_look_is_about_to_find_is_not_compared() {
    let (mut machine, at) = started(Pace::CLOSES.with_poll(Duration::from_millis(10)));
    machine.look_by(at(0));
    assert_eq!(machine.decide(at(0)), Decision::Look);
    machine.reading(at(1));
    machine.event(Path::new("a"), Sign::Closed, at(15));
    assert!(machine.looked(at(20)));
    // A writer that is faster than the looks is given a moment.
    assert_eq!(machine.decide(at(20)), Decision::Wait(at(21)));
    assert_eq!(machine.decide(at(21)), Decision::Look);
}

#[test]
fn a_writer_that_never_stops_is_endless_although_its_events_are_lost() {
    let (mut machine, at) = started(Pace::CLOSES);
    let mut whole_at = None;
    for turn in 0..600 {
        let now = turn * 20;
        machine.event(Path::new("a"), Sign::Written, at(now));
        if turn % 2 == 0 {
            machine.lost(at(now));
        }
        machine.reading(at(now));
        if machine.wholeness(true, at(now)) != Wholeness::Torn {
            whole_at = Some(now);
            break;
        }
    }
    assert_eq!(whole_at, Some(10_000));
}

#[test]
fn a_close_that_may_have_been_lost_is_not_waited_for_long() {
    let (mut machine, at) = started(Pace::CLOSES);
    machine.event(Path::new("a"), Sign::Written, at(1));
    machine.lost(at(2));
    machine.reading(at(3));
    assert_eq!(machine.wholeness(true, at(3)), Wholeness::Torn);
    assert_eq!(machine.wholeness(true, at(1_002)), Wholeness::Whole);
}

#[test]
fn a_reading_that_counts_does_a_look_that_is_due() {
    let start = Instant::now();
    let at = |ms: u64| start + Duration::from_millis(ms);
    let next = |meanwhile: Option<Sign>, rests: bool| {
        let mut machine = Machine::new(Pace::CLOSES, 0, start);
        machine.event(Path::new("a"), Sign::Closed, at(1));
        machine.reading(at(2));
        if let Some(sign) = meanwhile {
            machine.event(Path::new("a"), sign, at(3));
        }
        let _ = machine.wholeness(rests, at(4));
        machine.looked(at(5));
        machine.decide(at(5))
    };
    assert_eq!(next(None, true), Decision::Wait(start + Pace::CLOSES.poll));
    assert_eq!(next(None, false), Decision::Look);
    assert_eq!(next(Some(Sign::Written), true), Decision::Look);
    assert_eq!(next(Some(Sign::Closed), true), Decision::Look);
}

#[test]
fn a_reading_that_began_before_a_look_was_asked_for_is_no_answer() {
    let (mut machine, at) = started(Pace::CLOSES);
    machine.reading(at(1));
    machine.look_by(at(2));
    assert_eq!(machine.decide(at(2)), Decision::Look);
    assert_eq!(machine.wholeness(true, at(3)), Wholeness::Whole);
    assert!(!machine.looked(at(4)));
    machine.reading(at(5));
    assert_eq!(machine.wholeness(true, at(6)), Wholeness::Whole);
    assert!(machine.looked(at(7)));
}
