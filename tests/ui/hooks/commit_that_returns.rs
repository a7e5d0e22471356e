use std::sync::atomic::{AtomicU32, Ordering};

use dlc_reload::{Change, Commit, HookResult, Reloadable};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot)]
    rate: u32,
}

struct Throttle(AtomicU32);

impl ConfigHooks for Throttle {
    fn on_rate(&self, rate: Change<'_, u32>) -> HookResult<'_> {
        let new = *rate.new;
        Ok(Commit::new(move || self.0.swap(new, Ordering::Relaxed)))
    }
}

fn main() {}
