//! The store.

use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use dlc_reload::{
    fleet::{Entry, Hint, Lost, Revision, Store, StoreError},
    source::Guard,
};
use etcd_client::{Client, Compare, CompareOp, GetOptions, KeyValue, Txn, TxnOp, TxnOpResponse};
use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
    task::JoinSet,
};

use super::{
    address::Address,
    failure::{Failure, Kind},
    kept::Kept,
    link::Link,
    options::{Error, Options},
    watch::Watch,
};

/// A fleet's part of etcd.
///
/// Calls block, and may come from any thread; the client runs on a thread of its own. When this is dropped, what it
/// keeps is renewed no longer, and vanishes with its lease.
pub struct Etcd {
    fleet: String,
    root: String,
    link: Arc<Link>,
    kept: Arc<Kept>,
    runtime: Handle,
    /// Ends the thread when it is dropped.
    _running: oneshot::Sender<()>,
}

/// The number of keys that are listed in one message.
const PAGE: i64 = 512;

/// The longest answer to a read, in bytes; a page that is longer is asked for in parts.
const LONGEST: usize = 16 << 20;

/// The time that a call has beyond its own deadline: its thread may be busy.
const SLACK: Duration = Duration::from_secs(1);

impl Etcd {
    /// Makes a store of an address of the form `etcd://HOST:PORT[,HOST:PORT…]/SERVICE/ENVIRONMENT`. It does not wait
    /// for etcd: calls do.
    ///
    /// # Errors
    ///
    /// The address has another form, a file of the options cannot be read, or no thread can be started.
    pub fn connect(address: &str, options: Options) -> Result<Self, Error> {
        let address = Address::parse(address)?;
        options.read()?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime
            .map_err(|error| Error::new(format!("cannot start the client of etcd: {error}")))?;
        let handle = runtime.handle().clone();
        let (running, ended) = oneshot::channel::<()>();
        let thread = thread::Builder::new().name("dlc-reload-etcd".into());
        let started = thread.spawn(move || {
            let _ = runtime.block_on(ended);
            runtime.shutdown_background(); // a name that is looked up cannot be given up
        });
        started.map_err(|error| {
            Error::new(format!("cannot start the thread of the client of etcd: {error}"))
        })?;
        let root = address.root();
        let link = Arc::new(Link::new(address.members, options));
        let kept = Arc::new(Kept::new(link.clone()));
        Ok(Self { fleet: address.fleet, root, link, kept, runtime: handle, _running: running })
    }

    /// Runs work on the client's thread, and waits for it.
    fn wait<T, F>(&self, wanted: &str, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        let (answer, answered) = mpsc::sync_channel(1);
        self.runtime.spawn(async move {
            // Nobody may wait any more.
            let _ = answer.send(work.await);
        });
        let within = self.link.options().deadline() + SLACK;
        let answer = answered.recv_timeout(within).unwrap_or_else(|_| Err(Failure::silent(within)));
        answer.map_err(|failure| failure.told(&self.link.members(), wanted))
    }

    fn key(&self, key: &str) -> String {
        format!("{}{key}", self.root)
    }
}

impl Store for Etcd {
    fn fleet(&self) -> &str {
        &self.fleet
    }

    fn get(&self, key: &str) -> Result<Option<Entry>, StoreError> {
        let (link, key) = (self.link.clone(), self.key(key));
        self.wait(&format!("read `{key}`"), async move {
            let call = |client: Client, _| {
                let (mut kv, key) =
                    (client.kv_client().max_decoding_message_size(LONGEST), key.clone());
                async move { kv.get(key, None).await }
            };
            let read = link.call(call).await?;
            Ok(read.kvs().first().map(entry))
        })
    }

    fn list(&self, prefix: &str) -> Result<BTreeMap<String, Entry>, StoreError> {
        let (link, prefix) = (self.link.clone(), self.key(prefix));
        let options = GetOptions::new();
        self.wait(&format!("list `{prefix}`"), async move { list(&link, &prefix, options).await })
    }

    fn keys(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let (link, prefix) = (self.link.clone(), self.key(prefix));
        let options = GetOptions::new().with_keys_only();
        let listed =
            self.wait(
                &format!("list `{prefix}`"),
                async move { list(&link, &prefix, options).await },
            )?;
        Ok(listed.into_keys().collect())
    }

