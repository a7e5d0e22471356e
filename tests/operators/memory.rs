//! The memory that event streams leave behind, counted in bytes.
//!
//! A binary of its own, because the allocator counts for all threads.

mod config;
#[allow(dead_code, reason = "it has more for the other tests")]
mod harness;

use std::{alloc::System, time::Instant};

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use self::{
    config::{READ, text},
    harness::{PATIENCE, Service, allow_connections},
};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The event streams that are open at once.
const STREAMS: usize = 200;

/// The bytes that one stream may leave behind, with its share of the reports that the service keeps.
const LEFT: usize = 32;

/// Returns the number of bytes that are allocated now.
fn held() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

#[test]
fn two_hundred_streams_leave_nothing_behind() {
    allow_connections();
    let service = Service::start();
    let before = service.runtime.metrics().num_alive_tasks();
    let round = |number: u32| {
        let mut streams: Vec<_> = (0..STREAMS).map(|_| service.follow(READ, None)).collect();
        assert_eq!(service.activity.event_streams(), STREAMS);
        service.write(&text(100 + number));
        service.ask("POST", "/reload", "");
        for stream in &mut streams {
            assert_eq!(stream.next().unwrap().data["id"], number);
        }
        drop(streams);
        let deadline = Instant::now() + PATIENCE;
        let left =
            || (service.activity.event_streams(), service.runtime.metrics().num_alive_tasks());
        while left().0 > 0 || left().1 > before {
            assert!(Instant::now() < deadline, "{:?} after {before} tasks", left());
            std::thread::yield_now();
        }
        held()
    };
    // The first ones make what is kept for those that follow.
    let (_, second) = (round(1), round(2));
    for number in 3..=5 {
        round(number);
    }
    let left = || held().saturating_sub(second);
    let deadline = Instant::now() + PATIENCE;
    // A task is counted no more a moment before its memory is given back.
    while left() >= 3 * STREAMS * LEFT {
        assert!(Instant::now() < deadline, "{} bytes are left of {} streams", left(), 3 * STREAMS);
        std::thread::yield_now();
    }
}
