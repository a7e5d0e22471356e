//! Links: ConfigMaps, links that lead elsewhere, and links that lead nowhere.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use dlc_reload::{
    Loader,
    source::{Intake, Source},
};

use super::harness::{Service, text};
use crate::fixture::Dir;

/// Points a link elsewhere, as `ln -sfn` does.
fn retarget(link: &Path, target: impl AsRef<Path>) {
    let beside = link.with_file_name("beside");
    symlink(target, &beside).unwrap();
    fs::rename(beside, link).unwrap();
}

/// Writes the next version of a ConfigMap as the kubelet does.
fn swap(dir: &Dir, version: u64) {
    let data = dir.join("..data");
    let old = fs::read_link(&data).ok();
    let next = format!("..2026_11_22.{version}");
    dir.write(&format!("{next}/config.yaml"), text(version));
    dir.write(&format!("{next}/more.yaml"), format!("text: version {version}\n"));
    retarget(&data, &next);
    if let Some(old) = old {
        fs::remove_dir_all(dir.join(old.to_str().unwrap())).unwrap();
    }
}

#[test]
fn row_07_config_map() {
    let dir = Dir::new();
    swap(&dir, 1);
    for name in ["config.yaml", "more.yaml"] {
        symlink(format!("..data/{name}"), dir.join(name)).unwrap();
    }
    let files = Loader::new().file(dir.join("config.yaml")).file(dir.join("more.yaml"));
    let service = Service::start(files);
    for version in 2..20 {
        swap(&dir, version);
        let report = service.expect_applied(version);
        assert_eq!(report.changes().len(), 2, "both files are of one version: {report}");
    }
    service.expect_nothing_more();
}

/// Removes the versions before the one in use, as the kubelet does, while that is read.
struct Kubelet(PathBuf);

impl Source for Kubelet {
    fn read(&self, _: &mut Intake<'_>) {
        let used = fs::read_link(self.0.join("..data")).unwrap();
        for entry in fs::read_dir(&self.0).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() && *entry.file_name() < *used {
                fs::remove_dir_all(entry.path()).unwrap();
            }
        }
    }
}

#[test]
fn row_07_config_map_whose_old_directory_is_removed_while_it_is_read() {
    let dir = Dir::new();
    dir.write("..1/config.yaml", text(1));
    symlink("..1", dir.join("..data")).unwrap();
    symlink("..data/config.yaml", dir.join("config.yaml")).unwrap();
    let kubelet = Kubelet(dir.path().to_path_buf());
    let service = Service::start(Loader::new().file(dir.join("config.yaml")).source(kubelet));
    for version in 2..10 {
        dir.write(&format!("..{version}/config.yaml"), text(version));
        let looks = service.looks();
        retarget(&dir.join("..data"), format!("..{version}"));
        service.expect_applied(version);
        // Of a file that may be on its way back, eight readings do not count.
        let looks = service.looks() - looks;
        assert!(looks < 8, "{looks} readings, although nothing was to be waited for");
    }
    service.expect_nothing_more();
}

#[test]
fn row_08_link_to_something_else() {
    let dir = Dir::new();
    let path = dir.join("config.yaml");
    for number in 1..=6 {
        let target = dir.write(&format!("versions/{number}/config.yaml"), text(number));
        // Each is older than the one before.
        let modified = SystemTime::now() - Duration::from_secs(1_000 * number);
        fs::File::open(target).unwrap().set_modified(modified).unwrap();
    }
    symlink(dir.join("versions/1/config.yaml"), &path).unwrap();
    let service = Service::of(&path);

    retarget(&path, "versions/2/config.yaml");
    service.expect_applied(2);
    // In a chain, each link of it: the last one is a directory.
    symlink("versions", dir.join("current")).unwrap();
    symlink("3", dir.join("versions/stable")).unwrap();
    retarget(&path, "current/stable/config.yaml");
    service.expect_applied(3);
    retarget(&dir.join("versions/stable"), "4");
    service.expect_applied(4);
    dir.write("others/stable/config.yaml", text(40));
    retarget(&dir.join("current"), dir.join("others"));
    service.expect_applied(40);
    // Removed and made anew, as `ln -sf` does it on some systems.
    service.expect_applied_across(5, || {
        fs::remove_file(&path).unwrap();
        symlink("versions/5/config.yaml", &path).unwrap();
    });
    // The target of the link is written in place; its former target no longer counts.
    fs::write(dir.join("versions/4/config.yaml"), text(99)).unwrap();
    service.expect_alive(&dir.join("versions/5/config.yaml"));
}

#[test]
fn row_09_link_that_leads_nowhere() {
    let dir = Dir::new();
    let path = dir.join("config.yaml");
    dir.write("real.yaml", text(1));
    symlink("real.yaml", &path).unwrap();
    let service = Service::of(&path);

    retarget(&path, "nowhere/real.yaml");
    service.expect_rejected("a symbolic link to a file that does not exist");
    service.expect_applied_across(2, || drop(dir.write("nowhere/real.yaml", text(2))));

    symlink("config.yaml", dir.join("loop")).unwrap();
    retarget(&path, "loop");
    service.expect_rejected("a symbolic link that leads back to itself");
    retarget(&dir.join("loop"), "real.yaml");
    // It is what ran before, and what was refused is accepted again.
    service.expect_applied(1);
    service.expect_alive(&dir.join("real.yaml"));
}
