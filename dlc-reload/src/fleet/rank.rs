//! The rank of a node in a rollout.

use std::time::Duration;

use sha2::{Digest, Sha256};

/// The rank of a node in a rollout, from 1 to 2^52: those up to the cut of a stage take the candidate.
///
/// It follows from the names of both alone, so that every node and every controller finds the same one, before and
/// after a restart, and that the next rollout begins with other nodes. 52 bits fit into the numbers of JSON readers.
pub(crate) fn rank(rollout: &str, node: &str) -> u64 {
    let mut hash = Sha256::new();
    hash.update(rollout.len().to_le_bytes());
    hash.update(rollout);
    hash.update(node);
    let digest: [u8; 32] = hash.finalize().into();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    (u64::from_le_bytes(first) >> 12) + 1
}

/// The cut up to which every node is.
pub(crate) const EVERY: u64 = 1 << 52;

/// Returns where in a span of time something that every node does once is to happen on this one: nodes spread evenly.
pub(crate) fn spread(span: Duration, rank: u64) -> Duration {
    #[allow(clippy::cast_precision_loss, reason = "52 bits are those of a float")]
    span.mul_f64(rank as f64 / EVERY as f64)
}

/// Returns the wait of a node after a failure of the store, of which there were so many before: 1 second, 2, 4, up to a
/// minute, of which a part is left out that differs each time and from node to node.
pub(crate) fn back_off(node: &str, failures: u32) -> Duration {
    let most = Duration::from_secs(60).min(Duration::from_secs(1 << failures.min(6)));
    most / 2 + spread(most / 2, rank(&format!("failure {failures}"), node))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_spread_evenly_and_each_rollout_begins_with_others() {
        let ranks: Vec<_> = (0..10_000).map(|node| rank("r1", &format!("node-{node}"))).collect();
        assert!(ranks.iter().all(|rank| (1..=EVERY).contains(rank)));
        for tenth in 1..=10 {
            let below = ranks.iter().filter(|rank| **rank <= EVERY / 10 * tenth).count();
            let expected = usize::try_from(tenth).unwrap() * 1000;
            assert!(below.abs_diff(expected) < 200, "{below} of {expected}");
        }
        let first = |rollout: &str| (0..100).min_by_key(|node| rank(rollout, &format!("n{node}")));
        assert!((2..10).any(|rollout| first("r1") != first(&format!("r{rollout}"))));
        assert_ne!(rank("r1", "1n"), rank("r11", "n"));
        assert!(spread(Duration::from_secs(30), ranks[0]) <= Duration::from_secs(30));
    }
}
