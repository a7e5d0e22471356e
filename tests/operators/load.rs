//! Many requests at once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Instant,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Barrier,
};

use crate::{
    config::{READ, text},
    harness::{PATIENCE, Service, parse},
};

/// The requests that are under way at once.
const REQUESTS: usize = 1000;

/// The reloads meanwhile.
const RELOADS: u64 = 100;

/// Lets the process have as many connections as there are, on both ends.
fn allow_connections() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
}

#[test]
fn a_thousand_requests_are_answered_while_a_hundred_reloads_run() {
    allow_connections();
    let service = Service::start();
    let handle = service.reloader().handle();
    let (ends, reads) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let reader = std::thread::spawn({
        let (ends, reads) = (Arc::clone(&ends), Arc::clone(&reads));
        move || {
            let mut last = 0;
            while !ends.load(Ordering::Relaxed) {
                let config = handle.load();
                assert!(config.rate >= last, "{} after {last}", config.rate);
                last = config.rate;
                reads.fetch_add(1, Ordering::Relaxed);
            }
            last
        }
    });
    // All of them are connected before the first one asks.
    let (address, barrier) = (service.address, Arc::new(Barrier::new(REQUESTS + 1)));
    let clients =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let asked: Vec<_> = (0..REQUESTS)
        .map(|number| {
            let barrier = Arc::clone(&barrier);
            let path = ["status", "config", "config/rate", "history", "overrides"][number % 5];
            clients.spawn(async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                barrier.wait().await;
                let request = format!("GET /admin/config/{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {READ}\r\n\r\n");
                stream.write_all(request.as_bytes()).await.unwrap();
                let mut answer = String::new();
                stream.read_to_string(&mut answer).await.unwrap();
                answer
            })
        })
        .collect();
    clients.block_on(barrier.wait());
    for number in 1..=RELOADS {
        service.write(&text(100 + u32::try_from(number).unwrap()));
        let report = service.ask("POST", "/reload", "");
        assert_eq!(report.status, 200, "{report:?}");
        let report = report.json();
        assert_eq!((&report["verdict"], &report["id"]), (&"applied".into(), &number.into()));
    }
    for one in asked {
        let answer = parse(&clients.block_on(one).unwrap());
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json();
    }
    ends.store(true, Ordering::Relaxed);
    assert_eq!(reader.join().unwrap(), 200);
    assert!(reads.load(Ordering::Relaxed) > 1000);
    assert_eq!(service.get("/status").json()["generation"], 1 + RELOADS);
    assert_eq!(service.get("/status").json()["last_report"]["id"], RELOADS);
}

#[test]
fn two_hundred_streams_leave_nothing_behind() {
    allow_connections();
    let service = Service::start();
    let before = service.runtime.metrics().num_alive_tasks();
    for round in 1..=3 {
        let mut streams: Vec<_> = (0..200).map(|_| service.follow(READ, None)).collect();
        assert_eq!(service.activity.event_streams(), 200);
        service.write(&text(100 + round));
        service.ask("POST", "/reload", "");
        for stream in &mut streams {
            assert_eq!(stream.next().unwrap().data["id"], round);
        }
        drop(streams);
        let deadline = Instant::now() + PATIENCE;
        let left =
            || (service.activity.event_streams(), service.runtime.metrics().num_alive_tasks());
        while left().0 > 0 || left().1 > before {
            assert!(Instant::now() < deadline, "{:?} after {before} tasks", left());
            std::thread::yield_now();
        }
    }
}
