//! The items in which two lists differ.

use serde_json::Value as Json;

/// The greatest number of pairs of items that are compared to find out which ones two lists have in common.
const MAX_PAIRS: usize = 1 << 20;

/// An item in which two lists differ, by its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Differing {
    /// It has another value in the new list.
    Changed { old: usize, new: usize },
    /// Only the old list has it.
    Removed(usize),
    /// Only the new list has it.
    Added(usize),
}

/// Returns the items in which two lists differ.
///
/// What both begin and end with is left out. If as many items are left in both, each is compared with its counterpart.
/// Otherwise some were added or removed, and those that both lists have in the same order are left out too.
pub(super) fn differing(old: &[Json], new: &[Json]) -> Vec<Differing> {
    let start = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let ends = old[start..].iter().rev().zip(new[start..].iter().rev());
    let end = ends.take_while(|(old, new)| old == new).count();
    let (old, new) = (&old[start..old.len() - end], &new[start..new.len() - end]);
    let mut found = Vec::new();
    let common = if old.len() == new.len() { Vec::new() } else { common(old, new) };
    let mut from = (0, 0);
    for (old_at, new_at) in common.into_iter().chain([(old.len(), new.len())]) {
        let gap = (start + from.0..start + old_at, start + from.1..start + new_at);
        if gap.0.len() == gap.1.len() {
            found.extend(
                gap.0
                    .zip(gap.1)
                    .filter(|(at, to)| old[at - start] != new[to - start])
                    .map(|(old, new)| Differing::Changed { old, new }),
            );
        } else {
            found.extend(gap.0.map(Differing::Removed));
            found.extend(gap.1.map(Differing::Added));
        }
        from = (old_at + 1, new_at + 1);
    }
    found
}

/// Returns the indices of a longest sequence of items that both lists have; none where the lists are too long.
fn common(old: &[Json], new: &[Json]) -> Vec<(usize, usize)> {
    if old.len().saturating_mul(new.len()) > MAX_PAIRS {
        return Vec::new();
    }
    // The length of the longest one from an item of each list on.
    let width = new.len() + 1;
    let mut longest = vec![0_u32; (old.len() + 1) * width];
    for at in (0..old.len()).rev() {
        for to in (0..new.len()).rev() {
            longest[at * width + to] = if old[at] == new[to] {
                longest[(at + 1) * width + to + 1] + 1
            } else {
                longest[(at + 1) * width + to].max(longest[at * width + to + 1])
            };
        }
    }
    let mut pairs = Vec::new();
    let (mut at, mut to) = (0, 0);
    while at < old.len() && to < new.len() {
        if old[at] == new[to] {
            pairs.push((at, to));
            (at, to) = (at + 1, to + 1);
        } else if longest[(at + 1) * width + to] >= longest[at * width + to + 1] {
            at += 1;
        } else {
            to += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::{
        Differing::{Added, Changed, Removed},
        *,
    };

    fn list(items: &str) -> Vec<Json> {
        items.chars().map(|item| item.to_string().into()).collect()
    }

    #[test]
    fn only_the_items_that_differ_are_found() {
        let cases: &[(&str, &str, &[Differing])] = &[
            ("abc", "abc", &[]),
            ("", "a", &[Added(0)]),
            ("abc", "abxc", &[Added(2)]),
            ("abc", "ac", &[Removed(1)]),
            ("aaa", "aa", &[Removed(2)]),
            ("abcd", "axyd", &[Changed { old: 1, new: 1 }, Changed { old: 2, new: 2 }]),
            ("abc", "axc", &[Changed { old: 1, new: 1 }]),
            (
                "abcde",
                "xabde",
                &[
                    Changed { old: 0, new: 0 },
                    Changed { old: 1, new: 1 },
                    Changed { old: 2, new: 2 },
                ],
            ),
            (
                "abcdef",
                "xabyef",
                &[
                    Changed { old: 0, new: 0 },
                    Changed { old: 1, new: 1 },
                    Changed { old: 2, new: 2 },
                    Changed { old: 3, new: 3 },
                ],
            ),
            ("abcde", "xabyefg", &[Added(0), Removed(2), Removed(3), Added(3), Added(5), Added(6)]),
        ];
        for (old, new, expected) in cases {
            assert_eq!(differing(&list(old), &list(new)), *expected, "{old} {new}");
        }
    }

    #[test]
    fn every_difference_is_found() {
        // Every list of up to four items of two kinds, with every other one.
        let lists: Vec<String> = (0..5_u32)
            .flat_map(|length| {
                (0..1_u32 << length).map(move |bits| {
                    (0..length).map(|at| if bits >> at & 1 == 1 { 'a' } else { 'b' }).collect()
                })
            })
            .collect();
        for (old, new) in lists.iter().flat_map(|old| lists.iter().map(move |new| (old, new))) {
            let (mut left, mut right) = (list(old), list(new));
            for one in differing(&list(old), &list(new)).into_iter().rev() {
                match one {
                    Changed { old, new } => {
                        assert_ne!(left.remove(old), right.remove(new));
                    }
                    Removed(at) => _ = left.remove(at),
                    Added(at) => _ = right.remove(at),
                }
            }
            assert_eq!(left, right, "{old} {new}");
        }
    }
}
