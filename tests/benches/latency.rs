//! From the end of a write to the committed hook, beside a bare inotify loop with a plain parser.
//!
//! `cargo bench -p dlc-reload-tests --features compare --bench latency`
//!
//! Both sides run in turn in one process, change by change: a file of 2 KB is written in place,
//! renamed over, or swapped as a ConfigMap is, and the time runs from the return of the writer's
//! close or rename to the typed value (bare loop) or to the commit of the hook (dlc-reload).

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        fs,
        io::Write,
        os::unix::fs::symlink,
        path::{Path, PathBuf},
        sync::{
            Arc,
            mpsc::{Receiver, Sender, channel},
        },
        time::{Duration, Instant},
    };

    use dlc_reload::{Change, Commit, HookResult, Loader, Reloadable, Trigger, Watching};
    use inotify::{EventMask, Inotify, WatchMask};
    use serde::{Deserialize, Serialize};

    const CHANGES: u64 = 250;

    #[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
    struct Config {
        #[reload(hot)]
        sequence: u64,
        #[reload(hot, live)]
        names: Vec<String>,
    }

    struct Clock(Sender<(u64, Instant)>);

    impl ConfigHooks for Clock {
        fn on_sequence(&self, sequence: Change<'_, u64>) -> HookResult<'_> {
            let new = *sequence.new;
            Ok(Commit::new(move || {
                let _ = self.0.send((new, Instant::now()));
            }))
        }
    }

    /// 2 KB of YAML that end with the number, so that a torn read cannot pass for a whole one.
    fn text(sequence: u64) -> String {
        let names: String =
            (0..60).map(|at| format!("  - name-number-{at:04}-of-the-list\n")).collect();
        format!("names:\n{names}sequence: {sequence}\n")
    }

    #[derive(Clone, Copy, Debug)]
    enum Style {
        InPlace,
        Rename,
        ConfigMap,
    }

    /// Writes a change and answers when the call began that completes it.
    fn change(style: Style, folder: &Path, sequence: u64) -> Instant {
        let text = text(sequence);
        match style {
            Style::InPlace => {
                let mut file = fs::File::create(folder.join("config.yaml")).unwrap();
                for chunk in text.as_bytes().chunks(512) {
                    file.write_all(chunk).unwrap();
                }
                let complete = Instant::now();
                drop(file);
                complete
            }
            Style::Rename => {
                fs::write(folder.join("config.yaml.new"), text).unwrap();
                let complete = Instant::now();
                fs::rename(folder.join("config.yaml.new"), folder.join("config.yaml")).unwrap();
                complete
            }
            Style::ConfigMap => {
                let next = format!("..{sequence}");
                let old = fs::read_link(folder.join("..data"));
                fs::create_dir(folder.join(&next)).unwrap();
                fs::write(folder.join(&next).join("config.yaml"), text).unwrap();
                symlink(&next, folder.join("..data_tmp")).unwrap();
                let complete = Instant::now();
                fs::rename(folder.join("..data_tmp"), folder.join("..data")).unwrap();
                // As the kubelet does, while it is read.
                if let Ok(old) = old {
                    fs::remove_dir_all(folder.join(old)).unwrap();
                }
                complete
            }
        }
    }

    fn prepare(style: Style, name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("dlc-reload-latency-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        if matches!(style, Style::ConfigMap) {
            symlink("..data/config.yaml", folder.join("config.yaml")).unwrap();
        }
        change(style, &folder, 0);
        folder
    }

    fn typed(path: &Path) -> Option<u64> {
        let text = fs::read_to_string(path).ok()?;
        let config: Config = serde_saphyr::from_str(&text).ok()?;
        Some(config.sequence)
    }

    /// The bare loop: one thread that reads events and then the file.
    fn bare(folder: PathBuf, done: Sender<(u64, Instant)>) {
        let mut inotify = Inotify::init().unwrap();
        inotify.watches().add(&folder, WatchMask::CLOSE_WRITE | WatchMask::MOVED_TO).unwrap();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            let mut last = 0;
            loop {
                let wanted = inotify.read_events_blocking(&mut buffer).unwrap().any(|event| {
                    !event.mask.contains(EventMask::ISDIR)
                        && event.name.is_some_and(|name| name == "config.yaml" || name == "..data")
                });
                if let Some(sequence) = wanted.then(|| typed(&folder.join("config.yaml"))).flatten()
                    && sequence != last
                {
                    last = sequence;
                    if done.send((sequence, Instant::now())).is_err() {
                        return;
                    }
                }
            }
        });
    }

    fn latency(
        style: Style,
        folder: &Path,
        sequence: u64,
        done: &Receiver<(u64, Instant)>,
    ) -> Duration {
        let complete = change(style, folder, sequence);
        loop {
            let (seen, at) = done
                .recv_timeout(Duration::from_secs(5))
                .unwrap_or_else(|_| panic!("{style:?} change {sequence} in {folder:?} is seen"));
            if seen == sequence {
                // Between two changes both sides fall asleep, as they would between two edits.
                std::thread::sleep(Duration::from_millis(2));
                return at.saturating_duration_since(complete);
            }
        }
    }

    pub(super) fn main() {
        println!(
            "{:<12}{:>12}{:>12}{:>8}{:>10}",
            "style", "bare loop", "dlc-reload", "ratio", "reloads"
        );
        for style in [Style::InPlace, Style::Rename, Style::ConfigMap] {
            let (bare_folder, folder) = (prepare(style, "bare"), prepare(style, "ours"));
            let (bare_done, bare_seen) = channel();
            bare(bare_folder.clone(), bare_done);

            let (done, seen) = channel();
            let boot = Loader::<Config>::new().file(folder.join("config.yaml")).load().unwrap();
            let reloader = boot
                .reloader()
                .hooks(Arc::new(Clock(done)))
                .watch(Watching::Always)
                .start()
                .unwrap();

            let (mut theirs, mut ours) = (Vec::new(), Vec::new());
            for sequence in 1..=CHANGES {
                theirs.push(latency(style, &bare_folder, sequence, &bare_seen));
                ours.push(latency(style, &folder, sequence, &seen));
            }
            let reloads = reloader.reload(Trigger::api("the last one")).wait().unwrap().id() - 1;
            let median = |times: &mut Vec<Duration>| {
                times.sort_unstable();
                times[times.len() / 2].as_secs_f64() * 1e3
            };
            let (theirs, ours) = (median(&mut theirs), median(&mut ours));
            println!(
                "{:<12}{theirs:>9.3} ms{ours:>9.3} ms{:>8.2}{reloads:>10}",
                format!("{style:?}"),
                ours / theirs
            );
            drop(reloader);
            let _ = (fs::remove_dir_all(bare_folder), fs::remove_dir_all(folder));
        }
    }
}