    fn swap(
        &self,
        key: &str,
        seen: Revision,
        value: &[u8],
    ) -> Result<Result<Revision, Lost>, StoreError> {
        let (link, key, value) = (self.link.clone(), self.key(key), value.to_vec());
        let wanted = format!("write {} bytes to `{key}`", value.len());
        self.wait(&wanted, async move { swap(&link, key, seen, value).await })
    }

    fn keep(
        &self,
        key: &str,
        value: &[u8],
        life: Duration,
    ) -> Result<Result<(), Lost>, StoreError> {
        let (kept, key, value) = (self.kept.clone(), self.key(key), value.to_vec());
        let wanted = format!("keep {} bytes in `{key}`", value.len());
        self.wait(&wanted, async move { kept.keep(key, value, life).await })
    }

    fn release(&self, key: &str) -> Result<(), StoreError> {
        let (kept, key) = (self.kept.clone(), self.key(key));
        self.wait(&format!("remove `{key}`"), async move { kept.release(&key).await })
    }

    fn watch(&self, prefix: &str, hint: Box<dyn Fn(Hint) + Send + Sync>) -> Guard {
        let watch = Watch::new(self.link.clone(), self.key(prefix), hint);
        let mut watching = JoinSet::new();
        watching.spawn_on(watch.run(), &self.runtime);
        Guard::new(watching)
    }
}

impl fmt::Debug for Etcd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Etcd").field("fleet", &self.fleet).finish_non_exhaustive()
    }
}

/// Lists the keys below a prefix, page by page, so that no answer is too long.
async fn list(
    link: &Link,
    prefix: &str,
    options: GetOptions,
) -> Result<BTreeMap<String, Entry>, Failure> {
    let (mut next, mut end) = (prefix.as_bytes().to_vec(), prefix.as_bytes().to_vec());
    // The first key after all that begin with the prefix, which ends in ASCII.
    if let Some(last) = end.last_mut() {
        *last += 1;
    }
    let (mut listed, mut page) = (BTreeMap::new(), PAGE);
    loop {
        let call = |client: Client, _| {
            let (mut kv, next) =
                (client.kv_client().max_decoding_message_size(LONGEST), next.clone());
            let options = options.clone().with_range(end.clone()).with_limit(page);
            async move { kv.get(next, Some(options)).await }
        };
        let read = match link.call(call).await {
            Err(failure) if failure.kind == Kind::TooLong && page > 1 => {
                page = (page / 8).max(1);
                continue;
            }
            read => read?,
        };
        for found in read.kvs() {
            let key = String::from_utf8_lossy(&found.key()[prefix.len()..]).into_owned();
            listed.insert(key, entry(found));
        }
        match read.kvs().last() {
            Some(last) if read.more() => next = [last.key(), &[0]].concat(),
            _ => return Ok(listed),
        }
    }
}

/// Writes a value if the key is still as it was seen.
async fn swap(
    link: &Link,
    key: String,
    seen: Revision,
    value: Vec<u8>,
) -> Result<Result<Revision, Lost>, Failure> {
    let seen = i64::try_from(seen.0).unwrap_or(i64::MAX);
    let is_as_seen = Compare::mod_revision(key.as_str(), CompareOp::Equal, seen);
    let txn =
        Txn::new().when([is_as_seen]).and_then([TxnOp::put(key.as_str(), value.clone(), None)]);
    let txn = txn.or_else([TxnOp::get(key, None)]);
    let call = |mut client: Client, heard| {
        let txn = txn.clone();
        async move { Ok((client.txn(txn).await?, heard)) }
    };
    let (answer, heard) = link.call(call).await?;
    if answer.succeeded() {
        return Ok(Ok(revision(answer.header().map_or(0, |header| header.revision()))));
    }
    let found = answer.op_responses().into_iter().find_map(|response| match response {
        TxnOpResponse::Get(read) => read.kvs().first().map(entry),
        _ => None,
    });
    // An earlier try of this call may have been the one that wrote it.
    Ok(found.filter(|found| heard && found.value == value).map(|found| found.revision).ok_or(Lost))
}

fn entry(found: &KeyValue) -> Entry {
    Entry { value: found.value().to_vec(), revision: revision(found.mod_revision()) }
}

fn revision(number: i64) -> Revision {
    Revision(u64::try_from(number).unwrap_or_default())
}
