//! The views of the API that are no types of the library.

use dlc_reload::{Accepted, Changed, Running};
use serde::Deserialize;

/// The answer to `GET history`.
#[derive(Debug, Deserialize)]
pub(crate) struct History {
    pub(crate) history: Vec<Accepted>,
}

/// The answer to `GET history/{a}/diff/{b}`.
#[derive(Debug, Deserialize)]
pub(crate) struct Differences {
    pub(crate) changes: Vec<Changed>,
}

/// The answer with the status 202.
#[derive(Debug, Deserialize)]
pub(crate) struct Unfinished {
    /// The name of the request, which the report has, too.
    pub(crate) request: String,
    /// The id of the event after which its report comes.
    pub(crate) after: String,
    pub(crate) running: Option<Running>,
}
