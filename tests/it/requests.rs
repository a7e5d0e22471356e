//! What is asked of the reload thread: to be waited for, to be awaited, or neither.

use std::{
    future::IntoFuture,
    sync::{
        Arc, Mutex,
        mpsc::{self, Receiver},
    },
    time::Duration,
};

use dlc_reload::{
    Change, Commit, Error, HookResult, Loader, Plan, Reloadable, Reloader, Report, Request,
    Trigger, Verdict, Watching, testing::Memory,
};
use serde::{Deserialize, Serialize};

use crate::{
    fixture::rollback,
    staged::{Config, QUARTER, Service, last},
};

fn by() -> Trigger {
    Trigger::api("a test")
}

#[test]
fn case_18_6_every_request_is_one_type_that_is_waited_for_or_awaited() {
    fn both<T: Send>(
        request: Request<T>,
    ) -> impl IntoFuture<Output = Result<T, Error>, IntoFuture: Send> {
        request
    }
    let (service, rate) = (Service::start(), Config::fields().rate());
    let reloader = &service.reloader;
    let asked: [Request<Report>; 5] = [
        reloader.reload(by()),
        reloader.override_field(rate, 7).for_duration(QUARTER),
        reloader.override_field(rate, 8).until_ended(),
        reloader.end_override(rate, by()),
        reloader.rollback_to(1, rollback()),
    ];
    let verdicts = asked.map(|asked| asked.wait().unwrap().verdict());
    use Verdict::{Applied, Unchanged};
    assert_eq!(verdicts, [Unchanged, Applied, Applied, Applied, Unchanged]);
    let plan: Request<Plan> = reloader.plan();
    assert!(plan.wait().unwrap().changes.is_empty());
    drop((both(reloader.reload(by())), both(reloader.plan())));
}

#[test]
fn a_request_is_done_although_it_is_dropped() {
    let (service, rate) = (Service::start(), Config::fields().rate());
    drop(service.reloader.override_field(rate, 7).until_ended());
    drop(service.reloader.end_override("motd", by()));
    // It is done after those before it.
    service.reloader.reload(by()).wait().unwrap();
    assert_eq!(service.rate(), 7);
}

#[test]
fn an_override_without_an_end_lasts_until_it_is_ended() {
    let (service, rate) = (Service::start(), Config::fields().rate());
    let trigger = Trigger::admin("for good").actor("alice");
    let asked = service.reloader.override_field(rate, 7).trigger(trigger).until_ended();
    let report = asked.wait().unwrap();
    assert_eq!(report.changes()[0].origin.to_string(), "override by alice");
    service.stage.advance(QUARTER * 100_000);
    assert_eq!(service.rate(), 7);
    let status = service.reloader.status();
    assert_eq!(status.overrides[0].until, None);
    let json = serde_json::to_value(&status).unwrap();
    assert!(json["overrides"][0].get("until").is_none(), "{json}");
    let report = service.reloader.end_override("rate", by()).wait().unwrap();
    assert_eq!((report.verdict(), service.rate()), (Verdict::Applied, 1));

    service.reloader.override_field(rate, 7).until_ended().wait().unwrap();
    // The last one of a field counts, and with it its end.
    service.reloader.override_field(rate, 8).for_duration(QUARTER).wait().unwrap();
    service.stage.advance(QUARTER);
    assert_eq!(service.rate(), 1);
    assert_eq!(last(&service).trigger().to_string(), "expiry (rate)");
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Rate {
    #[reload(hot)]
    rate: u32,
}

fn start<H: RateHooks + 'static>(file: &Memory, hooks: H) -> Reloader<Rate> {
    let boot = Loader::<Rate>::new().source(file.clone()).load().unwrap();
    boot.reloader().hooks(Arc::new(hooks)).watch(Watching::Off).start().unwrap()
}

