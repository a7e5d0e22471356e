use super::*;

/// Returns a log of `count` lines.
fn log(count: u64) -> Vec<String> {
    let mut link = Link::start();
    (1..=count)
        .map(|id| {
            let (line, next) = link.line("report", None, &format!(r#"{{"id":{id}}}"#));
            link = next;
            line
        })
        .collect()
}

/// Returns a line that is well made, but was not written by the log.
fn forged(seq: u64, previous: &str) -> String {
    Link { seq: seq - 1, hash: previous.to_owned() }.line("report", None, r#"{"id":666}"#).0
}

fn hash(line: &str) -> String {
    Entry::read(line.as_bytes()).unwrap().hash
}

fn walk(lines: &[String]) -> Result<Verified, Broken> {
    walk_knowing(lines, None)
}

fn walk_knowing(lines: &[String], known: Option<Link>) -> Result<Verified, Broken> {
    let mut walk = Walk { known, ..Walk::default() };
    let mut at = Place { path: Path::new("a").into(), line: 0 };
    for text in lines {
        at.line += 1;
        walk.step(&at, text.as_bytes());
    }
    at.line += 1;
    walk.end(&at, None)
}

fn findings(lines: &[String]) -> Vec<(u64, Damage)> {
    let broken = walk(lines).unwrap_err();
    broken.findings().iter().map(|finding| (finding.line, finding.damage.clone())).collect()
}

#[test]
fn an_unchanged_chain_is_verified_from_wherever_it_begins() {
    let lines = log(5);
    let all = walk(&lines).unwrap();
    assert_eq!((all.lines, all.first_seq, all.last_seq), (5, 1, 5));
    assert_eq!(all.last_hash, hash(&lines[4]));
    let rest = walk(&lines[2..]).unwrap();
    assert_eq!((rest.lines, rest.first_seq, rest.last_seq), (3, 3, 5));
    let nothing = walk(&[]).unwrap();
    assert_eq!((nothing.lines, nothing.first_seq, nothing.last_seq), (0, 0, 0));
    assert_eq!(nothing.last_hash, NOTHING);
}

#[test]
fn every_change_is_found_in_its_place_and_no_line_after_it_is_blamed() {
    use Damage::{Edited, Misplaced, NotJson, Removed, Replaced};
    type Case<'a> = (&'a str, &'a dyn Fn(&mut Vec<String>), &'a [(u64, Damage)]);
    let changes: &[Case<'_>] = &[
        ("edited", &|log| log[2] = log[2].replace("\"id\":3", "\"id\":4"), &[(3, Edited)]),
        ("edited at the end", &|log| log[5].insert(1, ' '), &[(6, Edited)]),
        ("no JSON", &|log| log[2] = "x".into(), &[(3, NotJson)]),
        ("no JSON at first", &|log| log[0] = "x".into(), &[(1, NotJson)]),
        ("inserted text", &|log| log.insert(2, "x".into()), &[(3, NotJson)]),
        ("removed", &|log| drop(log.remove(2)), &[(3, Removed { first: 3, last: 3 })]),
        ("two removed", &|log| drop(log.drain(2..4)), &[(3, Removed { first: 3, last: 4 })]),
        ("repeated", &|log| log.insert(3, log[2].clone()), &[(4, Misplaced { seq: 3 })]),
        (
            "swapped",
            &|log| log.swap(2, 3),
            &[(3, Removed { first: 3, last: 3 }), (4, Misplaced { seq: 3 })],
        ),
        ("replaced", &|log| log[2] = forged(3, &hash(&log[1])), &[(4, Replaced)]),
        ("replaced at first", &|log| log[0] = forged(1, NOTHING), &[(2, Replaced)]),
        (
            "begun in another way",
            &|log| log[0] = forged(1, &hash(&log[1])),
            &[(1, Replaced), (2, Replaced)],
        ),
        (
            "inserted",
            &|log| log.insert(2, forged(3, &hash(&log[1]))),
            &[(4, Misplaced { seq: 3 }), (5, Replaced)],
        ),
        (
            "edited, and the one after it removed",
            &|log| {
                log[2] = "x".into();
                log.remove(3);
            },
            &[(3, NotJson), (4, Removed { first: 4, last: 4 })],
        ),
        (
            "two edited",
            &|log| {
                log[1] = "x".into();
                log[4] = "y".into();
            },
            &[(2, NotJson), (5, NotJson)],
        ),
    ];
    for (name, change, expected) in changes {
        let mut lines = log(6);
        change(&mut lines);
        assert_eq!(findings(&lines), *expected, "{name}");
    }
}

#[test]
fn a_chain_that_went_on_after_damage_is_verified_from_there() {
    let mut lines = log(3);
    lines[2] = "x".into();
    let before = lines.iter().rev().map(|line| Ok::<_, Failure>(line.as_bytes().to_vec()));
    let (link, _) = Link::after(before, None, 10).unwrap();
    let (next, link) = link.line("report", None, "{}");
    lines.extend([next, link.line("report", None, "{}").0]);
    assert_eq!(findings(&lines), [(3, Damage::NotJson)]);
}

#[test]
fn findings_are_bounded_and_the_rest_is_counted() {
    let broken = walk(&vec!["x".to_owned(); LISTED + 7]).unwrap_err();
    assert_eq!(broken.findings().len(), LISTED);
    let told = broken.to_string();
    let finding = "not JSON, the line was edited or inserted";
    assert!(told.starts_with(&format!("a:1: {finding}\na:2: {finding}\n")), "{told}");
    assert!(told.ends_with(&format!("\na:100: {finding}\nand 7 more")), "{told}");
}

#[test]
fn a_last_line_that_is_known_and_gone_is_found_in_its_place() {
    let lines = log(5);
    let known = |seq: usize| Link { seq: seq as u64, hash: hash(&lines[seq - 1]) };
    let (anew, link) = Link::start().line("report", Some(&known(5)), "{}");
    let forged = [&lines[..4], &[forged(5, &hash(&lines[3]))]].concat();
    let unreadable = [&lines[..4], &["x".to_owned()]].concat();
    // A name, the lines, the known one, and the line at which one is said to be gone.
    let cases: &[(&str, &[String], Link, Option<u64>)] = &[
        ("as it was", &lines, known(5), None),
        ("a line that was not noted yet", &lines, known(4), None),
        ("a line that rotation has deleted", &lines[2..], known(1), None),
        ("nothing is left", &[], known(5), Some(1)),
        ("the end is cut off", &lines[..3], known(5), Some(4)),
        ("another one in its place", &forged, known(5), Some(5)),
        ("what was begun anew", &[anew], link, Some(1)),
    ];
    for (name, lines, known, expected) in cases {
        let found = walk_knowing(lines, Some(known.clone())).err();
        let found = found.map(|broken| match broken.findings() {
            [Finding { line, damage: Damage::Gone { .. }, .. }] => *line,
            _ => panic!("{name}: {broken}"),
        });
        assert_eq!(found, *expected, "{name}");
    }
    let broken = walk_knowing(&unreadable, Some(known(5))).unwrap_err();
    assert_eq!(broken.to_string(), "a:5: not JSON, the line was edited or inserted");
}

#[test]
fn lines_without_their_report_are_counted_and_the_first_hundred_named() {
    let mut link = Link::start();
    let mut lines = Vec::new();
    for id in 1..=300 {
        let left_out = if id % 2 == 0 { r#","left_out":{"reason":"x"}"# } else { "" };
        let (line, next) = link.line("report", None, &format!(r#"{{"id":{id}{left_out}}}"#));
        link = next;
        lines.push(line);
    }
    let verified = walk(&lines).unwrap();
    assert_eq!((verified.left_out, verified.left_out_at.len()), (150, LISTED));
    assert_eq!(verified.left_out_at[1], (PathBuf::from("a"), 4));
    let text = verified.to_string();
    assert!(
        text.contains(", the report is left out at a:2, a:4, ")
            && text.ends_with(", a:200 and 50 more"),
        "{text}"
    );
}
