//! A watch that goes on over members that come and go.

use std::{sync::Arc, time::Duration};

use dlc_reload::fleet::Hint;
use etcd_client::{Client, GetOptions, WatchOptions, WatchResponse, WatchStream};
use tokio::time::{Instant, sleep, timeout};

use super::{
    failure::Failure,
    heard::{Heard, Held, Message},
    link::{Link, scattered},
};

/// A watch of the keys below a prefix.
pub(crate) struct Watch {
    link: Arc<Link>,
    prefix: String,
    hint: Box<dyn Fn(Hint) + Send + Sync>,
    held: Held,
    /// Since when it is not well; `None` while it is.
    ill_since: Option<Instant>,
    is_cut_off: bool,
    /// Since when it is well; `None` while it is not.
    well_since: Option<Instant>,
}

/// The shortest and the longest time between two tries to watch.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(10));

/// The longest time for which a watch is silent until a majority is asked whether it still may be one: a permission
/// that was taken away does not end it, nor does a token that has.
const SILENT: Duration = Duration::from_secs(20);

/// The time within which a watch that lost its member may go on with another one, without a gap and without a word.
const PATIENCE: Duration = Duration::from_secs(2);

const LOG: &str = "dlc_reload";

impl Watch {
    /// Makes a watch, which begins when it is [run](Self::run).
    pub(crate) fn new(
        link: Arc<Link>,
        prefix: String,
        hint: Box<dyn Fn(Hint) + Send + Sync>,
    ) -> Self {
        let held = Held::default();
        Self { link, prefix, hint, held, ill_since: None, is_cut_off: false, well_since: None }
    }

    /// Watches for ever.
    pub(crate) async fn run(mut self) {
        let (shortest, longest) = PAUSES;
        let mut pause = shortest;
        loop {
            let failure = match self.link.client().await {
                Ok((client, number)) => match self.listen(client).await {
                    Ok(()) => continue, // it has to be opened anew
                    Err(failure) => {
                        self.link.leave(number).await;
                        failure
                    }
                },
                Err(failure) => failure,
            };
            // A watch that was well for a moment only has proven nothing: members may open and end it in turn.
            if self.well_since.take().is_some_and(|since| since.elapsed() > longest) {
                pause = shortest;
            }
            let ill_since = *self.ill_since.get_or_insert_with(Instant::now);
            if ill_since.elapsed() > PATIENCE && !self.is_cut_off {
                self.is_cut_off = true;
                (self.hint)(Hint::CutOff(format!(
                    "etcd at {}: {}",
                    self.link.members(),
                    failure.reason
                )));
            }
            sleep(scattered(pause)).await;
            pause = longest.min(pause * 2);
        }
    }

    /// Opens a stream and listens to it. Returns without a failure where it is to be opened anew.
    async fn listen(&mut self, mut client: Client) -> Result<(), Failure> {
        let attempt = self.link.options().attempt();
        let from = self.held.from();
        let options = WatchOptions::new().with_prefix();
        let options = from.map_or(options.clone(), |from| options.with_start_revision(from));
        let opened = timeout(attempt, client.watch(self.prefix.as_str(), Some(options))).await;
        let mut stream = opened.map_err(|_| Failure::silent(attempt))??;
        let mut is_open = false;
        loop {
            let patience = if is_open { scattered(SILENT) } else { attempt };
            let Ok(message) = timeout(patience, next(&mut stream)).await else {
                if !is_open {
                    return Err(Failure::silent(attempt));
                }
                if self.is_another_history(&client).await? {
                    return Ok(());
                }
                continue;
            };
            match self.held.hear(&message?) {
                Heard::Opened => {
                    // A member without a leader opens a watch too, and ends it then. A majority has the word.
                    if self.is_another_history(&client).await? {
                        return Ok(());
                    }
                    is_open = true;
                    self.is_well(from.is_none());
                }
                Heard::Changed => (self.hint)(Hint::Changed),
                Heard::Nothing => {}
                Heard::Compacted => return Ok(()),
                Heard::Ended(reason) => {
                    return Err(Failure::unreachable(format!("the watch was ended: {reason}")));
                }
            }
        }
    }

    /// Says that the watch is well, if that was not so. `is_new` if it does not go on where it was.
    fn is_well(&mut self, is_new: bool) {
        self.ill_since = None;
        self.well_since = Some(Instant::now());
        if std::mem::take(&mut self.is_cut_off) {
            (self.hint)(Hint::Back);
        } else if is_new {
            (self.hint)(Hint::Changed);
        }
    }

    /// Asks a majority, and returns true if it has another history than what was heard.
    async fn is_another_history(&mut self, client: &Client) -> Result<bool, Failure> {
        let attempt = self.link.options().attempt();
        // One key, which need not exist: cheap, and needs the permission that the watch needs.
        let options = GetOptions::new().with_count_only();
        let mut client = client.clone();
        let read = timeout(attempt, client.get(self.prefix.as_str(), Some(options))).await;
        let read = read.map_err(|_| Failure::silent(attempt))??;
        let header =
            read.header().ok_or_else(|| Failure::unreachable("an answer without a header"))?;
        let (cluster, revision) = (header.cluster_id(), header.revision());
        let is_another = self.held.compare(cluster, revision);
        if is_another {
            tracing::warn!(
                target: LOG,
                revision,
                "etcd has another history than before: it was restored from a backup, or is another cluster; all is read anew"
            );
        }
        Ok(is_another)
    }
}

/// Returns the next message of a stream.
async fn next(stream: &mut WatchStream) -> Result<Message, Failure> {
    let message = stream.message().await?;
    message
        .map(|message| read(&message))
        .ok_or_else(|| Failure::unreachable("the member ended the connection"))
}

fn read(message: &WatchResponse) -> Message {
    let events = message.events().iter().filter_map(|event| event.kv());
    Message {
        created: message.created(),
        canceled: message.canceled(),
        compacted: message.compact_revision(),
        reason: message.cancel_reason().to_owned(),
        revision: message.header().map_or(0, |header| header.revision()),
        latest: events.map(|kv| kv.mod_revision()).max(),
    }
}
