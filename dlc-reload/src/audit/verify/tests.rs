use super::*;

/// Returns a log of `count` lines.
fn log(count: u64) -> Vec<String> {
    let mut link = Link::start();
    (1..=count)
        .map(|id| {
            let line = link.line("report", &format!(r#"{{"id":{id}}}"#));
            link = Link { seq: id, hash: hash(&line) };
            line
        })
        .collect()
}

/// Returns a line that is well made, but was not written by the log.
fn forged(seq: u64, previous: &str) -> String {
    Link { seq: seq - 1, hash: previous.to_owned() }.line("report", r#"{"id":666}"#)
}

fn hash(line: &str) -> String {
    Entry::read(line.as_bytes()).unwrap().hash
}

fn walk(lines: &[String]) -> Result<Verified, Broken> {
    let mut walk = Walk::default();
    for (line, text) in (1..).zip(lines) {
        walk.step(&Place { path: Path::new("a").into(), line }, text.as_bytes());
    }
    walk.end(None)
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
    let next = Link::after(before, 10).unwrap().line("report", "{}");
    let link = Link { seq: 4, hash: hash(&next) };
    lines.extend([next, link.line("report", "{}")]);
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
