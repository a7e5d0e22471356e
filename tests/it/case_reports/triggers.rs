//! The file that a report names as its cause.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use dlc_reload::{
    Format, Observer, Watching,
    source::{Intake, Source},
};

use super::*;

/// A source of the author's own that reads a file.
struct Own(PathBuf);

impl Source for Own {
    fn read(&self, intake: &mut Intake<'_>) {
        intake.watch_file(&self.0);
        intake.text("own", Format::Yaml, std::fs::read(&self.0).unwrap());
    }
}

/// Sends each report on.
struct Told(Mutex<mpsc::Sender<Report>>);

impl Observer for Told {
    fn reported(&self, report: &Report) {
        let _ = self.0.lock().unwrap().send(report.clone());
    }
}

#[test]
fn case_f13_a_change_right_after_the_start_names_the_file_of_a_source() {
    // The first look of the watcher may find the change before its event arrives.
    for _ in 0..20 {
        let dir = Dir::new();
        let (file, own) = (dir.write("a.yaml", "level: a"), dir.write("own", "ports: [1]"));
        let (sender, reports) = mpsc::channel();
        let boot = load(Loader::<Proxy>::new().file(file).source(Own(own.clone())));
        let told = Arc::new(Told(Mutex::new(sender)));
        let _reloader = boot.reloader().observer(told).watch(Watching::Always).start().unwrap();
        dir.write("own", "matrix: [[1]]");
        let named = std::iter::from_fn(|| reports.recv_timeout(Duration::from_secs(20)).ok())
            .find(|report| report.id() > 0)
            .expect("a report");
        let expected = format!("file {}", own.display());
        assert_eq!(named.trigger().to_string(), expected, "{named}");
    }
}
