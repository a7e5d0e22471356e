//! An observer that asks for a reload at every report.

use std::{
    sync::{
        Arc, OnceLock, Weak,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use dlc_reload::{
    Loader, Observer, Reloadable, Reloader, Report, Trigger,
    testing::{Memory, Stage},
};
use serde::{Deserialize, Serialize};

use super::in_time;
use crate::{
    log_lines::Lines,
    subprocess::{is_alone, passes, this_binary},
};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot, live)]
    rate: u32,
}

#[derive(Default)]
struct Eager {
    reloader: OnceLock<Weak<Reloader<Config>>>,
    reports: AtomicU32,
}

impl Observer for Eager {
    fn reported(&self, _: &Report) {
        let Some(reloader) = self.reloader.get().and_then(Weak::upgrade) else { return };
        self.reports.fetch_add(1, Ordering::Relaxed);
        let asked = reloader.reload(Trigger::api("the eager observer")).wait();
        assert!(asked.unwrap_err().is_reentrant());
    }
}

#[test]
fn d5_an_observer_that_asks_at_every_report_is_held_to_ten_a_second_and_named_once() {
    if !is_alone() {
        let name = "waits::pace::d5_an_observer_that_asks_at_every_report_is_held_to_ten_a_second_and_named_once";
        return passes(this_binary(name));
    }
    let lines = Lines::default();
    lines.hear_all();
    in_time(move || {
        let (eager, stage) = (Arc::new(Eager::default()), Stage::new());
        let boot = Loader::<Config>::new().source(Memory::yaml("rate: 1")).load().unwrap();
        let builder = boot.reloader().observer(Arc::clone(&eager) as _).stage(&stage);
        // A busy machine is nothing to be warned of here.
        let builder = builder.slow_steps(Duration::from_secs(3600));
        let reloader = Arc::new(builder.start().unwrap());
        assert!(eager.reloader.set(Arc::downgrade(&reloader)).is_ok());
        reloader.reload(Trigger::api("a test")).wait().unwrap();
        let mut before = 1;
        for second in 1..=3 {
            // Returns once the reload thread waits for the time to go on.
            stage.advance(Duration::from_secs(u64::from(second > 1)));
            let reports = eager.reports.load(Ordering::Relaxed);
            assert_eq!(reports - before, 10, "in second {second}");
            before = reports;
        }
        // A caller is not held up by it.
        reloader.reload(Trigger::api("a test")).wait().unwrap();
        let named: Vec<_> =
            lines.take().into_iter().filter(|line| line.starts_with("WARN")).collect();
        assert_eq!(named.len(), 1, "{named:?}");
        assert!(named[0].contains("ten a second") && named[0].contains("the eager observer"));
    });
}
