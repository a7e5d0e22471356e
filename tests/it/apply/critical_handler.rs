//! The default of the critical handler: the process sends itself SIGTERM, and under test its stage keeps the report.

use std::{
    fs,
    os::unix::process::ExitStatusExt,
    process::Command,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use dlc_reload::{
    Change, Commit, HookResult, Loader, Reloadable, Trigger, Verdict, Watching,
    testing::{Fault, Memory, Stage},
};
use serde::{Deserialize, Serialize};

use super::harness::LONG;
use crate::subprocess::{behind, is_alone, passes, this_binary};

const SIGTERM: i32 = 15;

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot)]
    a: u32,
    #[reload(hot)]
    b: u32,
}

/// Hooks of which the second cannot commit, and the first cannot undo.
struct Hooks;

impl ConfigHooks for Hooks {
    fn on_a(&self, a: Change<'_, u32>) -> HookResult<'_> {
        if a.new < a.old { Err("no way back".into()) } else { Ok(Commit::fallible(|| Ok(()))) }
    }
    fn on_b(&self, _: Change<'_, u32>) -> HookResult<'_> {
        Ok(Commit::fallible(|| Err("no way forward".into())))
    }
}

/// Hooks without a fault of their own.
struct Sound;

impl ConfigHooks for Sound {
    fn on_a(&self, _: Change<'_, u32>) -> HookResult<'_> {
        Ok(Commit::none())
    }
    fn on_b(&self, _: Change<'_, u32>) -> HookResult<'_> {
        Ok(Commit::none())
    }
}

/// Leaves a service in an inconsistent state, without a handler of its own.
fn leave_inconsistent() {
    let file = Memory::yaml("{a: 1, b: 1}");
    let boot = Loader::<Config>::new().source(file.clone()).load().unwrap();
    let builder = boot.reloader().hooks(Arc::new(Hooks)).watch(Watching::Off);
    let reloader = builder.start().unwrap();
    file.write("{a: 2, b: 2}");
    let report = reloader.reload(Trigger::api("test")).wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Inconsistent);
}

#[test]
fn case_18_12_a_fault_in_an_undo_does_not_end_the_process_of_the_test() {
    let start = |handled: Option<Arc<Mutex<u32>>>| {
        let (file, stage) = (Memory::yaml("{a: 1, b: 1}"), Stage::new());
        let boot = Loader::<Config>::new().source(file.clone()).load().unwrap();
        let mut builder = boot.reloader().hooks(Arc::new(Sound)).watch(Watching::Off);
        if let Some(handled) = handled {
            builder = builder.on_critical(move |_| *handled.lock().unwrap() += 1);
        }
        let reloader = builder.stage(&stage).start().unwrap();
        stage.inject(Config::fields().a(), Fault::FailUndo);
        stage.inject(Config::fields().b(), Fault::FailCommit);
        file.write("{a: 2, b: 2}");
        let report = reloader.reload(Trigger::api("test")).wait().unwrap();
        assert_eq!(report.verdict(), Verdict::Inconsistent);
        (stage, report)
    };
    let kept = |stage: &Stage| -> Vec<_> {
        stage.critical_reports().iter().map(ToString::to_string).collect()
    };
    let (stage, report) = start(None);
    assert_eq!(kept(&stage), [report.to_string()]);
    assert!(kept(&stage).is_empty(), "they were taken");

    let handled = Arc::new(Mutex::new(0));
    let (stage, _) = start(Some(Arc::clone(&handled)));
    assert!(kept(&stage).is_empty());
    assert_eq!(*handled.lock().unwrap(), 1);
}

#[test]
fn the_process_sends_itself_sigterm() {
    if is_alone() {
        leave_inconsistent();
        return std::thread::sleep(LONG);
    }
    let output =
        this_binary("apply::critical_handler::the_process_sends_itself_sigterm").output().unwrap();
    assert_eq!(output.status.signal(), Some(SIGTERM), "{output:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_thread_that_waits_for_signals_while_all_others_block_them_gets_it() {
    if is_alone() {
        leave_inconsistent();
        let begun = Instant::now();
        while !waits_for_the_process(SIGTERM) {
            assert!(begun.elapsed() < LONG, "it went to one thread, which blocks it");
            std::thread::sleep(Duration::from_millis(1));
        }
        return;
    }
    let mut blocks = Command::new("perl");
    let script =
        "use POSIX; sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGTERM)) or die; exec @ARGV or exit";
    if !blocks.args(["-e", script]).status().is_ok_and(|status| status.success()) {
        return println!("skipped: there is no `perl` here, and no other safe way to do it");
    }
    let name = "apply::critical_handler::a_thread_that_waits_for_signals_while_all_others_block_them_gets_it";
    passes(behind(blocks, name));
}

/// Returns true if a signal waits for any thread of this process that does not block it.
fn waits_for_the_process(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let pending = status.lines().find_map(|line| line.strip_prefix("ShdPnd:")).unwrap();
    u64::from_str_radix(pending.trim(), 16).unwrap() & (1 << (signal - 1)) != 0
}
