//! Reading: watches that are shared, of a field, a section and the whole, and handles of sections.

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};

use dlc_reload::{
    Guard, Handle, Loader, Reloadable, Reloader, Snapshot, Trigger, Watch, testing::Memory,
};
use futures_core::Stream;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Pool {
    #[reload(hot, live)]
    size: u32,
    #[reload(restart)]
    name: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Http {
    #[reload(hot, live)]
    limit: u32,
    #[reload(nested)]
    pool: Box<Pool>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(nested)]
    http: Http,
    #[reload(nested)]
    spare: Option<Pool>,
    #[reload(restart, nested)]
    frozen: Pool,
    #[reload(hot, live)]
    motd: String,
}

fn text(limit: u32, size: u32, motd: &str) -> String {
    format!(
        "{{http: {{limit: {limit}, pool: {{size: {size}, name: a}}}}, frozen: {{size: 1, name: f}}, motd: {motd}, spare: {{size: {size}, name: b}}}}"
    )
}

struct Service {
    file: Memory,
    reloader: Reloader<Config>,
}

impl Service {
    fn start() -> Self {
        let file = Memory::yaml(text(1, 1, "one"));
        let boot = Loader::<Config>::new().source(file.clone()).load().unwrap();
        Self { file, reloader: boot.reloader().start().unwrap() }
    }

    fn reload(&self, limit: u32, size: u32, motd: &str) {
        self.file.write(text(limit, size, motd));
        self.reloader.reload(Trigger::api("a test")).wait().unwrap();
    }
}

fn poll<F: Future>(future: Pin<&mut F>) -> Option<F::Output> {
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

#[test]
fn case_18_9_a_watch_fits_into_the_state_that_the_tasks_of_a_web_framework_share() {
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    let service = Service::start();
    let limit = service.reloader.watch(Config::fields().http().limit());
    shared(&limit);
    shared(&service.reloader.watch(Config::fields().motd()));
    shared(&service.reloader.watch(Config::fields().http()));
    shared(&service.reloader.handle().section(Config::fields().http()));
    let (limit, last) = (Arc::new(limit), AtomicU32::new(1));
    thread::scope(|scope| {
        let readers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut seen = 0;
                    while seen < 100 {
                        let least = last.load(Ordering::SeqCst).max(seen);
                        let now = limit.get();
                        assert!(now >= least, "{now} after {least}");
                        assert!(limit.with(|limit| *limit >= now));
                        seen = now;
                    }
                })
            })
            .collect();
        for value in 2..=100 {
            service.reload(value, 1, "one");
            last.store(value, Ordering::SeqCst);
            assert_eq!(limit.get(), value);
        }
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
}

#[test]
fn case_18_9_has_changed_tells_and_does_not_see() {
    let service = Service::start();
    let motd = service.reloader.watch(Config::fields().motd());
    assert!(!motd.has_changed());
    service.reload(2, 1, "one");
    assert!(!motd.has_changed(), "another field has");
    service.reload(2, 1, "two");
    assert!(motd.has_changed() && motd.has_changed());
    assert!(motd.clone().has_changed(), "a clone has seen what this one has");
    assert_eq!(motd.with(String::clone), "two");
    assert!(!motd.has_changed());
    service.reload(2, 1, "three");
    service.reload(2, 1, "two");
    assert!(!motd.has_changed(), "it is what was seen");
}

#[test]
fn case_18_9_wait_for_returns_the_first_value_that_is_wanted_and_is_still_there() {
    let service = Service::start();
    let limit = service.reloader.watch(Config::fields().http().limit());
    assert_eq!(poll(pin!(limit.wait_for(|limit| *limit == 1))).unwrap().unwrap(), 1);
    let mut three = pin!(limit.wait_for(|limit| *limit >= 3));
    assert!(poll(three.as_mut()).is_none());
    service.reload(2, 1, "one");
    assert!(poll(three.as_mut()).is_none());
    service.reload(5, 1, "one");
    assert_eq!(poll(three).unwrap().unwrap(), 5);
    assert!(!limit.has_changed(), "it counts as seen");
    let mut never = pin!(limit.wait_for(|limit| *limit == 0));
    assert!(poll(never.as_mut()).is_none());
    drop(service.reloader);
    assert!(poll(never).unwrap().unwrap_err().is_stopped());
}

#[test]
fn case_18_9_a_stream_begins_with_the_latest_value_and_ends_with_the_reloader() {
    let service = Service::start();
    let limit = service.reloader.watch(Config::fields().http().limit());
    let mut values = limit.stream();
    let mut next = || {
        let mut context = Context::from_waker(Waker::noop());
        Pin::new(&mut values).poll_next(&mut context)
    };
    assert_eq!(next(), Poll::Ready(Some(1)));
    assert_eq!(next(), Poll::Pending);
    service.reload(1, 7, "two");
    assert_eq!(next(), Poll::Pending, "another field");
    service.reload(2, 7, "two");
    service.reload(3, 7, "two");
    assert!(limit.has_changed());
    assert_eq!(next(), Poll::Ready(Some(3)), "a slow reader skips one");
    assert!(limit.has_changed(), "the stream sees for itself");
    service.reload(4, 7, "two");
    drop(service.reloader);
    assert_eq!(next(), Poll::Ready(Some(4)), "the last value comes before the end");
    assert_eq!(next(), Poll::Ready(None));
}

