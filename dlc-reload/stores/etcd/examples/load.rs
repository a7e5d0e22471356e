//! Measures a fleet of many nodes on three members of etcd, all on this machine: how long a change of the pointer takes
//! to the last node, how many states a second are written, and what a node costs in a member.
//!
//! ```sh
//! tests/fleet/etcd.sh none # gets etcd
//! DLC_RELOAD_TEST_ETCD=target/etcd/3.5.16-4/usr/bin cargo run --release -p dlc-reload-etcd --example load -- 1000
//! ```
//!
//! Each node is a client of its own with a connection, two watches and a lease, as in a service; what a service does
//! with a version is left out, and so are the splay and the work of the controller. At the end, a few clients read one
//! key as fast as they can.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a measurement")]

#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../tests/it/cluster.rs"]
mod cluster;

use std::{
    fs,
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::{Duration, Instant},
};

use cluster::Cluster;
use dlc_reload::fleet::{Hint, Revision, Store};
use dlc_reload_etcd::Etcd;

/// The life of a node's state.
const LIFE: Duration = Duration::from_secs(30);

/// The clients that read as fast as they can, and for how long.
const READERS: usize = 32;
const READS: Duration = Duration::from_secs(3);

/// The size of a pointer and of a version, about that of a service with a few documents.
const POINTER: usize = 2_000;
const VERSION: usize = 20_000;
const STATE: usize = 600;

/// The moments in which a node was told of a change, had read it, and had told its state.
struct Done {
    hinted: Instant,
    read: Instant,
    told: Instant,
}

fn main() {
    let count = std::env::args().nth(1).map_or(1000, |count| count.parse().unwrap());
    let cluster = Cluster::start(3);
    let desk = cluster.client();
    desk.swap("versions/1", Revision::ABSENT, &[b'x'; VERSION]).unwrap().unwrap();
    let mut target = desk.swap("target", Revision::ABSENT, &[b'x'; POINTER]).unwrap().unwrap();
    let before = memory(&cluster);

    let begun = Instant::now();
    let (sender, done) = channel();
    let nodes: Vec<_> = (0..count)
        .map(|number| {
            let (store, done) = (cluster.client(), sender.clone());
            let node = move || node(&store, number, &done);
            thread::Builder::new().stack_size(256 << 10).spawn(node).unwrap()
        })
        .collect();
    all(&done, count);
    println!("{count} nodes have joined in {:.2?}", begun.elapsed());
    thread::sleep(Duration::from_secs(2)); // for what the joining still does
    let after = memory(&cluster);
    let per_node: Vec<_> = before
        .iter()
        .zip(&after)
        .map(|(before, after)| after.saturating_sub(*before) / count)
        .collect();
    println!("a member has {after:?} KiB, {per_node:?} KiB of it for each node of the fleet");

    for round in 1..=5 {
        let begun = Instant::now();
        target = desk.swap("target", target, &[b'x'; POINTER]).unwrap().unwrap();
        let swapped = begun.elapsed();
        let all = all(&done, count);
        let last = |moment: fn(&Done) -> Instant| {
            let last = all.iter().map(moment).max().unwrap();
            last.duration_since(begun)
        };
        let (hinted, read, told) =
            (last(|node| node.hinted), last(|node| node.read), last(|node| node.told));
        let first = all.iter().map(|node| node.read).min().unwrap().duration_since(begun);
        let states = f64::from(u32::try_from(count).unwrap()) / (told - first).as_secs_f64();
        println!(
            "change {round}: written after {swapped:.1?}; the last node was told after {hinted:.1?}, had read after {read:.1?} \
             and had answered after {told:.1?} ({states:.0} answers a second)",
        );
    }
    println!("a member has {:?} KiB now", memory(&cluster));
    println!("{READERS} clients read one key {:.0} times a second", reads(&cluster));
    drop((nodes, cluster));
    std::process::exit(0);
}

/// A node: told of a change, it reads the pointer and the version, and tells its state.
fn node(store: &Etcd, number: u64, done: &Sender<Done>) {
    let (sender, hints) = channel();
    let _watch =
        store.watch("target", Box::new(move |hint| drop(sender.send((hint, Instant::now())))));
    let _seat = store.watch("controller", Box::new(drop));
    let mut seen = Revision::ABSENT;
    loop {
        let Ok((hint, hinted)) = hints.recv() else { return };
        if hint != Hint::Changed {
            continue;
        }
        let Some(target) = (0..).find_map(|_| store.get("target").ok()).flatten() else { return };
        if target.revision <= seen {
            continue;
        }
        seen = target.revision;
        // As a node does, it tries until the store answers.
        while store.get("versions/1").is_err() {}
        let read = Instant::now();
        while store.keep(&format!("nodes/n{number}"), &[b'x'; STATE], LIFE).is_err() {}
        let _ = done.send(Done { hinted, read, told: Instant::now() });
    }
}

/// Waits until all nodes have answered.
fn all(done: &Receiver<Done>, count: u64) -> Vec<Done> {
    (0..count).map(|_| done.recv_timeout(Duration::from_secs(120)).unwrap()).collect()
}

/// The reads of one key that a few clients get answered in a second.
fn reads(cluster: &Cluster) -> f64 {
    let stores: Vec<_> = (0..READERS).map(|_| cluster.client()).collect();
    stores.iter().for_each(|store| drop(store.get("controller").unwrap()));
    let begun = Instant::now();
    let read = |store: &Etcd| {
        let mut count = 0_u32;
        while begun.elapsed() < READS {
            store.get("controller").unwrap();
            count += 1;
        }
        count
    };
    let count: u32 = thread::scope(|scope| {
        let readers: Vec<_> = stores.iter().map(|store| scope.spawn(move || read(store))).collect();
        readers.into_iter().map(|reader| reader.join().unwrap()).sum()
    });
    f64::from(count) / begun.elapsed().as_secs_f64()
}

/// The memory of the members, in KiB.
fn memory(cluster: &Cluster) -> Vec<u64> {
    let resident = |id: u32| {
        let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    };
    cluster.members.iter().map(|member| resident(member.id())).collect()
}
