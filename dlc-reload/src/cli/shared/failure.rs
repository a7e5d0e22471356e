//! Failures of a command, and what is said of them.

use crate::error::Problem;

/// The kind of a failure, for which each program has an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The command line is wrong, or something that it names.
    Usage,
    /// The output cannot be written.
    Output,
    /// The configuration is refused.
    Invalid,
    /// The service does not answer, or does not let the caller in.
    NoAccess,
    /// The user did not confirm it.
    NotConfirmed,
    /// Another change came first.
    Superseded,
    /// It may still take effect.
    Unfinished,
}

/// The failure of a command.
#[derive(Debug)]
pub struct Failure {
    pub fault: Fault,
    /// The fault and its remedy.
    pub message: String,
    /// The JSON that `--json` prints, most often that of the service; where there is none, it prints the message.
    pub json: Option<String>,
    /// The problems of the configuration.
    pub problems: Vec<Problem>,
    /// True if the same may pass a little later, once the service is there again.
    pub may_pass: bool,
}

impl Failure {
    pub fn new(fault: Fault, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { fault, message, json: None, problems: Vec::new(), may_pass: false }
    }

    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Fault::Usage, message)
    }

    /// Marks it as one that may pass.
    pub fn passing(self) -> Self {
        Self { may_pass: true, ..self }
    }

    /// Returns true if a reader has seen enough, such as `head`, and wants no message.
    pub fn is_end_of_reader(&self) -> bool {
        self.fault == Fault::Output && self.message.contains("Broken pipe")
    }
}
