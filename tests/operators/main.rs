//! The tests of what operators use beside files and logs, one module a theme, in one binary.

mod access;
mod admin;
mod config;
mod fleet;
mod harness;
mod load;
#[allow(dead_code, reason = "it has more for the other tests")]
#[path = "../it/log_lines.rs"]
mod log_lines;
mod metrics;
mod node_metrics;
mod shipped;
#[cfg(target_os = "linux")]
mod systemd;
mod webhooks;

/// Says that a test was left out because a program is not installed, which `.ci/run` installs; there it fails.
fn left_out(program: &str, error: &std::io::Error) {
    assert!(std::env::var_os("DLC_RELOAD_TEST_ALL").is_none(), "{program}: {error}");
    println!("left out: {program}: {error}");
}
