//! What watching costs while nothing happens: the slow comparison of the content of 100 files.
//!
//! `cargo bench -p dlc-reload-tests --bench idle`
//!
//! The comparison is made every 10 ms here, not every 30 s, and the processor time of the watch
//! thread is divided by the number of its sleeps.

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{fs, path::PathBuf, time::Duration};

    use dlc_reload::{Loader, Reloadable, Watching};
    use serde::{Deserialize, Serialize};

    #[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
    #[serde(default)]
    struct Config {
        #[reload(hot, live)]
        names: Vec<String>,
    }

    const FILES: usize = 100;

    /// The processor time of the watch thread in nanoseconds, and how often it slept.
    fn spent() -> (u64, u64) {
        let tasks = fs::read_dir("/proc/self/task").unwrap();
        let of = |task: PathBuf| {
            let read = |name: &str| fs::read_to_string(task.join(name)).unwrap();
            // The kernel shows the first 15 letters.
            (read("comm").trim() == "dlc-reload-watc").then(|| {
                let time = read("schedstat").split(' ').next().unwrap().parse().unwrap();
                let status = read("status");
                let sleeps =
                    status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
                (time, sleeps.unwrap().trim().parse().unwrap())
            })
        };
        tasks.flatten().find_map(|task| of(task.path())).expect("files are watched")
    }

    pub(super) fn main() {
        let folder = tempfile::tempdir().unwrap();
        let names: String =
            (0..60).map(|at| format!("  - name-number-{at:04}-of-the-list\n")).collect();
        for file in 0..FILES {
            let path = folder.path().join(format!("{file:03}.yaml"));
            fs::write(path, format!("names:\n{names}")).unwrap();
        }
        let boot = Loader::<Config>::new().directory(folder.path()).load().unwrap();
        let builder = boot.reloader().watch(Watching::Always);
        let reloader = builder.poll_interval(Duration::from_millis(10)).start().unwrap();
        std::thread::sleep(Duration::from_millis(500));
        let before = spent();
        std::thread::sleep(Duration::from_secs(5));
        let after = spent();
        drop(reloader);
        let (time, sleeps) = (after.0 - before.0, after.1 - before.1);
        let each = Duration::from_nanos(time / sleeps.max(1));
        println!("{sleeps} comparisons of {FILES} files of 2 KB, {each:?} each");
        assert!(each < Duration::from_millis(1), "a comparison takes less than a millisecond");
    }
}
