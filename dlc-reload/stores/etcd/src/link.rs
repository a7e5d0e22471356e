//! The connection: one member at a time, and another one when that is gone, silent or cut off.

use std::{future::Future, hash::BuildHasher as _, time::Duration};

use etcd_client::Client;
use tokio::{
    sync::Mutex,
    time::{Instant, sleep, timeout},
};

use super::{failure::Failure, options::Options};

/// The connection to etcd.
pub(crate) struct Link {
    members: Vec<String>,
    options: Options,
    session: Mutex<Session>,
}

/// The session with a member.
struct Session {
    /// The number of sessions before this one: the member is theirs in turn.
    number: usize,
    client: Option<Client>,
}

/// The shortest and the longest time between two tries of a call.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(500));

impl Link {
    /// Makes a connection, which is opened when it is used first.
    pub(crate) fn new(members: Vec<String>, options: Options) -> Self {
        // Clients that start at once begin with different members.
        let number = usize::try_from(random() % members.len() as u64).unwrap_or_default();
        Self { members, options, session: Mutex::new(Session { number, client: None }) }
    }

    /// Returns the addresses of the members, for messages.
    pub(crate) fn members(&self) -> String {
        self.members.join(", ")
    }

    /// Returns the options.
    pub(crate) const fn options(&self) -> &Options {
        &self.options
    }

    /// Returns the client of the session with its number, and opens a session where there is none.
    pub(crate) async fn client(&self) -> Result<(Client, usize), Failure> {
        let mut session = self.session.lock().await;
        let number = session.number;
        if let Some(client) = &session.client {
            return Ok((client.clone(), number));
        }
        let member = &self.members[number % self.members.len()];
        let opened = self.open(member).await;
        match opened {
            Ok(client) => {
                session.client = Some(client.clone());
                Ok((client, number))
            }
            Err(failure) => {
                session.number += 1;
                Err(Failure { reason: format!("{member}: {}", failure.reason), ..failure })
            }
        }
    }

    async fn open(&self, member: &str) -> Result<Client, Failure> {
        // The files are read here, for they may have changed since.
        let options =
            self.options.read().map_err(|error| Failure::unreachable(error.to_string()))?;
        let opened = Client::connect([self.options.url(member)], Some(options));
        let attempt = self.options.attempt();
        Ok(timeout(attempt, opened).await.map_err(|_| Failure::silent(attempt))??)
    }

    /// Leaves a session for one with the next member, if that was not done meanwhile.
    pub(crate) async fn leave(&self, number: usize) {
        let mut session = self.session.lock().await;
        if session.number == number {
            *session = Session { number: number + 1, client: None };
        }
    }

    /// Makes a call, with other members too, until one answers or the time is over. `call` is told if an earlier try
    /// may have been heard.
    pub(crate) async fn call<T, F>(&self, call: impl Fn(Client, bool) -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, etcd_client::Error>>,
    {
        let until = Instant::now() + self.options.deadline();
        let (mut pause, longest) = PAUSES;
        let (mut heard, mut before) = (false, None::<Failure>);
        loop {
            let failure = match self.client().await {
                Ok((client, number)) => {
                    let attempt = self.options.attempt().min(until - Instant::now());
                    let (failure, cut_short) = match timeout(attempt, call(client, heard)).await {
                        Ok(Ok(answer)) => return Ok(answer),
                        Ok(Err(error)) => (Failure::from(error), false),
                        Err(_) => (Failure::silent(attempt), attempt < self.options.attempt()),
                    };
                    heard = true;
                    if failure.is_passing() {
                        self.leave(number).await;
                    }
                    let member = &self.members[number % self.members.len()];
                    let reason = format!("{member}: {}", failure.reason);
                    // A try that the end of the time has cut short says less than the one before.
                    before.filter(|_| cut_short).unwrap_or(Failure { reason, ..failure })
                }
                Err(failure) => failure,
            };
            if !failure.is_passing() || Instant::now() + pause >= until {
                return Err(failure);
            }
            sleep(scattered(pause)).await;
            pause = longest.min(pause * 2);
            before = Some(failure);
        }
    }
}

/// Returns a time between half of this one and all of it, so that many clients do not come at once.
pub(crate) fn scattered(time: Duration) -> Duration {
    #[allow(clippy::cast_precision_loss, reason = "any number below 1000 will do")]
    let part = (random() % 1000) as f64 / 2000.0;
    time.mul_f64(0.5 + part)
}

/// Returns a number at random, from what std makes the keys of its maps of.
fn random() -> u64 {
    std::hash::RandomState::new().hash_one(())
}
