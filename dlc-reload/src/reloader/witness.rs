//! Who stands beside the steps of a transaction.

use super::slow_hooks::Overseer;
use crate::hook::{Step, Veto, Witness};

/// All of them.
pub(crate) struct Witnesses<'a> {
    pub(crate) overseer: &'a Overseer,
    #[cfg(feature = "testing")]
    pub(crate) recorder: Option<&'a crate::testing::Recorder>,
    #[cfg(feature = "testing")]
    pub(crate) table: &'static crate::section::Table,
}

impl Witness for Witnesses<'_> {
    fn begins(&self, step: Step, at: &[u16]) -> Result<(), Veto> {
        if step != Step::Drop {
            self.overseer.runs(Some(at.to_vec()));
        }
        #[cfg(feature = "testing")]
        if let Some(recorder) = self.recorder {
            recorder.begins(step, self.table, at)?;
        }
        Ok(())
    }

    fn ended(&self, step: Step, at: &[u16], failed: Option<&str>) {
        self.overseer.runs(None);
        #[cfg(feature = "testing")]
        if let Some(recorder) = self.recorder {
            recorder.ended(step, self.table, at, failed);
        }
        #[cfg(not(feature = "testing"))]
        let _ = (step, at, failed);
    }
}
