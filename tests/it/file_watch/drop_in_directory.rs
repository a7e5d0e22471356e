//! Directories of drop-in files, and the files that editors and others leave behind in them.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::symlink,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use dlc_reload::{
    Loader,
    audit::Audit,
    source::{Intake, Source},
};

use super::harness::{Service, replace, text};
use crate::fixture::Dir;

const DROPPINGS: [&str; 6] =
    ["20.yaml~", ".20.yaml.swp", "4913", "#20.yaml#", ".#20.yaml", "20.yaml.tmp"];

/// A change is applied, and nothing is waited for: eight readings in a row that do not count would be
/// a sign of that. Those before its writer has closed the file do not count for a good reason.
fn at_once(service: &Service, number: u64, change: impl FnOnce()) {
    change();
    let looks = service.looks();
    service.expect_applied(number);
    assert_few(service.looks() - looks);
}

fn assert_few(looks: u64) {
    assert!(looks < 8, "{looks} readings for one change");
}

#[test]
fn row_14_nobody_looks_at_droppings() {
    let dir = Dir::new();
    let path = dir.write("config.yaml", text(7));
    dir.write("conf.d/20.yaml", "text: twenty\n");
    let service = Service::start(Loader::new().file(&path).directory(dir.join("conf.d")));
    let looks = service.looks();
    for dropping in DROPPINGS {
        dir.write(&format!("conf.d/{dropping}"), "number: [");
    }
    for dropping in DROPPINGS {
        fs::remove_file(dir.join(&format!("conf.d/{dropping}"))).unwrap();
    }
    service.expect_alive(&path);
    assert_eq!(service.looks(), looks + 2, "one for the change, and one that was asked for");
}

/// An editor that saves what is being typed, and makes and removes files, while others read.
struct Editor {
    swap: Mutex<File>,
    probe: PathBuf,
}

impl Source for Editor {
    fn read(&self, _: &mut Intake<'_>) {
        self.swap.lock().unwrap().write_all(b"x").unwrap();
        fs::write(&self.probe, "").unwrap();
        fs::remove_file(&self.probe).unwrap();
    }
}

#[test]
fn row_21_own_files_among_the_drop_ins() {
    let dir = Dir::new();
    let path = dir.write("conf.d/20.yaml", text(7));
    let [good, history, audit] = ["10-good.json", "history.json", "z-audit.json"]
        .map(|name| dir.path().join("conf.d").join(name));
    let loader = Loader::new().directory(dir.join("conf.d")).last_known_good(&good);
    let service = Service::start_with(loader, |builder| {
        builder.history_file(&history).observer(Arc::new(Audit::new(&audit)))
    });
    for number in 8..12 {
        fs::write(&path, text(number)).unwrap();
        service.expect_applied(number);
    }
    service.expect_alive(&path);
    assert!([good, history, audit].iter().all(|path| path.exists()));
}

#[test]
fn row_14_droppings_put_off_nothing() {
    let dir = Dir::new();
    let path = dir.write("config.yaml", text(7));
    let drop_in = dir.write("conf.d/10.yaml", "text: ten\n");
    let swap = Mutex::new(File::create(dir.join("conf.d/.10.yaml.swp")).unwrap());
    let editor = Editor { swap, probe: dir.join("conf.d/4913") };
    let loader = Loader::new().file(&path).directory(dir.join("conf.d")).source(editor);
    let service = Service::start(loader);

    at_once(&service, 8, || fs::write(&path, text(8)).unwrap());
    at_once(&service, 9, || fs::write(&drop_in, text(9)).unwrap());
    at_once(&service, 10, || replace(&drop_in, text(10)));
    at_once(&service, 11, || replace(&dir.join("conf.d/20.yaml"), text(11)));
    // vim with a backup.
    let mut looks = 0;
    service.expect_applied_across(12, || {
        let (path, backup) = (dir.join("conf.d/20.yaml"), dir.join("conf.d/20.yaml~"));
        fs::rename(&path, &backup).unwrap();
        fs::write(&path, text(12)).unwrap();
        fs::remove_file(backup).unwrap();
        looks = service.looks();
    });
    assert_few(service.looks() - looks);
    service.expect_nothing_more();
}

#[test]
fn row_14_a_config_map_as_the_directory() {
    let dir = Dir::new();
    let version = |version: u64| {
        let name = format!("..{version}");
        dir.write(&format!("map/{name}/10.yaml"), text(version));
        symlink(&name, dir.join("map/..data_tmp")).unwrap();
        fs::rename(dir.join("map/..data_tmp"), dir.join("map/..data")).unwrap();
    };
    version(1);
    symlink("..data/10.yaml", dir.join("map/10.yaml")).unwrap();
    let service = Service::start(Loader::new().directory(dir.join("map")));
    for number in 2..6 {
        at_once(&service, number, || version(number));
    }
    service.expect_nothing_more();
}
