//! Models of a publication and its readers, which `loom` runs in every order of their steps.
//!
//! The value of a configuration is its generation, unless a model says otherwise, so a value tells which
//! publication it comes from.

#![expect(unused_qualifications, reason = "the derive names the crate in full")]

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Waker},
    time::SystemTime,
};

use loom::{future::block_on, model as every_order, thread};
use serde::{Deserialize, Serialize};

use super::Watch;
use crate::{
    document::{Document, Node, Place, SourceId},
    section::Reloadable as _,
    snapshot::{Generation, Handle, Published, Snapshot},
};

#[derive(Clone, Debug, Serialize, Deserialize, crate::Reloadable)]
#[reload(crate = crate)]
struct Config {
    #[reload(hot, live)]
    number: u64,
}

fn snapshot(generation: u64) -> Snapshot<Config> {
    holding(generation, generation)
}

fn holding(number: u64, generation: u64) -> Snapshot<Config> {
    let (config, document) = (Arc::new(Config { number }), Arc::new(from_nowhere()));
    Snapshot::new(config, Generation(generation), SystemTime::UNIX_EPOCH, document)
}

fn from_nowhere() -> Document {
    let root = Node::null(Place::whole(SourceId(0)));
    Document { root: Arc::new(root), ..Document::new() }
}

/// Publishes the first generation, and returns the publication and a handle of it.
fn first() -> (Arc<Published<Config>>, Handle<Config>) {
    let published = Arc::new(Published::new(snapshot(1)));
    (Arc::clone(&published), Handle::new(published))
}

fn watch(handle: &Handle<Config>) -> Watch<u64> {
    handle.watch(Config::fields().number())
}

/// Polls a future once, with a waker that wakes nothing, and returns the future.
fn poll<F: Future>(mut future: Pin<Box<F>>) -> Pin<Box<F>> {
    let _ = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    future
}

/// Runs a model in those orders in which threads that do not wait are stopped three times at most; all
/// orders would take minutes.
fn most_orders(model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(model);
}

/// Publishes the generations from 2 on in a thread of its own.
fn publishes(published: &Arc<Published<Config>>, generations: u64) -> thread::JoinHandle<()> {
    let published = Arc::clone(published);
    thread::spawn(move || {
        for generation in 2..=generations {
            published.publish(Arc::new(snapshot(generation)));
        }
    })
}

#[test]
fn readers_never_see_a_generation_go_backwards() {
    every_order(|| {
        let (published, handle) = first();
        let watch = watch(&handle);
        let writer = publishes(&published, 3);
        let mut latest = 1;
        let mut see = |generation| {
            assert!(generation >= latest, "{generation} after {latest}");
            latest = generation;
        };
        see(watch.get());
        see(handle.load().snapshot().generation());
        see(watch.get());
        see(handle.get().number);
        see(watch.with(|number| *number));
        writer.join().unwrap();
        see(watch.get());
        assert_eq!((latest, handle.load().number), (3, 3), "and in the end the latest");
    });
}

#[test]
fn a_snapshot_never_comes_before_its_count() {
    every_order(|| {
        let (published, handle) = first();
        let writer = publishes(&published, 3);
        let generation = handle.load().snapshot().generation();
        assert!(published.news().newest.load(Ordering::Relaxed) >= generation);
        writer.join().unwrap();
    });
}

#[test]
fn who_waits_is_woken_and_reads_what_woke_it() {
    every_order(|| {
        let (published, handle) = first();
        let watch = watch(&handle);
        let writer = publishes(&published, 2);
        watch.wait().unwrap();
        assert_eq!(watch.get(), 2);
        writer.join().unwrap();
    });
}

#[test]
fn who_awaits_is_woken_and_reads_what_woke_it() {
    every_order(|| {
        let (published, handle) = first();
        let watch = watch(&handle);
        let writer = publishes(&published, 2);
        block_on(watch.changed()).unwrap();
        assert_eq!(watch.with(|number| *number), 2);
        writer.join().unwrap();
    });
}