#[test]
fn case_18_9_a_section_and_the_whole_can_be_watched() {
    let (service, fields) = (Service::start(), Config::fields());
    let (http, pool) = (service.reloader.watch(fields.http()), fields.http().pool());
    let pool: Watch<Pool> = service.reloader.watch(pool);
    let spare: Watch<Option<Pool>> = service.reloader.watch(fields.spare());
    let whole: Watch<Config> = service.reloader.watch(fields);
    let changed =
        || [http.has_changed(), pool.has_changed(), spare.has_changed(), whole.has_changed()];
    let see = || {
        http.with(|http| assert!(http.limit > 0));
        pool.with(|pool| assert_eq!(pool.name, "a"));
        spare.with(|spare| assert_eq!(spare.as_ref().unwrap().name, "b"));
        whole.with(|whole| assert_eq!(whole.frozen.name, "f"));
    };
    assert_eq!(changed(), [false; 4]);
    service.reload(2, 1, "one");
    assert_eq!(changed(), [true, false, false, true]);
    see();
    assert_eq!(changed(), [false; 4]);
    service.reload(2, 2, "one");
    assert_eq!(changed(), [true; 4]);
    see();
    service.reload(2, 2, "two");
    assert_eq!(changed(), [false, false, false, true]);
    assert!(whole.wait_timeout(Duration::ZERO).unwrap());
    assert_eq!(whole.with(|whole| whole.motd.clone()), "two");
}

#[test]
fn case_18_9_a_handle_of_a_section_is_that_of_a_configuration_of_its_own() {
    /// A part of the service that knows no whole.
    struct Server(Handle<Http>);
    impl Server {
        fn limit(&self) -> u32 {
            self.0.load().limit
        }
    }
    let alone = Loader::<Http>::new().text("yaml", "{limit: 9, pool: {size: 1, name: a}}");
    assert_eq!(Server(alone.load().unwrap().handle()).limit(), 9);

    let (service, fields) = (Service::start(), Config::fields());
    let whole = service.reloader.handle();
    let server = Server(whole.section(fields.http()));
    let (mut reader, before) = (server.0.reader(), server.0.get());
    let limit = server.0.watch(Http::fields().limit());
    assert_eq!((server.limit(), reader.load().limit, limit.get()), (1, 1, 1));
    service.reload(2, 1, "one");
    assert_eq!((server.limit(), reader.load().limit, limit.get()), (2, 2, 2));
    assert_eq!((before.limit, before.generation()), (1, 1), "a snapshot stays as it is");
    let snapshot: Arc<Snapshot<Http>> = server.0.get();
    assert_eq!((snapshot.generation(), snapshot.limit), (2, 2));
    assert_eq!(snapshot.origin("limit"), whole.get().origin("http.limit"));
    assert_eq!(snapshot.accepted_at(), whole.get().accepted_at());

    // A section of a section, one that may be absent, one that never changes, and one field.
    let pool = server.0.section(Http::fields().pool());
    let (spare, frozen) = (whole.section(fields.spare()), whole.section(fields.frozen()));
    let motd = whole.section(fields.motd());
    service.reload(2, 5, "two");
    assert_eq!((pool.load().size, frozen.load().size), (5, 1));
    assert_eq!(spare.load().as_ref().map(|spare| spare.size), Some(5));
    assert_eq!(**motd.load(), *"two");
    assert_eq!(pool.get().origin("size"), whole.get().origin("http.pool.size"));

    let guard: Guard<Http> = server.0.load();
    service.reload(7, 5, "two");
    assert_eq!((guard.limit, server.limit()), (2, 7));
    // The end reaches those who wait for a part.
    let ends = server.0.watch(Http::fields());
    ends.with(|_| ());
    drop(service.reloader);
    assert!(ends.wait().unwrap_err().is_stopped());
}

#[test]
fn readers_of_a_section_never_see_it_go_backwards() {
    let service = Service::start();
    let http = service.reloader.handle().section(Config::fields().http());
    thread::scope(|scope| {
        let readers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let (mut seen, mut generation) = (0, 0);
                    while seen < 100 {
                        let guard = http.load();
                        assert!(guard.limit >= seen && guard.snapshot().generation() >= generation);
                        assert_eq!(u64::from(guard.limit), guard.snapshot().generation());
                        (seen, generation) = (guard.limit, guard.snapshot().generation());
                    }
                })
            })
            .collect();
        for value in 2..=100 {
            service.reload(value, 1, "one");
            assert_eq!(http.load().limit, value);
        }
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
}