#[test]
fn a_request_of_another_thread_is_not_waited_for_on_the_reload_thread() {
    struct Waits(Mutex<Receiver<Request<Report>>>, mpsc::Sender<Error>);
    impl RateHooks for Waits {
        fn on_rate(&self, _: Change<'_, u32>) -> HookResult<'_> {
            let asked = self.0.lock().unwrap().recv()?;
            self.1.send(asked.wait().expect_err("it could never be done"))?;
            Ok(Commit::none())
        }
    }
    let file = Memory::yaml("rate: 1");
    let ((hand_over, requests), (refuse, refused)) = (mpsc::channel(), mpsc::channel());
    let reloader = start(&file, Waits(Mutex::new(requests), refuse));
    file.write("rate: 2");
    let first = reloader.reload(by());
    hand_over.send(reloader.reload(by())).unwrap();
    assert!(refused.recv().unwrap().is_reentrant());
    assert_eq!(first.wait().unwrap().verdict(), Verdict::Applied);
}

mod tokio_runtime {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use dlc_reload::block_on;
    use tokio::{
        runtime::{Builder, Runtime},
        sync::RwLock,
        time::sleep,
    };

    use super::*;

    fn runtime() -> Runtime {
        Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
    }

    /// A service that takes a while to take a rate over, and refuses one of zero.
    struct Slow(RwLock<u32>);

    impl RateHooks for Slow {
        fn on_rate(&self, rate: Change<'_, u32>) -> HookResult<'_> {
            let new = *rate.new;
            block_on(async {
                sleep(Duration::from_millis(1)).await;
                if new == 0 { Err("a rate of 0") } else { Ok(()) }
            })?;
            Ok(Commit::future(async move {
                sleep(Duration::from_millis(1)).await;
                *self.0.write().await = new;
                Ok(())
            }))
        }
    }

    #[test]
    fn case_18_6_a_hook_awaits_while_the_one_worker_awaits_the_reload() {
        let (file, runtime) = (Memory::yaml("rate: 1"), runtime());
        let boot = Loader::<Rate>::new().source(file.clone()).load().unwrap();
        let hooks = Arc::new(Slow(RwLock::new(1)));
        let builder = boot.reloader().hooks(Arc::clone(&hooks)).watch(Watching::Off);
        let reloader = builder.runtime(runtime.handle().clone()).start().unwrap();
        let work = async move {
            file.write("rate: 2");
            let report = reloader.reload(by()).await.unwrap();
            assert_eq!((report.verdict(), *hooks.0.read().await), (Verdict::Applied, 2));
            file.write("rate: 0");
            let report = reloader.reload(by()).await.unwrap();
            assert_eq!(report.problems()[0].message, "a rate of 0");
            // Dropping it on the worker waits for the reload thread, which is idle.
            drop(reloader);
        };
        runtime.block_on(runtime.spawn(work)).unwrap();
    }

    #[test]
    fn a_hook_that_awaits_without_a_runtime_refuses_and_says_what_to_do() {
        let file = Memory::yaml("rate: 1");
        let reloader = start(&file, Slow(RwLock::new(1)));
        file.write("rate: 2");
        let report = reloader.reload(by()).wait().unwrap();
        let problem = report.problems()[0].to_string();
        assert!(problem.contains("name one with `Builder::runtime`"), "{problem}");
    }

    /// The text of the panic of something.
    fn panics(run: impl FnOnce()) -> String {
        let panic = catch_unwind(AssertUnwindSafe(run)).expect_err("it does not panic");
        panic
            .downcast_ref::<&str>()
            .map_or_else(|| panic.downcast_ref::<String>().unwrap().clone(), ToString::to_string)
    }

    #[test]
    fn hooks_that_await_at_the_start_have_a_thread_of_their_runtime_or_the_start_panics() {
        let start = |runtime: &tokio::runtime::Handle| {
            let boot = Loader::<Rate>::new().source(Memory::yaml("rate: 2")).load().unwrap();
            let hooks = Arc::new(Slow(RwLock::new(1)));
            let builder = boot.reloader().hooks(Arc::clone(&hooks)).watch(Watching::Off);
            let reloader = builder.runtime(runtime.clone()).apply_at_start().start().unwrap();
            drop(reloader);
            *hooks.0.try_read().unwrap()
        };
        // In the one worker of a runtime, beside it, and on the thread that drives it.
        let many = runtime();
        let handle = many.handle().clone();
        let in_a_task = {
            let handle = handle.clone();
            many.spawn(async move { start(&handle) })
        };
        assert_eq!(many.block_on(in_a_task).unwrap(), 2);
        assert_eq!(start(&handle), 2);
        let one = Builder::new_current_thread().enable_all().build().unwrap();
        let text = one.block_on(async { panics(|| _ = start(one.handle())) });
        assert!(text.contains("call it in `tokio::task::spawn_blocking`"), "{text}");
        let beside = one.handle().clone();
        let beside = one.spawn_blocking(move || start(&beside));
        assert_eq!(one.block_on(beside).unwrap(), 2);
    }

    #[test]
    fn case_18_6_waiting_on_a_worker_panics_and_names_the_remedy() {
        let (service, runtime) = (Service::start(), runtime());
        let reloader = Arc::new(service.reloader);
        let remedy = "`.await` it, or call it in `tokio::task::spawn_blocking`";
        let asked = Arc::clone(&reloader);
        let on_a_worker = runtime.spawn(async move {
            let watch = asked.watch(Config::fields().rate());
            [
                panics(|| drop(asked.reload(by()).wait())),
                panics(|| drop(asked.plan().wait())),
                panics(|| drop(watch.wait())),
            ]
        });
        for text in runtime.block_on(on_a_worker).unwrap() {
            assert!(text.ends_with(remedy), "{text}");
        }
        // As `#[tokio::test]` and `#[tokio::main]` do.
        let current = Builder::new_current_thread().build().unwrap();
        let text = current.block_on(async { panics(|| drop(reloader.reload(by()).wait())) });
        assert!(text.ends_with(remedy), "{text}");

        let asked = Arc::clone(&reloader);
        let beside = runtime.spawn_blocking(move || asked.reload(by()).wait().unwrap().verdict());
        assert_eq!(runtime.block_on(beside).unwrap(), Verdict::Unchanged);
        let _entered = runtime.enter();
        assert_eq!(reloader.reload(by()).wait().unwrap().verdict(), Verdict::Unchanged);
    }
}