#[test]
fn who_follows_until_the_end_sees_the_latest_and_the_end() {
    most_orders(|| {
        let (published, handle) = first();
        let watch = watch(&handle);
        let writer = thread::spawn(move || {
            published.publish(Arc::new(snapshot(2)));
            published.stop();
        });
        let mut latest = watch.get();
        while watch.wait().is_ok() {
            assert!(watch.get() > latest);
            latest = watch.get();
        }
        assert_eq!(latest, 2);
        writer.join().unwrap();
    });
}

#[test]
fn who_awaits_is_woken_by_the_end() {
    every_order(|| {
        let (published, handle) = first();
        let watch = watch(&handle);
        let writer = thread::spawn(move || published.stop());
        assert!(block_on(watch.changed()).unwrap_err().is_stopped());
        writer.join().unwrap();
    });
}

#[test]
fn a_clone_shows_nothing_older_than_what_it_was_cloned_from() {
    every_order(|| {
        let (published, handle) = first();
        let watch = watch(&handle);
        let writer = publishes(&published, 2);
        let shown = watch.get();
        let clone = watch.clone();
        let reader = thread::spawn(move || assert!(clone.get() >= shown));
        assert!(watch.clone().with(|number| *number) >= shown);
        writer.join().unwrap();
        reader.join().unwrap();
        assert_eq!((watch.get(), watch.clone().get()), (2, 2));
    });
}

#[test]
fn who_shares_a_watch_never_sees_it_go_backwards() {
    most_orders(|| {
        let (published, handle) = first();
        let watch = Arc::new(watch(&handle));
        let writer = publishes(&published, 2);
        let shared = Arc::clone(&watch);
        let reader = thread::spawn(move || {
            let first = shared.get();
            assert!(shared.get() >= first);
        });
        let first = watch.get();
        assert!(watch.with(|number| *number) >= first);
        writer.join().unwrap();
        reader.join().unwrap();
        assert_eq!((watch.get(), watch.has_changed()), (2, false));
    });
}

#[test]
fn a_part_never_goes_backwards_and_is_no_older_than_the_whole() {
    most_orders(|| {
        let (published, handle) = first();
        let part = handle.section(Config::fields().number());
        let writer = publishes(&published, 3);
        let shared = part.clone();
        let reader = thread::spawn(move || {
            let first = *shared.load();
            assert!(*shared.get().config() >= first);
        });
        let whole = handle.load().number;
        let first = *part.load();
        assert!(first >= whole && *part.load() >= first);
        writer.join().unwrap();
        reader.join().unwrap();
        assert_eq!((*part.load(), part.load().snapshot().generation()), (3, 3));
    });
}

#[test]
fn everyone_who_waits_is_woken() {
    most_orders(|| {
        let (published, handle) = first();
        let one = watch(&handle);
        let other = one.clone();
        let writer = publishes(&published, 2);
        let waiter = thread::spawn(move || {
            other.wait().unwrap();
            assert_eq!(other.get(), 2);
        });
        one.wait().unwrap();
        assert_eq!(one.get(), 2);
        writer.join().unwrap();
        waiter.join().unwrap();
    });
}

#[test]
fn who_gives_up_waiting_leaves_the_others_their_wake_up() {
    every_order(|| {
        let (published, handle) = first();
        let one = watch(&handle);
        let other = one.clone();
        let writer = publishes(&published, 2);
        drop(poll(Box::pin(one.changed())));
        other.wait().unwrap();
        writer.join().unwrap();
    });
}

#[test]
fn who_was_shown_a_value_is_woken_when_an_older_one_returns() {
    every_order(|| {
        let (published, handle) = first();
        let watch = watch(&handle);
        let changed = Box::pin(watch.changed());
        published.publish(Arc::new(snapshot(2)));
        // The poll may note the second value as seen although the watch has shown the third by then.
        let other = thread::spawn(move || drop(poll(changed)));
        published.publish(Arc::new(snapshot(3)));
        assert_eq!(watch.get(), 3);
        other.join().unwrap();
        published.publish(Arc::new(holding(2, 4)));
        watch.wait().unwrap();
    });
}
