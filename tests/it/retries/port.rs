//! A port that another program has, until it gets free.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    sync::{Arc, Mutex},
    thread::sleep,
    time::{Duration, Instant},
};

use dlc_reload::{Change, Commit, HookResult, Loader, TriggerKind, Verdict, Watching};

use super::{Config, ConfigHooks};
use crate::fixture::Dir;

/// Binds the port as a service does: before the commit, or in it.
#[derive(Default)]
struct Binds {
    in_commit: bool,
    bound: Mutex<Option<TcpListener>>,
}

impl ConfigHooks for Binds {
    fn on_port(&self, port: Change<'_, u16>) -> HookResult<'_> {
        let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
        let port = *port.new;
        if self.in_commit {
            return Ok(Commit::fallible(move || {
                *self.bound.lock().unwrap() = Some(bind(port)?);
                Ok(())
            }));
        }
        let bound = bind(port)?;
        Ok(Commit::new(move || *self.bound.lock().unwrap() = Some(bound)))
    }

    fn on_rate(&self, _: Change<'_, u32>) -> HookResult<'_> {
        Ok(Commit::none())
    }
}

/// Waits for something that happens by itself.
fn until<T>(look: impl Fn() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "it did not happen");
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_port_that_gets_free_is_bound_without_an_edit() {
    for in_commit in [false, true] {
        let dir = Dir::new();
        let path = dir.write("config.yaml", "{port: 0, rate: 1}");
        let hooks = Arc::new(Binds { in_commit, ..Binds::default() });
        let boot = Loader::<Config>::new().file(&path).load().unwrap();
        let builder = boot.reloader().hooks(Arc::clone(&hooks)).watch(Watching::Always);
        let reloader = builder.start().unwrap();
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();

        fs::write(&path, format!("{{port: {port}, rate: 1}}")).unwrap();
        // The next retry is known before the report is there.
        let first = until(|| reloader.status().last_report);
        let refused = reloader.status().next_retry.unwrap();
        let verdict = if in_commit { Verdict::RolledBack } else { Verdict::Rejected };
        assert_eq!((first.verdict(), first.trigger().kind()), (verdict, TriggerKind::File));
        assert!(refused.at > refused.since);
        drop(taken);
        until(|| (reloader.handle().load().port == port).then_some(()));
        let report = until(|| reloader.status().last_report.filter(|last| last.id() == 2));
        assert_eq!(report.verdict(), Verdict::Applied);
        assert!(report.trigger().to_string().starts_with("retry (of reload #1 by file "));
        assert_eq!(reloader.status().next_retry, None);
        let bound = hooks.bound.lock().unwrap().as_ref().unwrap().local_addr().unwrap();
        assert_eq!(bound.port(), port);
    }
}
