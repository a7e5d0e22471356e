//! Nodes that vanish, leave, or were never there.

use super::*;

#[test]
fn nodes_that_vanish_halt_it() {
    let mut paper = Paper::of(10);
    paper.after(0).after(5);
    let first = paper.reached()[0].clone();
    let state = paper.nodes.remove(&first).unwrap();
    let mut other =
        Paper { target: paper.target.clone(), nodes: paper.nodes.clone(), ..Paper::of(10) };
    let said = format!("{first} vanished while it was to run version 42");
    assert_eq!(paper.after(0).after(2).phase(), (0, Phase::Running));
    assert_eq!(paper.after(1).halted(), said);
    // Somebody resumes it: that node is forgiven, and another one is not.
    paper.rollout().phase = Phase::Running;
    assert_eq!(paper.after(0).phase(), (0, Phase::Running));
    paper.nodes.insert(first, state);
    assert_eq!(paper.prove().after(0).after(60).phase(), (1, Phase::Running));
    // A controller that came afterwards has not seen the node, but the pointer counts it.
    assert_eq!(other.after(0).after(2).phase(), (0, Phase::Running));
    assert!(other.after(1).halted().contains("no controller was there to see"));
}

#[test]
fn a_process_that_follows_a_killed_one_has_time_to_tell() {
    let mut paper = Paper::of(10);
    paper.after(0).prove().after(0).after(59);
    let first = paper.reached()[0].clone();
    let state = paper.nodes.remove(&first).unwrap();
    assert_eq!(paper.after(0).phase(), (0, Phase::Running));
    let said = format!("{first} is out of sight, and may be about to come back");
    assert_eq!(paper.memory.waits, Some(said));
    assert_eq!(paper.memory.due(), Some(paper.now.instant + SECOND * 3));
    assert_eq!(paper.memory.counts.unwrap().reached, 1);
    let mut next = state;
    next.process = "p2".to_owned();
    paper.now = paper.now.after(SECOND * 2);
    paper.nodes.insert(first, next);
    // It bakes anew, with the process that is there now.
    assert_eq!(paper.after(0).after(59).phase(), (0, Phase::Running));
    assert_eq!(paper.after(1).phase(), (1, Phase::Running));
}

#[test]
fn one_in_a_hundred_may_vanish_where_there_are_many() {
    for (nodes, may_be_lost) in [(5, 0), (20, 0), (199, 1), (300, 3)] {
        let mut paper = Paper::of(nodes);
        paper.at_the_last_stage();
        for lost in 0..may_be_lost {
            paper.nodes.remove(&format!("n{lost}"));
        }
        assert_eq!(paper.after(0).after(3).phase(), (2, Phase::Running), "{nodes}");
        paper.nodes.remove("n4");
        paper.after(0).after(3).halted();
    }
    let mut paper = Paper::of(300);
    paper.rollout().plan.max_lost = Some(0);
    paper.at_the_last_stage();
    paper.nodes.remove("n4");
    paper.after(0).after(3).halted();
}

#[test]
fn an_orderly_end_is_no_loss_and_two_restarts_without_a_word_are() {
    let mut paper = Paper::of(10);
    paper.at_the_last_stage();
    paper.change("n3", |state| state.leaving = true);
    paper.change("n4", |state| state.leaving = true);
    paper.after(0);
    paper.nodes.remove("n3");
    paper.change("n4", |state| (state.leaving, state.process) = (false, "p2".to_owned()));
    assert_eq!(paper.prove().after(0).after(59).phase(), (2, Phase::Running));
    let restart = |paper: &mut Paper| paper.change("n5", |state| state.process.push('+'));
    // The first makes it bake anew: it is to show that nodes stay alive.
    restart(&mut paper);
    assert_eq!(paper.after(1).after(59).phase(), (2, Phase::Running));
    restart(&mut paper);
    assert_eq!(paper.after(0).halted(), "n5 vanished while it was to run version 42");
}

#[test]
fn a_fleet_is_not_promoted_for_want_of_nodes() {
    // Nobody was counted yet, the one node is reached, and the candidate ends it.
    let mut paper = Paper::of(1);
    paper.target.nodes = 0;
    paper.after(0);
    let node = paper.nodes.pop_first().unwrap();
    assert!(paper.after(0).after(3).halted().contains("vanished"));
    // Before it has reached any, it waits for the first.
    let mut paper = Paper::of(0);
    paper.target.stable = None;
    assert_eq!(paper.after(0).after(100_000).phase(), (0, Phase::Running));
    assert_eq!(paper.memory.waits.as_deref(), Some("no node is in sight"));
    paper.nodes.extend([node]);
    assert_eq!(paper.after(0).reached().len(), 1);
}

#[test]
fn who_left_in_an_orderly_way_is_known_after_the_store_was_away() {
    let mut paper = Paper::of(10);
    paper.at_the_last_stage();
    paper.change("n3", |state| state.leaving = true);
    paper.after(0);
    paper.nodes.remove("n3");
    paper.prove().after(0).memory.lose_sight();
    let vanished = paper.nodes.remove("n4").unwrap();
    // What vanished meanwhile has as long to come back, and the bake begins anew.
    assert_eq!(paper.after(100).after(2).phase(), (2, Phase::Running));
    paper.nodes.insert("n4".to_owned(), vanished);
    assert_eq!(paper.after(1).after(59).phase(), (2, Phase::Running));
    assert_eq!(paper.after(1).phase(), (2, Phase::Promoted));
}
