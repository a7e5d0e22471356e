//! The exit codes of the subcommands.

use std::process::ExitCode;

use super::shared::failure::Fault;

/// The exit code of a subcommand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// All is well, and nothing would change.
    Done = 0,
    /// The configuration, or what was compared, is not as it should be.
    Invalid = 1,
    /// Something would change, and all of it at once. Of two schemas: every file is accepted, and operators notice
    /// something.
    Hot = 2,
    /// Something would wait for a restart. Of two schemas: a file may be refused.
    Restart = 3,
    /// The service does not answer, or does not let the caller in.
    NoAccess = 6,
    /// `EX_USAGE` of `sysexits.h`.
    Usage = 64,
    /// `EX_IOERR`.
    Output = 74,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<Fault> for Exit {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Usage => Self::Usage,
            Fault::Output => Self::Output,
            Fault::Invalid => Self::Invalid,
            Fault::NoAccess | Fault::NotConfirmed | Fault::Superseded | Fault::Unfinished => {
                Self::NoAccess
            }
        }
    }
}
