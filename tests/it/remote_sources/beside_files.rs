//! Sources that are elsewhere, beside files that are watched.

use std::{
    fs,
    sync::{Arc, mpsc},
    time::Duration,
};

use dlc_reload::{Loader, Verdict, Watching};

use super::{Config, Reports, Store};
use crate::fixture::Dir;

#[test]
fn a_change_elsewhere_keeps_its_cause_where_files_are_watched_too() {
    let dir = Dir::new();
    let path = dir.write("config.yaml", "name: a");
    let store = Store::of("rate: 1");
    let ((reports, received), (proven, _)) = (mpsc::channel(), mpsc::channel());
    let boot = Loader::<Config>::new().file(&path).source(store.clone()).load().unwrap();
    let builder = boot.reloader().watch(Watching::Always);
    let reloader = builder.observer(Arc::new(Reports(reports, proven))).start().unwrap();
    let next = || received.recv_timeout(Duration::from_secs(60)).expect("a report");
    assert_eq!(next().id(), 0);

    // What is to be refused is looked at twice, and the second look, which the watcher of the files asks for, is still
    // about the store. A first look that is still under way may find it before.
    let is_named = (2..20).any(|version| {
        store.publish(&version.to_string(), &format!("rate: x{version}"));
        let report = next();
        assert_eq!(report.verdict(), Verdict::Rejected);
        report.trigger().to_string() == format!("remote (version {version}) for ann")
    });
    assert!(is_named);

    fs::write(&path, "name: b").unwrap();
    store.publish("3", "rate: 3");
    // The file alone, beside what the store still says, may be refused first.
    loop {
        let (report, config) = (next(), reloader.handle().get());
        if report.verdict().is_success() && (config.name.as_str(), config.rate) == ("b", 3) {
            break;
        }
    }
}
