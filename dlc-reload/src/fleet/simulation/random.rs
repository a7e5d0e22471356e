//! Numbers by chance, which a seed repeats: the generator is splitmix64.

use std::{ops::Range, time::Duration};

pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn number(&mut self, range: Range<u64>) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        range.start + (mixed ^ (mixed >> 31)) % (range.end - range.start)
    }

    pub(super) fn is(&mut self, percent: u64) -> bool {
        self.number(0..100) < percent
    }

    pub(super) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.number(0..length as u64)).unwrap()
    }

    pub(super) fn time(&mut self, seconds: Range<u64>) -> Duration {
        Duration::from_millis(self.number(seconds.start * 1000..seconds.end * 1000))
    }
}
