//! Values that vanish with this client, under leases that it renews.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use dlc_reload::fleet::Lost;
use etcd_client::{Compare, CompareOp, PutOptions, Txn, TxnOp, TxnOpResponse, TxnResponse};
use tokio::{
    sync::{Mutex, Notify},
    task::JoinSet,
    time::timeout,
};

use super::{
    failure::{Failure, Kind},
    link::{Link, scattered},
};

/// The values that this client keeps.
pub(crate) struct Kept {
    link: Arc<Link>,
    /// Held during calls, so that the writes of a key are in order.
    leases: Mutex<Leases>,
    /// Wakes those that renew: something waits to be written.
    undone: Notify,
}

/// The leases of this client, one for each length of life.
#[derive(Default)]
struct Leases {
    by_life: BTreeMap<i64, Lease>,
    /// The numbers of the last leases of this client: what still stands under one of them has no other owner.
    mine: Vec<i64>,
}

/// A lease with its values.
struct Lease {
    /// The number that etcd gave it; `None` before the first and after a loss.
    id: Option<i64>,
    values: BTreeMap<String, Value>,
    /// The task that renews it, which ends with it.
    _renewing: JoinSet<()>,
}

/// A value under a lease.
struct Value {
    /// The value; `None` if it is to be removed.
    value: Option<Vec<u8>>,
    /// True once etcd has it.
    is_done: bool,
}

/// The greatest number of past leases that are remembered.
const REMEMBERED: usize = 16;

/// The number of times a write is tried against others who write the same key.
const RACES: usize = 5;

/// The longest time until what could not be written is tried again.
const TRIED_AGAIN: Duration = Duration::from_secs(1);

impl Kept {
    /// Makes a keeper of values, which has none yet.
    pub(crate) fn new(link: Arc<Link>) -> Self {
        Self { link, leases: Mutex::default(), undone: Notify::new() }
    }

    /// Writes a value, and keeps it until it is released.
    pub(crate) async fn keep(
        self: &Arc<Self>,
        key: String,
        value: Vec<u8>,
        life: Duration,
    ) -> Result<Result<(), Lost>, Failure> {
        let seconds = life.as_secs() + u64::from(life.subsec_nanos() > 0);
        let life = i64::try_from(seconds.max(1)).unwrap_or(i64::MAX);
        let mut leases = self.leases.lock().await;
        for (_, other) in leases.by_life.iter_mut().filter(|(other, _)| **other != life) {
            other.values.remove(&key);
        }
        let lease = leases.by_life.entry(life).or_insert_with(|| {
            let mut renewing = JoinSet::new();
            renewing.spawn(self.clone().renew(life));
            Lease { id: None, values: BTreeMap::new(), _renewing: renewing }
        });
        lease.values.insert(key.clone(), Value { value: Some(value), is_done: false });
        let written = leases.settle(&self.link, life, Some(&key)).await;
        if written.is_err() {
            self.undone.notify_waiters();
        }
        written.map(|lost| if lost.is_empty() { Ok(()) } else { Err(Lost) })
    }

    /// Removes a value, and keeps it no longer.
    pub(crate) async fn release(&self, key: &str) -> Result<(), Failure> {
        let mut leases = self.leases.lock().await;
        let lives = leases.by_life.iter_mut();
        let Some(life) = lives.fold(None, |found, (life, lease)| {
            let value = lease.values.get_mut(key);
            value.map_or(found, |value| {
                *value = Value { value: None, is_done: false };
                Some(*life)
            })
        }) else {
            return Ok(());
        };
        let removed = leases.settle(&self.link, life, Some(key)).await;
        if removed.is_err() {
            self.undone.notify_waiters();
        }
        removed.map(drop)
    }

    /// Renews a lease for ever, and writes what could not be written before.
    async fn renew(self: Arc<Self>, life: i64) {
        let third = Duration::from_secs(life.unsigned_abs()) / 3;
        let mut pause = third;
        loop {
            let _ = timeout(scattered(pause), self.undone.notified()).await;
            let mut leases = self.leases.lock().await;
            let renewed = leases.renew(&self.link, life).await;
            pause = if renewed.is_ok() { third } else { third.min(TRIED_AGAIN) };
        }
    }
}

impl Leases {
    /// Renews a lease, and writes what etcd does not have.
    async fn renew(&mut self, link: &Link, life: i64) -> Result<(), Failure> {
        let Some(lease) = self.by_life.get_mut(&life) else { return Ok(()) };
        if lease.values.is_empty() {
            lease.id = None; // it ends by itself
            return Ok(());
        }
        if let Some(id) = lease.id {
            let renewed =
                link.call(|mut client, _| async move { client.lease_keep_alive(id).await }).await;
            match renewed {
                Ok(_) => {}
                Err(failure) if failure.kind == Kind::NoLease => lease.lose(),
                Err(failure) => return Err(failure),
            }
        }
        for key in self.settle(link, life, None).await? {
            tracing::warn!(target: LOG, key, "a value that this process kept in etcd was lost to another owner");
        }
        Ok(())
    }

