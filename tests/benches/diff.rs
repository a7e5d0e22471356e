//! Comparing two configurations of 1 000 fields in 50 sections, beside a comparison by hand and `==`.
//!
//! `cargo bench -p dlc-reload-tests --bench diff`
//!
//! All sides of a row run in turn, and each figure is the median of its runs. By hand is what an author writes without
//! the derive: one comparison a field, and the key of each that differs. A reload asks for the places that differ; the
//! typed diff is there for authors.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use dlc_reload::{
    __private::{Differing, Index, Parts as _},
    Reloadable,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The number of runs of each side.
const RUNS: usize = 2001;

/// A text. An empty one has no address, and to compare two of those takes some processors 150 ns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Label(String);

impl Default for Label {
    fn default() -> Self {
        Self("eu-central-1".to_owned())
    }
}

/// Defines sections of the same twenty fields, and the comparison by hand.
macro_rules! sections {
    ($fields:tt: $($name:ident)*) => { $(sections!(@one $name $fields);)* };
    (@one $name:ident { $($field:ident: $ty:ty,)* }) => {
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
        struct $name {
            $(#[reload(hot, live)] $field: $ty,)*
        }
        impl $name {
            fn by_hand(&self, new: &Self, section: &str, found: &mut Vec<String>) {
                $(if self.$field != new.$field {
                    found.push(format!("{section}.{}", stringify!($field)));
                })*
            }
        }
    };
}

/// Defines the root.
macro_rules! root {
    ($($section:ident: $ty:ident,)*) => {
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
        struct Config {
            $(#[reload(nested)] $section: $ty,)*
        }
        impl Config {
            fn by_hand(&self, new: &Self) -> Vec<String> {
                let mut found = Vec::new();
                $(self.$section.by_hand(&new.$section, stringify!($section), &mut found);)*
                found
            }
            /// Returns the field of each section that the changes are made in.
            fn changed_fields(&mut self) -> Vec<(&mut u64, &mut bool)> {
                vec![$((&mut self.$section.max_items_00, &mut self.$section.enabled_11),)*]
            }
        }
    };
}

sections! {
    {
        max_items_00: u64, enabled_01: bool, ratio_02: f64, label_03: Label, retries_04: u32,
        max_items_05: u64, enabled_06: bool, ratio_07: f64, label_08: Label, retries_09: u32,
        max_items_10: u64, enabled_11: bool, ratio_12: f64, label_13: Label, retries_14: u32,
        max_items_15: u64, enabled_16: bool, ratio_17: f64, label_18: Label, retries_19: u32,
    }:
    S00 S01 S02 S03 S04 S05 S06 S07 S08 S09 S10 S11 S12 S13 S14 S15 S16 S17 S18 S19 S20 S21 S22 S23 S24
    S25 S26 S27 S28 S29 S30 S31 S32 S33 S34 S35 S36 S37 S38 S39 S40 S41 S42 S43 S44 S45 S46 S47 S48 S49
}

root! {
    s00: S00, s01: S01, s02: S02, s03: S03, s04: S04, s05: S05, s06: S06, s07: S07, s08: S08, s09: S09,
    s10: S10, s11: S11, s12: S12, s13: S13, s14: S14, s15: S15, s16: S16, s17: S17, s18: S18, s19: S19,
    s20: S20, s21: S21, s22: S22, s23: S23, s24: S24, s25: S25, s26: S26, s27: S27, s28: S28, s29: S29,
    s30: S30, s31: S31, s32: S32, s33: S33, s34: S34, s35: S35, s36: S36, s37: S37, s38: S38, s39: S39,
    s40: S40, s41: S41, s42: S42, s43: S43, s44: S44, s45: S45, s46: S46, s47: S47, s48: S48, s49: S49,
}

fn main() {
    println!(
        "| fields that differ | by hand | `==` | places that differ | ratio | typed diff | ratio |"
    );
    println!("|---|---|---|---|---|---|---|");
    let old = Config::default();
    for changed in [0, 1, 100] {
        let mut new = old.clone();
        let fields = new.changed_fields().into_iter();
        for (at, (number, flag)) in fields.enumerate() {
            *number += u64::from(at * 2 < changed);
            *flag ^= at * 2 + 1 < changed;
        }
        assert_eq!(old.by_hand(&new).len(), changed);
        assert_eq!(places(&old, &new).len(), changed);
        let (old, new) = (black_box(&old), black_box(&new));
        let [hand, equal, places, typed] = medians([
            &mut || drop(black_box(old.by_hand(new))),
            &mut || _ = black_box(old == new),
            &mut || drop(black_box(places(old, new))),
            &mut || _ = black_box(Config::diff(old, new)),
        ]);
        let ratio = |time: Duration| time.as_secs_f64() / hand.as_secs_f64();
        println!(
            "| {changed} | {} | {} | {} | {:.2} | {} | {:.2} |",
            shown(hand),
            shown(equal),
            shown(places),
            ratio(places),
            shown(typed),
            ratio(typed)
        );
    }
}

/// Returns the places that differ, as a reload asks for them.
fn places(old: &Config, new: &Config) -> Vec<Vec<Index>> {
    let mut found = Differing::default();
    Config::compare(old, new, &mut found);
    found.into_places()
}

/// Runs every side in turn, and returns the median time of each.
fn medians<const N: usize>(mut sides: [&mut dyn FnMut(); N]) -> [Duration; N] {
    let mut times = [const { Vec::new() }; N];
    for _ in 0..RUNS {
        for (side, times) in sides.iter_mut().zip(&mut times) {
            let begun = Instant::now();
            side();
            times.push(begun.elapsed());
        }
    }
    times.map(|mut times| {
        times.sort();
        times[times.len() / 2]
    })
}

fn shown(time: Duration) -> String {
    format!("{:.2} µs", time.as_secs_f64() * 1e6)
}
