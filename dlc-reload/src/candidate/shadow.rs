//! Problems in values that a later source replaces. They refuse nothing, but the day on which the later
//! source goes away is the wrong day to learn of them.

use super::said::Said;
use crate::{
    document::{Document, Entry, Finding, Node, Place, Replaced, Retry, Text, Value},
    error::Severity,
    place::Segment,
    section::{Reloadable, probe},
};

/// The greatest number of replaced values of one key that are checked. Each of several sources may replace
/// the value of the one before.
const MAX_ROUNDS: usize = 8;

/// Returns a warning for each replaced value that does not fit.
pub(super) fn findings<C: Reloadable>(said: &Said<'_>) -> Vec<Finding> {
    let document = said.document();
    let mismatches = rounds(&document.replaced).into_iter().flat_map(|round| {
        let retry = Retry::default();
        probe::<C>(&round, &retry, said.shape()).mismatches
    });
    // A mismatch without a place is about a key that is only missing here: a round holds nothing but
    // replaced values.
    mismatches
        .filter(|mismatch| {
            mismatch.place().is_some_and(|place| place != Place::NONE)
                && !mismatch.is_missing()
                && !document.is_unfilled(mismatch.place())
        })
        .map(|mismatch| without_effect(said.mismatch(&mismatch), document))
        .collect()
}

fn without_effect(finding: Finding, document: &Document) -> Finding {
    let winner = finding.key.as_ref().and_then(|key| document.nearest_origin(key));
    let text = match winner {
        Some(winner) => format!("{} (without effect, because {winner} wins)", finding.text),
        None => finding.text,
    };
    Finding { severity: Severity::Warning, text, ..finding }
}

/// Returns trees that hold the replaced values and nothing else, each key once.
fn rounds(replaced: &[Replaced]) -> Vec<Node> {
    let mut rounds: Vec<Node> = Vec::new();
    for Replaced { key, node } in replaced {
        if node.is_null() || key.is_root() {
            continue;
        }
        let taken = rounds.iter_mut().any(|round| plant(round, key.segments(), node));
        if !taken && rounds.len() < MAX_ROUNDS {
            let mut round = Node::empty_map(Place::NONE);
            plant(&mut round, key.segments(), node);
            rounds.push(round);
        }
    }
    rounds
}

/// Puts a value at its key; returns false where another value is in the way.
fn plant(round: &mut Node, segments: &[Segment], node: &Node) -> bool {
    let Value::Map(map) = &mut round.value else { return false };
    let [Segment::Name(name), below @ ..] = segments else { return false };
    if below.is_empty() {
        if map.contains_key(&**name) {
            return false;
        }
        map.insert(Text::from(&**name), Entry { key: node.place, node: node.clone() });
        return true;
    }
    let next = map.entry(Text::from(&**name)).or_insert_with(|| Entry {
        key: Place::NONE,
        node: Node { place: Place::NONE, value: Value::Map(Box::default()) },
    });
    plant(&mut next.node, below, node)
}