    /// Writes what etcd does not have of a lease, or one value of it, and returns the keys that have another owner.
    async fn settle(
        &mut self,
        link: &Link,
        life: i64,
        only: Option<&str>,
    ) -> Result<Vec<String>, Failure> {
        let mut lost = Vec::new();
        let Some(lease) = self.by_life.get_mut(&life) else { return Ok(lost) };
        let mut again = true;
        loop {
            let next = lease
                .values
                .iter()
                .find(|(key, value)| !value.is_done && only.is_none_or(|only| only == *key));
            let Some((key, value)) = next.map(|(key, value)| (key.clone(), value.value.clone()))
            else {
                return Ok(lost);
            };
            let Some(value) = value else {
                remove(link, &self.mine, &key).await?;
                lease.values.remove(&key);
                continue;
            };
            let id = match lease.id {
                Some(id) => id,
                None => {
                    let granted = link
                        .call(|mut client, _| async move { client.lease_grant(life, None).await });
                    let id = granted.await?.id();
                    self.mine.drain(..self.mine.len().saturating_sub(REMEMBERED - 1));
                    self.mine.push(id);
                    *lease.id.insert(id)
                }
            };
            match write(link, &self.mine, &key, value, id).await {
                Ok(Ok(())) => {
                    if let Some(value) = lease.values.get_mut(&key) {
                        value.is_done = true;
                    }
                }
                Ok(Err(Lost)) => {
                    lease.values.remove(&key);
                    lost.push(key);
                }
                Err(failure) if failure.kind == Kind::NoLease && again => {
                    lease.lose();
                    again = false;
                }
                Err(failure) => return Err(failure),
            }
        }
    }
}

const LOG: &str = "dlc_reload";

impl Lease {
    /// Forgets the lease, which etcd does not know any more: all values have to be written anew.
    fn lose(&mut self) {
        tracing::warn!(target: LOG, "the lease of this process in etcd was lost; its values are written anew");
        self.id = None;
        self.values.values_mut().for_each(|value| value.is_done = false);
    }
}

/// Writes a value under a lease, unless the key has another living owner.
async fn write(
    link: &Link,
    mine: &[i64],
    key: &str,
    value: Vec<u8>,
    lease: i64,
) -> Result<Result<(), Lost>, Failure> {
    let mut expected = Compare::lease(key, CompareOp::Equal, lease);
    for _ in 0..RACES {
        let put = TxnOp::put(key, value.clone(), Some(PutOptions::new().with_lease(lease)));
        let txn = Txn::new().when([expected]).and_then([put]).or_else([TxnOp::get(key, None)]);
        let answer = send(link, txn).await?;
        if answer.succeeded() {
            return Ok(Ok(()));
        }
        expected = match owner(&answer) {
            None => Compare::create_revision(key, CompareOp::Equal, 0),
            Some((revision, lease)) if lease == 0 || mine.contains(&lease) => {
                Compare::mod_revision(key, CompareOp::Equal, revision)
            }
            Some(_) => return Ok(Err(Lost)),
        };
    }
    Ok(Err(Lost))
}

/// Removes a value, unless the key has another owner.
async fn remove(link: &Link, mine: &[i64], key: &str) -> Result<(), Failure> {
    for lease in mine.iter().rev() {
        let is_mine = Compare::lease(key, CompareOp::Equal, *lease);
        let txn = Txn::new()
            .when([is_mine])
            .and_then([TxnOp::delete(key, None)])
            .or_else([TxnOp::get(key, None)]);
        let answer = send(link, txn).await?;
        if answer.succeeded() || owner(&answer).is_none() {
            return Ok(());
        }
    }
    Ok(())
}

async fn send(link: &Link, txn: Txn) -> Result<TxnResponse, Failure> {
    let call = |mut client: etcd_client::Client, _| {
        let txn = txn.clone();
        async move { client.txn(txn).await }
    };
    link.call(call).await
}

/// Returns the revision of the key that a transaction has read, and its lease.
fn owner(answer: &TxnResponse) -> Option<(i64, i64)> {
    answer.op_responses().iter().find_map(|response| match response {
        TxnOpResponse::Get(read) => {
            read.kvs().first().map(|found| (found.mod_revision(), found.lease()))
        }
        _ => None,
    })
}
