//! Stand-ins for reports and intents that cannot be put into a line.

use serde::Serialize;
use serde_json::Value;

use super::chain::{AROUND, hash};
use crate::{
    durable::LONGEST,
    report::{Intent, Report, Verdict},
    time::{micros, rfc3339},
    trigger::Trigger,
};

/// The number of bytes that the members of a line have at most.
const MOST: u64 = LONGEST - AROUND;

/// The reason why a line has not all members of a report, and what tells the report all the same.
#[derive(Serialize)]
struct LeftOut {
    reason: String,
    /// The length of the report as JSON, where there is such a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<usize>,
    /// The SHA-256 of that text.
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
}

/// The members of a report or intent that are always there.
#[derive(Serialize)]
pub(super) struct Head {
    id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    generation: Option<u64>,
    trigger: Trigger,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<Verdict>,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<LeftOut>,
}

impl From<&Report> for Head {
    fn from(report: &Report) -> Self {
        Self {
            id: report.id,
            generation: Some(report.generation),
            trigger: report.trigger.shortened(),
            verdict: Some(report.verdict),
            // A clock beyond the calendar may be the very reason.
            started_at: rfc3339::serialize(&report.started_at, serde_json::value::Serializer).ok(),
            duration_us: Some(micros(report.duration)),
            left_out: None,
        }
    }
}

impl From<&Intent<'_>> for Head {
    fn from(intent: &Intent<'_>) -> Self {
        Self {
            id: intent.id,
            generation: None,
            trigger: intent.trigger.shortened(),
            verdict: None,
            started_at: rfc3339::serialize(&intent.started_at, serde_json::value::Serializer).ok(),
            duration_us: None,
            left_out: None,
        }
    }
}

/// Returns the members of a line as a JSON object and, where these are not those of the report or intent, the reason.
pub(super) fn body<'r, R>(members: &'r R) -> (String, Option<String>)
where
    R: Serialize,
    Head: From<&'r R>,
{
    let left_out = match serde_json::to_string(members) {
        Ok(body) if u64::try_from(body.len()).is_ok_and(|length| length <= MOST) => {
            return (body, None);
        }
        Ok(body) => LeftOut {
            reason: format!("it has {} bytes, and a line has {MOST} at most", body.len()),
            bytes: Some(body.len()),
            sha256: Some(hash(body.as_bytes())),
        },
        Err(error) => LeftOut { reason: error.to_string(), bytes: None, sha256: None },
    };
    let reason = left_out.reason.clone();
    let head = Head { left_out: Some(left_out), ..Head::from(members) };
    // Its members are numbers and short texts, which always serialize.
    (serde_json::to_string(&head).unwrap_or_default(), Some(reason))
}
