//! The files for systemd and Kubernetes in `docs/operators`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{harness::Service, left_out};

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operators").join(name)
}

/// The unit with a program that exists, and with the part for older systems.
fn installed() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let unit = fs::read_to_string(shipped("coach.service")).unwrap();
    let program = std::env::current_exe().unwrap();
    let path = directory.path().join("coach.service");
    fs::write(&path, unit.replace("/usr/local/bin/coach", program.to_str().unwrap())).unwrap();
    let beside = directory.path().join("coach.service.d");
    fs::create_dir(&beside).unwrap();
    fs::copy(shipped("coach-before-253.conf"), beside.join("before-253.conf")).unwrap();
    (directory, path)
}

#[test]
fn systemd_takes_the_unit() {
    let (_directory, unit) = installed();
    let analyze = |arguments: &[&str]| {
        Command::new("systemd-analyze").args(arguments).arg(&unit).env("LC_ALL", "C").output()
    };
    let verified = match analyze(&["verify"]) {
        Ok(verified) => verified,
        Err(error) => return left_out("systemd-analyze", &error),
    };
    let said = String::from_utf8(verified.stderr).unwrap();
    // That of a system before 253, which the part beside the unit is for.
    let unknown = "Failed to parse service type, ignoring: notify-reload";
    let wrong: Vec<_> = said.lines().filter(|line| !line.ends_with(unknown)).collect();
    assert!(verified.status.success() && wrong.is_empty(), "{said}");
    // In tenths of ten points, of which the fewest are best.
    let secure = analyze(&["security", "--offline=true", "--threshold=20"]).unwrap();
    assert!(secure.status.success(), "{}", String::from_utf8_lossy(&secure.stdout));
}

#[test]
fn the_probes_ask_for_paths_that_there_are() {
    let manifest = fs::read_to_string(shipped("coach.yaml")).unwrap();
    let probe = |line: &str| {
        let path = line.trim().strip_prefix("httpGet: {path: /admin/config")?;
        Some(path.split(',').next().unwrap().to_owned())
    };
    let paths: Vec<_> = manifest.lines().filter_map(probe).collect();
    assert_eq!(paths.len(), manifest.matches("httpGet").count(), "{manifest}");
    assert_eq!(paths, ["/health", "/health", "/ready"]);
    let mut service = Service::start();
    for path in &paths {
        // As the kubelet asks: by the address of the pod, and without a token.
        let answer = service.send("GET", path, &[("host", "10.1.2.3:8080")], "");
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
    }
    drop(service.reloader.take());
    assert_eq!(service.send("GET", "/ready", &[], "").status, 503);
    assert_eq!(service.send("GET", "/health", &[], "").status, 200);
}
