//! The ends of a command: exit codes, and what is said of a failure.

use std::process::ExitCode;

use dlc_reload::{Problem, Verdict};

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

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// The failure of a command.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// The fault and its remedy.
    pub(crate) message: String,
    /// What the service said, which `--json` prints.
    pub(crate) json: Option<String>,
    /// The problems of the configuration.
    pub(crate) problems: Vec<Problem>,
    /// True if the same may pass a little later, once the service is there again.
    pub(crate) may_pass: bool,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { exit, message, json: None, problems: Vec::new(), may_pass: false }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Marks it as one that may pass.
    pub(crate) fn passing(self) -> Self {
        Self { may_pass: true, ..self }
    }
}
