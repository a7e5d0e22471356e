//! A store in memory, which can be made to fail.

mod engine;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

pub use self::engine::{Backup, Hints};
use self::engine::{Engine, Owed, Standing, State, Value, Watcher};
use super::store::{Entry, Hint, Lost, Revision, Store, StoreError};
use crate::{source::Guard, sync::lock};

/// An engine in memory that holds what a fleet shares, for tests: it can be made to fail. Clones are the same engine.
///
/// Each node of a test, and each person at a desk, has a [client](Self::client) of its own, which is what a fleet
/// takes.
///
/// ```
/// use dlc_reload::fleet::{MemoryStore, Revision, Store};
///
/// let engine = MemoryStore::new("coach/test");
/// let (alice, bob) = (engine.client(), engine.client());
/// let written = alice.swap("target", Revision::ABSENT, b"{}")?.unwrap();
/// assert!(bob.swap("target", Revision::ABSENT, b"{}")?.is_err(), "alice was first");
///
/// bob.cut_off("the cable was pulled");
/// assert_eq!(bob.get("target").unwrap_err().to_string(), "the cable was pulled");
/// bob.mend();
/// assert_eq!(bob.get("target")?.unwrap().revision, written);
/// # Ok::<(), dlc_reload::fleet::StoreError>(())
/// ```
#[derive(Clone)]
pub struct MemoryStore(Arc<Engine>);

/// A client of a [`MemoryStore`]: one owner of the values that vanish with it. Clones are the same client; when the
/// last one is dropped, it [dies](Self::kill).
#[derive(Clone)]
pub struct MemoryClient(Arc<Client>);

struct Client {
    engine: Arc<Engine>,
    number: u64,
    killed: AtomicBool,
}

impl MemoryStore {
    /// Makes an empty engine for a fleet of this name.
    pub fn new(fleet: impl Into<String>) -> Self {
        Self(Arc::new(Engine::new(fleet.into())))
    }

    /// Makes a client of the engine.
    pub fn client(&self) -> MemoryClient {
        let mut state = lock(&self.0.state);
        let number = state.number();
        state.clients.insert(number, Standing::default());
        let (engine, killed) = (Arc::clone(&self.0), AtomicBool::new(false));
        MemoryClient(Arc::new(Client { engine, number, killed }))
    }

    /// Ends the engine for now: every call fails for this reason. It keeps what it holds.
    pub fn cut_off(&self, reason: impl Into<String>) {
        let reason = reason.into();
        self.0.change(|state| {
            state.down = Some(reason.clone());
            state.tell(Hint::CutOff(reason), |_| true)
        });
    }

    /// Takes the engine up again. Values that vanish with their owner begin their lives anew.
    pub fn mend(&self) {
        self.0.change(|state| {
            state.down = None;
            let now = state.now();
            let silent = state.clients.values_mut().filter_map(|client| client.silent.as_mut());
            silent.for_each(|silent| *silent = now);
            state.tell(Hint::Back, |_| true)
        });
        self.0.expire_later();
    }

    /// Says what happens to hints from now on.
    pub fn hints(&self, hints: Hints) {
        lock(&self.0.state).hints = hints;
    }

    /// Moves the engine's clock forward, by which values vanish whose owner is dead or cut off.
    pub fn advance(&self, by: Duration) {
        lock(&self.0.state).moved += by;
        self.0.expire();
    }

    /// Returns what the engine holds, without the values that vanish with their owner.
    pub fn backup(&self) -> Backup {
        let state = lock(&self.0.state);
        let values = state.values.iter().filter(|(_, value)| value.owner.is_none());
        let values = values.map(|(key, value)| (key.clone(), value.entry.clone())).collect();
        Backup { values, revision: state.revision }
    }

    /// Goes back to what the engine held at a time, its revision included. Those who watch are cut off and back;
    /// clients that live write their values again.
    pub fn restore(&self, backup: &Backup) {
        self.0.change(|state| {
            let values = backup.values.iter();
            let value = |entry: &Entry| Value { entry: entry.clone(), owner: None };
            state.values = values.map(|(key, entry)| (key.clone(), value(entry))).collect();
            state.revision = backup.revision;
            let living = state.clients.iter().filter(|(_, client)| client.silent.is_none());
            for number in living.map(|(number, _)| *number).collect::<Vec<_>>() {
                let _ = state.keep_again(number);
            }
            let mut owed =
                state.tell(Hint::CutOff("the store goes back to a backup".into()), |_| true);
            owed.0.extend(state.tell(Hint::Back, |_| true).0);
            owed
        });
    }

    /// Removes a value, whoever wrote it.
    pub fn remove(&self, key: &str) {
        self.0.change(|state| match state.values.remove(key) {
            Some(_) => state.changed(key),
            None => Owed::default(),
        });
    }
}

impl MemoryClient {
    /// Cuts this client off: its calls fail for this reason, those who watch through it are told, and its values vanish
    /// once their lives are over.
    pub fn cut_off(&self, reason: impl Into<String>) {
        self.0.engine.silence(self.0.number, reason.into());
    }

