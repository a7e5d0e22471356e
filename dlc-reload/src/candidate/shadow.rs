//! Problems in values that a later source replaces. Nothing is refused because of them, but the day
//! the later source goes away is the wrong day to learn of them.

use super::{Found, NOWHERE, explain};
use crate::{
    document::{Document, Entry, Lessons, Map, Node, Replaced, Value},
    error::{Problem, Severity},
    key::Segment,
    schema::Shape,
    section::{Reloadable, probe},
};

/// How many values that replace each other are looked at for one key.
const MAX_ROUNDS: usize = 8;

/// What does not fit among the replaced values, as warnings.
pub(crate) fn problems<C: Reloadable>(document: &Document, shape: &Shape) -> Found {
    let mut found = Vec::new();
    for round in rounds(&document.replaced) {
        let probed = probe::<C>(&round, &Lessons::default());
        for misfit in probed.misfits {
            // What stands nowhere is only missing here, because a round holds nothing else.
            let real = misfit.place().is_some_and(|place| place.source != NOWHERE.source);
            if real && !misfit.is_missing() {
                let (place, problem) = explain(&misfit, document, shape);
                found.push((place, without_effect(problem, document)));
            }
        }
    }
    found
}

fn without_effect(mut problem: Problem, document: &Document) -> Problem {
    problem.severity = Severity::Warning;
    let winner = problem.key.as_ref().and_then(|key| document.nearest_origin(key));
    if let Some(winner) = winner {
        problem.message = format!("{} (without effect, because {winner} wins)", problem.message);
    }
    problem
}

/// Trees that hold the replaced values and nothing else, each key once.
fn rounds(replaced: &[Replaced]) -> Vec<Node> {
    let mut rounds: Vec<Node> = Vec::new();
    for Replaced { key, node } in replaced {
        if node.is_null() || key.is_root() {
            continue;
        }
        let taken = rounds.iter_mut().any(|round| plant(round, key.segments(), node));
        if !taken && rounds.len() < MAX_ROUNDS {
            let mut round = Node::empty_map(NOWHERE);
            plant(&mut round, key.segments(), node);
            rounds.push(round);
        }
    }
    rounds
}

/// Puts a value at its key, unless something stands there.
fn plant(round: &mut Node, segments: &[Segment], node: &Node) -> bool {
    let Value::Map(map) = &mut round.value else { return false };
    let [Segment::Name(name), below @ ..] = segments else { return false };
    if below.is_empty() {
        if map.contains_key(&**name) {
            return false;
        }
        map.insert(Box::from(&**name), Entry { key: node.place, node: node.clone() });
        return true;
    }
    let next = map.entry(Box::from(&**name)).or_insert_with(|| Entry {
        key: NOWHERE,
        node: Node { place: NOWHERE, value: Value::Map(Box::new(Map::new())) },
    });
    plant(&mut next.node, below, node)
}
