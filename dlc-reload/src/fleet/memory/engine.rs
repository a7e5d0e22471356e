//! The engine behind a store in memory.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, Weak},
    thread,
    time::{Duration, Instant},
};

use crate::{
    fleet::store::{Entry, Hint, Revision},
    sync::lock,
};

/// The fate of the hints of a [`MemoryStore`](super::MemoryStore).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hints {
    /// Each change is hinted at once.
    #[default]
    Delivered,
    /// No change is hinted. To be cut off and to be back still is.
    Lost,
    /// Each change is hinted twice.
    Doubled,
}

/// A copy of all that a [`MemoryStore`](super::MemoryStore) held at a time.
#[derive(Clone, Debug)]
pub struct Backup {
    pub(super) values: BTreeMap<String, Entry>,
    pub(super) revision: u64,
}

pub(super) struct Engine {
    pub(super) fleet: String,
    pub(super) state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) values: BTreeMap<String, Value>,
    pub(super) revision: u64,
    pub(super) down: Option<String>,
    pub(super) hints: Hints,
    /// The time by which the clock was moved forward.
    pub(super) moved: Duration,
    pub(super) clients: BTreeMap<u64, Standing>,
    pub(super) watchers: BTreeMap<u64, Watcher>,
    /// The number of the client or watcher that came last.
    pub(super) last: u64,
}

pub(super) struct Value {
    pub(super) entry: Entry,
    pub(super) owner: Option<u64>,
}

/// A client, as the engine knows it.
#[derive(Default)]
pub(super) struct Standing {
    pub(super) cut_off: Option<String>,
    /// The moment at which the engine heard of the client last, if it does not hear of it now.
    pub(super) silent: Option<Instant>,
    pub(super) slow: Duration,
    pub(super) loses_answer: bool,
    /// The values that the client wants to be kept, with their lives. They outlast what the engine has let go.
    pub(super) kept: BTreeMap<String, (Vec<u8>, Duration)>,
}

/// The call that a watcher asked for.
pub(super) type Call = Arc<dyn Fn(Hint) + Send + Sync>;

pub(super) struct Watcher {
    pub(super) client: u64,
    pub(super) prefix: String,
    pub(super) hint: Call,
}

/// The hints to give once the state is unlocked: those who get them may take their own locks.
#[must_use = "hints are given by `give`"]
#[derive(Default)]
pub(super) struct Owed(pub(super) Vec<(Call, Hint)>);

impl Owed {
    pub(super) fn give(self) {
        self.0.into_iter().for_each(|(hint, what)| hint(what));
    }
}

impl Engine {
    pub(super) fn new(fleet: String) -> Self {
        Self { fleet, state: Mutex::default() }
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut State) -> Owed) {
        let owed = change(&mut lock(&self.state));
        owed.give();
    }

    /// Lets go of values whose owner was silent for their life.
    pub(super) fn expire(&self) {
        self.change(State::expire);
    }

    /// Lets go of the values of silent clients when their lives are over, also if nobody asks meanwhile.
    pub(super) fn expire_later(self: &Arc<Self>) {
        let begun = Instant::now();
        let state = lock(&self.state);
        let silent = state.clients.values().filter(|client| client.silent.is_some());
        let lives = silent.flat_map(|client| client.kept.values());
        let mut lives: Vec<_> = lives.map(|(_, life)| *life).collect();
        lives.sort_unstable();
        lives.dedup();
        if lives.is_empty() {
            return;
        }
        let engine = Arc::downgrade(self);
        let wait = move || {
            for life in lives {
                thread::sleep((begun + life).saturating_duration_since(Instant::now()));
                match Weak::upgrade(&engine) {
                    Some(engine) => engine.expire(),
                    None => return,
                }
            }
        };
        // Without the thread, values vanish when somebody asks for them.
        let _ = thread::Builder::new().name("dlc-reload-memory".into()).spawn(wait);
    }

    /// Notes that a client is no longer heard of.
    pub(super) fn silence(self: &Arc<Self>, number: u64, reason: String) {
        self.change(|state| {
            let now = state.now();
            if let Some(client) = state.clients.get_mut(&number) {
                client.cut_off = Some(reason.clone());
                client.silent.get_or_insert(now);
            }
            state.tell(Hint::CutOff(reason), |watcher| watcher.client == number)
        });
        self.expire_later();
    }
}

impl State {
    pub(super) fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    pub(super) fn now(&self) -> Instant {
        Instant::now() + self.moved
    }

    /// Returns the hint for those who watch.
    pub(super) fn tell(&self, hint: Hint, to: impl Fn(&Watcher) -> bool) -> Owed {
        let watchers = self.watchers.values().filter(|watcher| to(watcher));
        Owed(watchers.map(|watcher| (Arc::clone(&watcher.hint), hint.clone())).collect())
    }

    /// Returns the hints of a change for all who can hear them.
    pub(super) fn changed(&self, key: &str) -> Owed {
        let heard = |watcher: &Watcher| {
            let client = self.clients.get(&watcher.client);
            key.starts_with(&watcher.prefix) && client.is_some_and(|it| it.cut_off.is_none())
        };
        let mut owed = match self.hints {
            Hints::Lost => Owed::default(),
            Hints::Delivered | Hints::Doubled => self.tell(Hint::Changed, heard),
        };
        if self.hints == Hints::Doubled {
            owed.0.extend(owed.0.clone());
        }
        owed
    }

    pub(super) fn write(
        &mut self,
        key: &str,
        value: &[u8],
        owner: Option<u64>,
    ) -> (Revision, Owed) {
        self.revision += 1;
        let revision = Revision(self.revision);
        let entry = Entry { value: value.to_vec(), revision };
        self.values.insert(key.to_owned(), Value { entry, owner });
        (revision, self.changed(key))
    }

    /// Writes the values again that a client wants to be kept, but where somebody else's stands.
    pub(super) fn keep_again(&mut self, number: u64) -> Owed {
        let mut owed = Owed::default();
        let kept = self.clients.get(&number).map(|client| client.kept.clone()).unwrap_or_default();
        for (key, (value, _)) in kept {
            let stands = self.values.get(&key);
            if stands.is_none_or(|it| it.owner == Some(number) && it.entry.value != value) {
                owed.0.extend(self.write(&key, &value, Some(number)).1.0);
            }
        }
        owed
    }

    pub(super) fn expire(&mut self) -> Owed {
        let mut owed = Owed::default();
        if self.down.is_some() {
            return owed;
        }
        let (now, clients) = (self.now(), &self.clients);
        let is_over = |key: &String, value: &mut Value| {
            let client = value.owner.and_then(|owner| clients.get(&owner));
            let life = client.and_then(|client| client.kept.get(key)).map(|(_, life)| *life);
            let silent = client.and_then(|client| client.silent);
            silent.zip(life).is_some_and(|(silent, life)| silent + life <= now)
        };
        let gone: Vec<_> = self.values.extract_if(.., is_over).map(|(key, _)| key).collect();
        for key in gone {
            owed.0.extend(self.changed(&key).0);
        }
        owed
    }
}
