//! Hooks that take long, as the log names them.

use std::time::Duration;

use dlc_reload::{Trigger, Verdict};

use super::{
    block_on,
    harness::{LONG, stage_with, text, value},
};
use crate::{
    log_lines::Lines,
    subprocess::{is_alone, passes, this_binary},
};

/// The microseconds that a line says.
fn duration(line: &str) -> u64 {
    let (_, said) = line.split_once("duration_us=").unwrap();
    said.split(' ').next().unwrap().parse().unwrap()
}

#[test]
fn row_32_a_slow_hook_is_named_in_the_log_while_it_runs() {
    // The thread that names it has no subscriber of its own.
    if !is_alone() {
        return passes(this_binary(
            "apply::slow_hooks::row_32_a_slow_hook_is_named_in_the_log_while_it_runs",
        ));
    }
    let lines = Lines::default();
    lines.hear_all();
    let stage = stage_with(|builder| builder.slow_steps(Duration::from_millis(20)));
    stage.board.write(text([2, value::WAITS, value::WAITS, 2, 2], 1000));
    let report = stage.reloader.reload(Trigger::api("test"));

    let names = |key: &'static str| {
        move |line: &str| {
            line.starts_with(&format!(
                "WARN the hook of `{key}` is still running, other reloads wait for it key={key} "
            ))
        }
    };
    // It is named again and again, each time after twice as long.
    stage.hook_waits();
    let mut last = 0;
    while last < 2_000_000 {
        let next = duration(&lines.until(LONG, names("b")));
        assert!(next > last.max(20_000), "{next} after {last}");
        last = next;
    }
    stage.release.send(()).unwrap();

    // The next one is not waited for as long as the one before, which would be named after twice as long.
    stage.hook_waits();
    let first = duration(&lines.until(LONG, names("c")));
    assert!((20_000..2 * last).contains(&first), "{first} after {last}");
    assert_eq!(stage.values(), [1; 5]);
    stage.release.send(()).unwrap();
    assert_eq!(block_on(report).unwrap().verdict(), Verdict::Applied);
    lines.until(LONG, |line| line.starts_with("INFO configuration reloaded"));
}
