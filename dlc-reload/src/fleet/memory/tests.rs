use std::sync::mpsc::{Receiver, channel};

use super::*;

/// The life of a value, so long that none ends before a test moves the clock.
const LIFE: Duration = Duration::from_secs(600);

fn watched(client: &MemoryClient, prefix: &str) -> (Guard, Receiver<Hint>) {
    let (hints, heard) = channel();
    let guard = client.watch(prefix, Box::new(move |hint| hints.send(hint).unwrap()));
    (guard, heard)
}

fn all(heard: &Receiver<Hint>) -> Vec<Hint> {
    heard.try_iter().collect()
}

#[test]
fn one_of_two_swaps_wins() {
    let engine = MemoryStore::new("f/e");
    let (one, two) = (engine.client(), engine.client());
    let first = one.swap("target", Revision::ABSENT, b"1").unwrap().unwrap();
    assert_eq!(two.swap("target", Revision::ABSENT, b"2").unwrap(), Err(Lost));
    assert_eq!(two.swap("target", Revision(7), b"2").unwrap(), Err(Lost));
    let second = two.swap("target", first, b"2").unwrap().unwrap();
    assert!(second > first);
    assert_eq!(one.swap("target", first, b"3").unwrap(), Err(Lost));
    assert_eq!(one.get("target").unwrap().unwrap().value, b"2");
}

#[test]
fn what_a_dead_client_kept_vanishes_after_its_life_and_that_of_a_living_one_stays() {
    let engine = MemoryStore::new("f/e");
    let (one, two, three) = (engine.client(), engine.client(), engine.client());
    let (_guard, heard) = watched(&three, "nodes/");
    assert_eq!(one.keep("nodes/1", b"a", LIFE).unwrap(), Ok(()));
    assert_eq!(two.keep("nodes/2", b"b", LIFE).unwrap(), Ok(()));
    assert_eq!(two.keep("nodes/1", b"b", LIFE).unwrap(), Err(Lost));
    assert_eq!(all(&heard), [Hint::Changed, Hint::Changed]);

    one.kill();
    assert!(one.get("nodes/1").is_err());
    engine.advance(LIFE / 2);
    assert_eq!(three.list("nodes/").unwrap().len(), 2);
    assert_eq!(all(&heard), []);
    engine.advance(LIFE);
    assert_eq!(three.list("nodes/").unwrap().into_keys().collect::<Vec<_>>(), ["2"]);
    assert_eq!(all(&heard), [Hint::Changed]);
    assert_eq!(two.keep("nodes/1", b"b", LIFE).unwrap(), Ok(()));
    two.release("nodes/2").unwrap();
    three.release("nodes/1").unwrap();
    assert_eq!(three.list("nodes/").unwrap().into_keys().collect::<Vec<_>>(), ["1"]);
}

#[test]
fn it_vanishes_also_if_nobody_asks_or_moves_the_clock() {
    let engine = MemoryStore::new("f/e");
    let (one, two) = (engine.client(), engine.client());
    one.keep("controller", b"one", Duration::from_millis(20)).unwrap().unwrap();
    let (_guard, heard) = watched(&two, "controller");
    drop(one);
    assert_eq!(heard.recv_timeout(Duration::from_secs(30)), Ok(Hint::Changed));
    assert_eq!(two.get("controller").unwrap(), None);
}

#[test]
fn a_client_that_comes_back_writes_again_what_it_keeps() {
    let engine = MemoryStore::new("f/e");
    let (one, two) = (engine.client(), engine.client());
    let (_guard, heard) = watched(&one, "");
    one.keep("nodes/1", b"a", LIFE).unwrap().unwrap();
    one.cut_off("no cable");
    engine.advance(2 * LIFE);
    assert_eq!(two.get("nodes/1").unwrap(), None);
    assert_eq!(one.keep("nodes/1", b"b", LIFE).unwrap_err().to_string(), "no cable");
    one.mend();
    assert_eq!(two.get("nodes/1").unwrap().unwrap().value, b"b");
    let heard = all(&heard);
    assert!(heard.contains(&Hint::CutOff("no cable".into())) && heard.contains(&Hint::Back));
}

#[test]
fn an_engine_that_is_down_lets_nothing_go() {
    let engine = MemoryStore::new("f/e");
    let (one, two) = (engine.client(), engine.client());
    one.keep("nodes/1", b"a", LIFE).unwrap().unwrap();
    engine.cut_off("down");
    one.kill();
    engine.advance(2 * LIFE);
    assert_eq!(two.get("nodes/1").unwrap_err().to_string(), "down");
    engine.mend();
    assert!(two.get("nodes/1").unwrap().is_some(), "its life began anew");
    engine.advance(2 * LIFE);
    assert!(two.get("nodes/1").unwrap().is_none());
}

#[test]
fn an_answer_is_lost_and_hints_are_lost_or_doubled() {
    let engine = MemoryStore::new("f/e");
    let client = engine.client();
    let (guard, heard) = watched(&client, "target");
    client.lose_answer();
    client.swap("target", Revision::ABSENT, b"1").unwrap_err();
    let written = client.get("target").unwrap().unwrap();
    assert_eq!(written.value, b"1");
    assert_eq!(all(&heard).len(), 1);

    engine.hints(Hints::Doubled);
    let next = client.swap("target", written.revision, b"2").unwrap().unwrap();
    client.swap("other", Revision::ABSENT, b"2").unwrap().unwrap();
    assert_eq!(all(&heard).len(), 2);
    engine.hints(Hints::Lost);
    let next = client.swap("target", next, b"3").unwrap().unwrap();
    assert_eq!(all(&heard).len(), 0);
    engine.hints(Hints::Delivered);
    drop(guard);
    client.swap("target", next, b"4").unwrap().unwrap();
    assert_eq!(all(&heard).len(), 0);
}

#[test]
fn it_goes_back_to_a_backup_with_its_revision_and_the_living_write_again() {
    let engine = MemoryStore::new("f/e");
    let client = engine.client();
    let old = client.swap("target", Revision::ABSENT, b"1").unwrap().unwrap();
    let backup = engine.backup();
    let new = client.swap("target", old, b"2").unwrap().unwrap();
    client.swap("versions/2", Revision::ABSENT, b"2").unwrap().unwrap();
    client.keep("nodes/1", b"a", LIFE).unwrap().unwrap();
    let (_guard, heard) = watched(&client, "target");
    engine.restore(&backup);
    assert_eq!(client.get("target").unwrap().unwrap().revision, old);
    assert_eq!(client.swap("target", new, b"3").unwrap(), Err(Lost));
    assert_eq!(client.get("versions/2").unwrap(), None);
    assert!(client.get("nodes/1").unwrap().is_some());
    assert_eq!(all(&heard).last(), Some(&Hint::Back));
    engine.remove("target");
    assert_eq!(client.get("target").unwrap(), None);
}
