//! Files of one directory that belong together and are written one after the other, as git does.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        mpsc::{Sender, channel},
    },
    time::{Duration, Instant, SystemTime},
};

use dlc_reload::{Change, Commit, HookResult, Loader, Reloadable, Watching};
use serde::{Deserialize, Serialize};

use super::harness::{PATIENCE, SELDOM};
use crate::fixture::Dir;

type Revisions = BTreeMap<String, u64>;

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot)]
    revisions: Revisions,
}

/// A hook that tells of everything that came into force.
struct InForce(Sender<Revisions>);

impl ConfigHooks for InForce {
    fn on_revisions(&self, revisions: Change<'_, Revisions>) -> HookResult<'_> {
        let new = revisions.new.clone();
        Ok(Commit::new(move || self.0.send(new).unwrap()))
    }
}

const FILES: u64 = 8;
const CHECKOUTS: u64 = 10;

/// Less than the pause after which a burst is over, by the coarse clock that files are stamped with.
const PAUSE: Duration = Duration::from_millis(20);

fn git(repository: &Path, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.current_dir(repository)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    git.args(["-c", "user.name=ann", "-c", "user.email=ann@example.org"]);
    let output = git.args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn drop_ins(repository: &Path) -> impl Iterator<Item = PathBuf> {
    (0..FILES).map(move |file| repository.join(format!("conf.d/{file}0.yaml")))
}

/// Makes a branch for each revision, whose drop-ins all carry its number.
fn branches(repository: &Path) {
    git(repository, &["init", "--quiet"]);
    for revision in 0..=CHECKOUTS {
        git(repository, &["checkout", "--quiet", "-b", &format!("revision-{revision}")]);
        for (number, path) in drop_ins(repository).enumerate() {
            fs::write(path, format!("revisions: {{file-{number}: {revision}}}\n")).unwrap();
        }
        git(repository, &["add", "."]);
        git(repository, &["commit", "--quiet", "--message", "a revision"]);
    }
    git(repository, &["checkout", "--quiet", "revision-0"]);
}

/// The time for which a file may be gone before that counts.
const ABSENCE: Duration = Duration::from_secs(1);

/// Returns true if the last writer of the drop-ins never paused, so that they were one burst.
fn is_one_burst(repository: &Path) -> bool {
    let modified = |path: PathBuf| path.metadata().unwrap().modified().unwrap();
    let mut times: Vec<SystemTime> = drop_ins(repository).map(modified).collect();
    times.sort_unstable();
    times.windows(2).all(|pair| pair[1].duration_since(pair[0]).unwrap() < PAUSE)
}

#[test]
fn ten_checkouts_of_eight_drop_ins_never_put_a_mixture_in_force() {
    let dir = Dir::new();
    fs::create_dir(dir.join("conf.d")).unwrap();
    branches(dir.path());
    let (sender, in_force) = channel();
    let boot = Loader::<Config>::new().directory(dir.join("conf.d")).load().unwrap();
    let hooks = Arc::new(InForce(sender));
    let builder = boot.reloader().hooks(hooks).watch(Watching::Always);
    let _reloader = builder.poll_interval(SELDOM).start().unwrap();

    let mut judged = 0;
    let deadline = Instant::now() + 4 * PATIENCE;
    for revision in (1..=CHECKOUTS).chain(0..=CHECKOUTS).cycle() {
        let begun = Instant::now();
        git(dir.path(), &["checkout", "--quiet", &format!("revision-{revision}")]);
        // Where this machine kept git waiting in the middle, half of it may pass for all. Before the first
        // file is written it is gone, and no time of a file tells for how long.
        let is_judged = begun.elapsed() < ABSENCE && is_one_burst(dir.path());
        loop {
            let revisions = in_force.recv_timeout(PATIENCE).unwrap();
            if revisions.values().all(|found| *found == revision) {
                break;
            }
            assert!(!is_judged, "a mixture in force: {revisions:?}");
        }
        judged += u64::from(is_judged);
        if judged == CHECKOUTS {
            return;
        }
        assert!(Instant::now() < deadline, "{judged} checkouts went on without a pause");
    }
}
