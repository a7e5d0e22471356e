//! Processes of their own for tests that need limits, mounts or a user of their own.

use std::{
    fs,
    os::unix::process::CommandExt,
    process::{Command, Stdio},
};

/// Set where a test runs in a process of its own.
const ALONE: &str = "DLC_RELOAD_TEST_ALONE";

/// Returns true if the current process runs nothing but this test.
pub fn is_alone() -> bool {
    std::env::var_os(ALONE).is_some()
}

/// A command that runs one test of this binary and nothing else.
pub fn this_binary(test: &str) -> Command {
    // By this name every user can start it, wherever it lies.
    of_program(Command::new("/proc/self/exe"), test)
}

/// The same, behind a shell that prepares the process in namespaces of its own, where it is root.
///
/// Nothing where the system allows no such namespaces.
pub fn in_namespaces(test: &str, flags: &str, prepare: &str) -> Option<Command> {
    let allowed = Command::new("unshare")
        .args([flags, "sh", "-c", prepare])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !allowed {
        println!("skipped: `unshare {flags} sh -c '{prepare}'` is not allowed here");
        return None;
    }
    let mut command = Command::new("unshare");
    command.args([flags, "sh", "-c", &format!("{prepare}; exec \"$0\" \"$@\"")]);
    Some(behind(command, test))
}

/// The same, behind a program that becomes the one that its last arguments name.
pub fn behind(mut wrapper: Command, test: &str) -> Command {
    wrapper.arg(std::env::current_exe().unwrap());
    of_program(wrapper, test)
}

fn of_program(mut command: Command, test: &str) -> Command {
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(ALONE, "1");
    command
}

/// Lets a process be an ordinary user, if this one is root.
pub fn as_nobody(command: &mut Command) {
    const NOBODY: u32 = 65_534;
    if !rustix::process::geteuid().is_root() {
        return;
    }
    command.uid(NOBODY).gid(NOBODY).env("TMPDIR", "/tmp");
}

/// Runs it, and sees that its test passes.
pub fn passes(mut command: Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Returns how often a thread of this process gave up the processor, by the first letters of its name.
pub fn switches(name: &str) -> u64 {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let of = |task: fs::DirEntry| {
        let of_this = fs::read_to_string(task.path().join("comm")).unwrap().trim() == name;
        let status = fs::read_to_string(task.path().join("status")).unwrap();
        let count = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        of_this.then(|| count.unwrap().trim().parse::<u64>().unwrap())
    };
    tasks.filter_map(|task| of(task.unwrap())).sum()
}
