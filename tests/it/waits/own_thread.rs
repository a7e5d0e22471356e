//! The author's code on the reload thread, which waits for what only the reload thread does.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use dlc_reload::{
    Change, Commit, Error, HookResult, Invalid, Loader, Observer, Probation, Reloadable, Report,
    Restarts, Trigger, Veto, Watch,
    source::{Intake, Source},
    testing::{Memory, Stage},
};
use serde::{Deserialize, Serialize};

use super::{in_time, polled_once};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(validate = validated)]
struct Config {
    #[reload(hot)]
    rate: u32,
    #[reload(restart)]
    port: u16,
}

/// The places in which a wait has returned, and the watch that each of them clones.
#[derive(Default)]
struct Waits {
    watch: OnceLock<Mutex<Watch<u32>>>,
    refused: Mutex<BTreeSet<&'static str>>,
}

/// A validation function is no closure.
static WAITS: OnceLock<Arc<Waits>> = OnceLock::new();

impl Waits {
    /// Waits in each way there is; none of them may block here.
    fn wait(&self, place: &'static str) {
        let Some(watch) = self.watch.get() else { return };
        let watch = watch.lock().unwrap().clone();
        // What changed since is seen at once, and is nothing to wait for.
        let refusal = |waited: Result<(), Error>| match waited {
            Ok(()) => false,
            Err(error) => {
                assert!(error.is_reentrant(), "{place}: {error}");
                assert!(error.to_string().contains("cannot wait"), "{error}");
                true
            }
        };
        while !refusal(watch.wait()) {}
        while !refusal(watch.wait_timeout(Duration::MAX).map(drop)) {}
        while !refusal(polled_once(watch.changed()).expect("blocking on it would never end")) {}
        self.refused.lock().unwrap().insert(place);
    }
}

fn validated(_: &Config) -> Result<(), Invalid> {
    WAITS.get().unwrap().wait("validator");
    Ok(())
}

impl ConfigHooks for Waits {
    fn on_rate(&self, _: Change<'_, u32>) -> HookResult<'_> {
        self.wait("hook");
        let waits = Arc::clone(WAITS.get().unwrap());
        Ok(Commit::new(move || waits.wait("commit")))
    }
}

impl Source for Waits {
    fn read(&self, _: &mut Intake<'_>) {
        self.wait("source");
    }
}

impl Observer for Waits {
    fn intended(&self, _: &dlc_reload::Intent<'_>) -> Result<(), Veto> {
        self.wait("observer, before");
        Ok(())
    }

    fn reported(&self, report: &Report) {
        self.wait(if report.id() == 0 { "observer, start" } else { "observer, after" });
    }
}

struct Shared(Arc<Waits>);

impl Source for Shared {
    fn read(&self, intake: &mut Intake<'_>) {
        self.0.read(intake);
    }
}

#[test]
fn d1_a_wait_on_the_reload_thread_is_refused_and_the_reloader_ends() {
    let waits = Arc::new(Waits::default());
    assert!(WAITS.set(Arc::clone(&waits)).is_ok());
    let in_the_end = Arc::clone(&waits);
    in_time(move || {
        let (file, stage) = (Memory::yaml("{rate: 1, port: 80}"), Stage::new());
        let loader =
            Loader::<Config>::new().source(file.clone()).source(Shared(Arc::clone(&waits)));
        let boot = loader.load().unwrap();
        let watch = boot.handle().watch(Config::fields().rate());
        assert!(waits.watch.set(Mutex::new(watch)).is_ok());
        let (asked, ill) = (Arc::clone(&waits), Arc::clone(&waits));
        let probation = Probation::new(move || {
            ill.wait("health check");
            Ok(())
        });
        let reloader = boot
            .reloader()
            .hooks(Arc::clone(&waits))
            .observer(Arc::clone(&waits) as _)
            .restarts(Restarts::Ask(Box::new(move |_| asked.wait("restart handler"))))
            .probation(probation)
            .stage(&stage)
            .start()
            .unwrap();
        file.write("{rate: 2, port: 81}");
        reloader.reload(Trigger::api("a test")).wait().unwrap();
        stage.advance(Duration::from_secs(60));
        drop(reloader);
    });
    let all = [
        "commit",
        "health check",
        "hook",
        "observer, after",
        "observer, before",
        "observer, start",
        "restart handler",
        "source",
        "validator",
    ];
    assert_eq!(*in_the_end.refused.lock().unwrap(), BTreeSet::from(all));
}
