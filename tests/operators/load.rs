//! Many requests at once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use dlc_reload::{Handle, Trigger, Verdict};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::Builder,
    sync::Barrier,
};

use crate::{
    config::{Config, OPERATE, text},
    harness::{PATIENCE, Service, allow_connections, parse},
};

/// The requests that are under way at once.
const REQUESTS: usize = 1000;

/// The reloads meanwhile.
const RELOADS: u64 = 100;

/// What is asked for: one request of fifty reloads, another one plans, and all others look.
const ASKED: [&str; 50] = {
    let mut asked = ["GET status"; 50];
    let mut at = 10;
    while at < 50 {
        asked[at] = ["GET config", "GET config/rate", "GET history", "GET overrides"][at % 4];
        at += 1;
    }
    asked[20] = "POST plan";
    asked[30] = "POST reload";
    asked
};

/// The number of reads that took so long, by powers of two of nanoseconds.
struct Times([u64; 64]);

impl Times {
    /// Reads as long as is wanted, and sees that no value comes after a later one.
    fn of_reads(handle: &Handle<Config>, mut goes_on: impl FnMut() -> bool) -> Self {
        let (mut times, mut last) = ([0; 64], 0);
        while goes_on() {
            let begun = Instant::now();
            let config = handle.load();
            let took = begun.elapsed().as_nanos().max(1).ilog2();
            times[took as usize] += 1;
            assert!(config.rate >= last, "{} after {last}", config.rate);
            last = config.rate;
        }
        Self(times)
    }

    /// Returns the time within which so many of a hundred reads were done, rounded up.
    fn within(&self, percent: u64) -> Duration {
        let (all, mut seen) = (self.0.iter().sum::<u64>(), 0);
        let slowest = self.0.iter().position(|reads| {
            seen += reads;
            seen * 100 >= all * percent
        });
        Duration::from_nanos(2 << slowest.unwrap())
    }
}

/// Sends requests, one after the other, until all reloads have ended. Returns the number of those that reload.
async fn ask(service: &Asked, number: usize) -> u64 {
    let (method, path) = ASKED[number % ASKED.len()].split_once(' ').unwrap();
    let mut reloads = 0;
    // All of them are connected before the first one asks.
    let mut stream = TcpStream::connect(service.address).await.unwrap();
    service.barrier.wait().await;
    loop {
        let request = format!(
            "{method} /admin/config/{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {OPERATE}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let answer = parse(&answer);
        assert_eq!(answer.status, 200, "{method} {path}: {answer:?}");
        answer.json();
        reloads += u64::from(path == "reload");
        service.answered.fetch_add(1, Ordering::SeqCst);
        if service.ends.load(Ordering::SeqCst) {
            return reloads;
        }
        stream = TcpStream::connect(service.address).await.unwrap();
    }
}

/// What the clients share.
struct Asked {
    address: std::net::SocketAddr,
    barrier: Barrier,
    answered: AtomicU64,
    ends: AtomicBool,
}

#[test]
fn a_thousand_requests_are_under_way_while_a_hundred_reloads_run() {
    allow_connections();
    let service = Service::start();
    let handle = service.reloader().handle();
    let mut reads = 0..1_000_000;
    let quiet = Times::of_reads(&handle, || reads.next().is_some());

    let asked = Arc::new(Asked {
        address: service.address,
        barrier: Barrier::new(REQUESTS + 1),
        answered: AtomicU64::new(0),
        ends: AtomicBool::new(false),
    });
    let reader = thread::spawn({
        let (asked, handle) = (Arc::clone(&asked), handle.clone());
        move || Times::of_reads(&handle, || !asked.ends.load(Ordering::SeqCst))
    });
    let clients = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let requests: Vec<_> = (0..REQUESTS)
        .map(|number| {
            let asked = Arc::clone(&asked);
            clients.spawn(async move { ask(&asked, number).await })
        })
        .collect();
    clients.block_on(asked.barrier.wait());
    let deadline = Instant::now() + 20 * PATIENCE;
    for number in 1..=RELOADS {
        let rate = 100 + u32::try_from(number).unwrap();
        service.replace(&text(rate));
        let report = service.reloader().reload(Trigger::api("a test")).wait().unwrap();
        // One of the requests may have come first.
        assert!(matches!(report.verdict(), Verdict::Applied | Verdict::Unchanged), "{report:?}");
        assert_eq!(handle.load().rate, rate);
        while asked.answered.load(Ordering::SeqCst) < 10 * number {
            assert!(Instant::now() < deadline, "{number} reloads, {:?}", asked.answered);
            thread::yield_now();
        }
    }
    asked.ends.store(true, Ordering::SeqCst);
    let all = requests.into_iter().map(|one| clients.block_on(one).unwrap());
    let reloads = RELOADS + all.sum::<u64>();
    assert!(reloads >= RELOADS + 20, "{reloads}");
    let status = service.get("/status").json();
    assert_eq!(status["generation"], 1 + RELOADS, "each content was applied once");
    assert_eq!(status["last_report"]["id"], reloads, "each reload that was asked for ran");

    let busy = reader.join().unwrap();
    for percent in [50, 99] {
        let (quiet, busy) = (quiet.within(percent), busy.within(percent));
        assert!(busy <= 16 * quiet, "{percent} of 100 reads take {busy:?}, and {quiet:?} alone");
    }
}

#[test]
fn a_hook_that_hangs_holds_up_no_read() {
    let service = Service::start();
    let (end, waits_for) = mpsc::channel();
    *service.hooks.waits_for.lock().unwrap() = Some(waits_for);
    service.write(&text(7).replace("name: a, weight: 1", "name: a, weight: 3"));
    let reload = service.reloader().reload(Trigger::api("a test"));
    let deadline = Instant::now() + PATIENCE;
    while service.reloader().status().running.is_none() {
        assert!(Instant::now() < deadline, "the hook does not run");
        thread::yield_now();
    }
    let (done, all_done) = mpsc::channel();
    let handle = service.reloader().handle();
    thread::spawn(move || {
        let mut reads = 0..100_000;
        Times::of_reads(&handle, || reads.next().is_some());
        done.send(()).unwrap();
    });
    all_done.recv_timeout(PATIENCE).expect("reads wait for nothing");
    assert!(service.reloader().status().running.is_some(), "it hangs still");
    end.send(()).unwrap();
    assert_eq!(reload.wait().unwrap().verdict(), Verdict::Applied);
}