    /// Ends what [`cut_off`](Self::cut_off) has begun. The client writes its values again, if nobody else keeps them
    /// now.
    pub fn mend(&self) {
        if self.0.killed.load(Ordering::SeqCst) {
            return;
        }
        self.0.engine.expire();
        self.0.engine.change(|state| {
            if let Some(client) = state.clients.get_mut(&self.0.number) {
                (client.cut_off, client.silent) = (None, None);
            }
            let mut owed = state.keep_again(self.0.number);
            owed.0.extend(state.tell(Hint::Back, |watcher| watcher.client == self.0.number).0);
            owed
        });
    }

    /// Ends this client as `kill -9` does its process: its calls fail, and its values vanish once their lives are over.
    pub fn kill(&self) {
        self.0.killed.store(true, Ordering::SeqCst);
        self.cut_off("this client was killed");
    }

    /// Makes each call of this client take so long.
    pub fn slow(&self, by: Duration) {
        self.standing(|client| client.slow = by);
    }

    /// Lets the next swap of this client happen, and its answer be lost on the way.
    pub fn lose_answer(&self) {
        self.standing(|client| client.loses_answer = true);
    }

    fn standing<T: Default>(&self, change: impl FnOnce(&mut Standing) -> T) -> T {
        let mut state = lock(&self.0.engine.state);
        state.clients.get_mut(&self.0.number).map(change).unwrap_or_default()
    }

    /// Makes a call, unless the engine cannot be reached.
    fn call<T>(&self, call: impl FnOnce(&mut State) -> (T, Owed)) -> Result<T, StoreError> {
        let slow = self.standing(|client| client.slow);
        if !slow.is_zero() {
            thread::sleep(slow);
        }
        self.0.engine.expire();
        let mut state = lock(&self.0.engine.state);
        let cut_off = state.clients.get(&self.0.number).and_then(|it| it.cut_off.clone());
        if let Some(reason) = cut_off.or_else(|| state.down.clone()) {
            return Err(StoreError::unreachable(reason));
        }
        let (answer, owed) = call(&mut state);
        drop(state);
        owed.give();
        Ok(answer)
    }
}

impl Store for MemoryClient {
    fn fleet(&self) -> &str {
        &self.0.engine.fleet
    }

    fn get(&self, key: &str) -> Result<Option<Entry>, StoreError> {
        self.call(|state| (state.values.get(key).map(|value| value.entry.clone()), Owed::default()))
    }

    fn list(&self, prefix: &str) -> Result<BTreeMap<String, Entry>, StoreError> {
        self.call(|state| {
            let below = state.values.iter();
            let below = below.filter_map(|(key, value)| Some((key.strip_prefix(prefix)?, value)));
            let listed = below.map(|(key, value)| (key.to_owned(), value.entry.clone()));
            (listed.collect(), Owed::default())
        })
    }

    fn swap(
        &self,
        key: &str,
        seen: Revision,
        value: &[u8],
    ) -> Result<Result<Revision, Lost>, StoreError> {
        let swapped = self.call(|state| {
            let now = state.values.get(key).map_or(Revision::ABSENT, |it| it.entry.revision);
            if now != seen {
                return (Err(Lost), Owed::default());
            }
            let (revision, owed) = state.write(key, value, None);
            (Ok(revision), owed)
        })?;
        if self.standing(|client| std::mem::take(&mut client.loses_answer)) {
            return Err(StoreError::unreachable("the answer was lost on the way"));
        }
        Ok(swapped)
    }

    fn keep(
        &self,
        key: &str,
        value: &[u8],
        life: Duration,
    ) -> Result<Result<(), Lost>, StoreError> {
        let number = self.0.number;
        self.standing(|client| client.kept.insert(key.to_owned(), (value.to_vec(), life)));
        let kept = self.call(|state| match state.values.get(key).map(|value| value.owner) {
            Some(owner) if owner != Some(number) => (Err(Lost), Owed::default()),
            _ => (Ok(()), state.write(key, value, Some(number)).1),
        })?;
        if kept.is_err() {
            self.standing(|client| client.kept.remove(key));
        }
        Ok(kept)
    }

    fn release(&self, key: &str) -> Result<(), StoreError> {
        self.standing(|client| client.kept.remove(key));
        self.call(|state| {
            let is_ours = |value: &Value| value.owner == Some(self.0.number);
            let owed = match state.values.get(key).is_some_and(is_ours) {
                true => state.values.remove(key).map(|_| state.changed(key)),
                false => None,
            };
            ((), owed.unwrap_or_default())
        })
    }

    fn watch(&self, prefix: &str, hint: Box<dyn Fn(Hint) + Send + Sync>) -> Guard {
        let hint: Arc<dyn Fn(Hint) + Send + Sync> = hint.into();
        let watcher = Watcher { client: self.0.number, prefix: prefix.to_owned(), hint };
        let mut state = lock(&self.0.engine.state);
        let number = state.number();
        state.watchers.insert(number, watcher);
        Guard::new(Watching { engine: Arc::downgrade(&self.0.engine), number })
    }
}

struct Watching {
    engine: Weak<Engine>,
    number: u64,
}

impl Drop for Watching {
    fn drop(&mut self) {
        let Some(engine) = self.engine.upgrade() else { return };
        let watcher = lock(&engine.state).watchers.remove(&self.number);
        // What the hint holds is dropped once the state is unlocked.
        drop(watcher);
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.engine.silence(self.number, "this client has ended".into());
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("fleet", &self.0.fleet).finish_non_exhaustive()
    }
}

impl fmt::Debug for MemoryClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryClient").field("number", &self.0.number).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
