//! What a hook is shown, what it hands back, and the transaction that runs all of them.

mod change;
mod transaction;

pub use self::{
    change::{Change, Diff, Differing, Index, Keyed},
    transaction::{Commit, HookResult, Veto},
};
pub(crate) use self::{
    change::{EntryKey, Way},
    transaction::{
        Direction, Extent, Monitors, Outcome, Refusal, Step, StepMonitor, caught, guarded, transact,
    },
};
