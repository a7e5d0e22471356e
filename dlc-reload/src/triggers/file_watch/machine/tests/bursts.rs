//! Bursts of changes in a directory whose files belong together.

use super::*;
use crate::reloader::Wholeness::{Unsettled, Whole};

/// Returns the steps of a file that is written and closed in a directory every so many milliseconds.
fn files(ms: u64, from: u64, until: u64) -> Vec<(u64, Step)> {
    let file = |at| [(at, Listed("d/a", Sign::Written)), (at, Listed("d/a", Sign::Closed))];
    (from..until).step_by(usize::try_from(ms).unwrap()).flat_map(file).collect()
}

/// A name, the steps at their milliseconds, and those at which the files are looked at.
type Burst<'a> = (&'a str, Vec<(u64, Step)>, &'a [u64]);

#[test]
fn a_look_waits_for_the_end_of_a_burst() {
    use Sign::{Arrived, Closed, Gone, Written};

    let single = |at| (at, Event("a", Closed));
    let cases: &[Burst<'_>] = &[
        ("one file of a directory", vec![(5, Listed("d/a", Closed))], &[35]),
        ("a link that takes the place of another", vec![(5, Listed("d/a", Arrived))], &[35]),
        ("eight files at once", vec![(5, Listed("d/a", Closed)); 8], &[35]),
        ("files within the quiet", files(20, 0, 200), &[210]),
        ("files with pauses between them", files(50, 0, 150), &[30, 80, 130]),
        ("a burst that lasts", files(20, 0, 2_500), &[1_000, 2_020, 2_510]),
        (
            "a file that is made anew, and another one before it is whole",
            vec![
                (5, Listed("d/a", Gone)),
                (6, Listed("d/a", Written)),
                (6, Listed("d/a", Closed)),
                (30, Listed("d/b", Gone)),
                (40, Listed("d/b", Written)),
                (60, Listed("d/b", Closed)),
            ],
            &[90],
        ),
        ("a file that is not closed", vec![(5, Listed("d/a", Written))], &[10_005]),
        ("a single file", vec![single(5)], &[5]),
        (
            "a single file long after a burst",
            [files(1, 0, 3), vec![single(90)]].concat(),
            &[32, 90],
        ),
        ("a single file in a burst", [vec![single(0)], files(20, 1, 100)].concat(), &[0, 111]),
        (
            "a single file after the first of a burst",
            vec![(0, Listed("d/a", Closed)), single(20), (25, Listed("d/b", Closed))],
            &[55],
        ),
        ("events that were lost in a burst", vec![(0, Listed("d/a", Closed)), (9, Lost)], &[30]),
    ];
    for (name, steps, expected) in cases {
        assert_eq!(looks(Pace::CLOSES, 1, 15_000, steps), *expected, "{name}");
    }
}

#[test]
fn a_reading_in_a_burst_is_torn_unless_it_waited_long_enough() {
    let (mut machine, at) = started(Pace::CLOSES);
    let change = |machine: &mut Machine, ms| {
        machine.event_in_directory(Path::new("d/a"), Sign::Closed, at(ms));
    };
    let read = |machine: &mut Machine, ms| {
        machine.reading(at(ms));
        machine.wholeness(true, at(ms))
    };
    change(&mut machine, 0);
    // A caller asked for it, in the middle.
    assert_eq!(read(&mut machine, 10), Unsettled);
    machine.looked(at(10));
    assert_eq!(read(&mut machine, 30), Whole);
    machine.looked(at(30));

    (100..=1_100).step_by(10).for_each(|ms| change(&mut machine, ms));
    assert_eq!(machine.decide(at(1_100)), Decision::Look);
    assert_eq!(read(&mut machine, 1_101), Whole);
    machine.looked(at(1_102));
    change(&mut machine, 1_105);
    assert_eq!(read(&mut machine, 1_106), Unsettled, "another look has another second");
}

#[test]
fn a_writer_that_never_stops_in_a_directory_is_waited_for_no_longer_than_in_a_file() {
    let (mut machine, at) = started(Pace::CLOSES);
    let mut looks = Vec::new();
    let whole = (0..30_000).find(|ms| {
        let now = at(*ms);
        machine.event_in_directory(Path::new("d/a"), Sign::Closed, now);
        if machine.decide(now) != Decision::Look {
            return false;
        }
        looks.push(*ms);
        machine.reading(now);
        machine.event_in_directory(Path::new("d/a"), Sign::Closed, now);
        let whole = machine.wholeness(true, now).counts();
        machine.looked(now);
        whole
    });
    assert!(whole.is_some_and(|ms| (10_000..13_000).contains(&ms)), "{whole:?}: {looks:?}");
}
