//! The exit codes of the command.

use std::process::ExitCode;

use dlc_reload::{Verdict, cli::shared::failure::Fault};

/// The exit code of a command. The long help lists all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Done = 0,
    NotConfirmed = 1,
    PendingRestart = 2,
    Rejected = 3,
    RolledBack = 4,
    Inconsistent = 5,
    NoAccess = 6,
    Superseded = 7,
    Unfinished = 8,
    /// `EX_USAGE` of `sysexits.h`, which no verdict has; clap itself would say 2.
    Usage = 64,
    /// `EX_IOERR`.
    Output = 74,
}

impl Exit {
    /// Returns the code for a reload that ended like this.
    pub(crate) const fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Unchanged | Verdict::Applied => Self::Done,
            Verdict::PendingRestart => Self::PendingRestart,
            Verdict::Rejected => Self::Rejected,
            Verdict::RolledBack => Self::RolledBack,
            // One that this version does not know is not taken for a success.
            _ => Self::Inconsistent,
        }
    }
}

impl From<Fault> for Exit {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Usage => Self::Usage,
            Fault::Output => Self::Output,
            Fault::Invalid => Self::Rejected,
            Fault::NoAccess => Self::NoAccess,
            Fault::NotConfirmed => Self::NotConfirmed,
            Fault::Superseded => Self::Superseded,
            Fault::Unfinished => Self::Unfinished,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
