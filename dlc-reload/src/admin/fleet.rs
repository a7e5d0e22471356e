//! The fleet that the service is a node of, as it was read last.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use schemars::JsonSchema;
use serde::Serialize;
use tokio::{sync::Mutex, task::spawn_blocking};

use crate::{
    fleet::{Joined, Overview, Stale},
    time::{Timestamp, rfc3339},
};

/// The time for which an answer of the store is taken for the state of the fleet: however many ask, it is read once a
/// second.
const FRESH: Duration = Duration::from_secs(1);

/// The fleet, as it was read last.
#[derive(Default)]
pub(super) struct LastLook(Mutex<Option<Look>>);

/// A look at the fleet.
struct Look {
    /// The moment at which the store was asked last, whatever it said.
    asked: Instant,
    seen: Result<Fleet, String>,
}

/// The fleet that the service is a node of.
#[derive(Clone, Serialize, JsonSchema)]
pub(super) struct Fleet {
    /// The node that answers.
    node: String,
    /// The time at which the store was read.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Timestamp")]
    read_at: SystemTime,
    /// Since when the store cannot be read, if that is so: then all else is as it was before.
    #[serde(skip_serializing_if = "Option::is_none")]
    out_of_reach: Option<Stale>,
    /// The fleet.
    #[serde(flatten)]
    overview: Overview,
}

impl Fleet {
    /// Returns the revision of the pointer.
    pub(super) fn revision(&self) -> u64 {
        self.overview.revision
    }
}

impl LastLook {
    /// Returns the fleet as it is, or as it was while its store can be read no more.
    ///
    /// # Errors
    ///
    /// The store cannot be read, and never was.
    pub(super) async fn fleet(&self, joined: Arc<Joined>) -> Result<Fleet, String> {
        // Others who ask meanwhile wait here, and find the answer.
        let mut last = self.0.lock().await;
        let look = match last.take() {
            Some(look) if look.asked.elapsed() < FRESH => look,
            before => look(joined, before).await,
        };
        last.insert(look).seen.clone()
    }
}

/// Reads the fleet, on a thread that may block. Where that fails, what was read before stays, and says so.
async fn look(joined: Arc<Joined>, before: Option<Look>) -> Look {
    let node = joined.node.clone();
    let read = spawn_blocking(move || joined.desk.overview()).await;
    let asked = Instant::now();
    let reason = match read {
        Ok(Ok(overview)) => {
            let (read_at, out_of_reach) = (SystemTime::now(), None);
            return Look { asked, seen: Ok(Fleet { node, read_at, out_of_reach, overview }) };
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the store of the fleet panicked, see the error output of the process".to_owned(),
    };
    let seen = match before.map(|look| look.seen) {
        Some(Ok(mut fleet)) => {
            let since = fleet.out_of_reach.map_or_else(SystemTime::now, |stale| stale.since);
            fleet.out_of_reach = Some(Stale { since, reason });
            Ok(fleet)
        }
        _ => Err(reason),
    };
    Look { asked, seen }
}
