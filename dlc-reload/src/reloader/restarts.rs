//! The treatment of changes that need a restart.

use std::fmt;

use crate::report::Report;

/// The treatment of a reload in which the sources ask for another value of a `restart` field.
#[derive(Default)]
pub enum Restarts {
    /// The hot part is applied, and the rest is listed as pending until the next start.
    #[default]
    Wait,
    /// The whole candidate is refused: for services that are never restarted by hand.
    Reject,
    /// As `Wait`, and the handler is called whenever something new waits: for services whose
    /// supervisor restarts them. Made by [`Restarts::ask`].
    Ask(Box<dyn Fn(&Report) + Send>),
}

impl Restarts {
    /// Calls a handler whenever something new waits for a restart.
    ///
    /// It runs on the reload thread, after the reload; a panic in it is logged.
    pub fn ask(handler: impl Fn(&Report) + Send + 'static) -> Self {
        Self::Ask(Box::new(handler))
    }
}

impl fmt::Debug for Restarts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wait => "Wait",
            Self::Reject => "Reject",
            Self::Ask(_) => "Ask(..)",
        })
    }
}
