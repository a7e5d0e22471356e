//! The service that a reader starts in a terminal of its own.

use std::{
    io::{BufRead as _, BufReader, Read},
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::{expected::is_line, page::Command, place::Place};

/// The longest time that a line may take; the first has to wait for the build.
const PATIENCE: Duration = Duration::from_secs(600);

/// The longest time that a service may take to end after it was asked to.
const END: Duration = Duration::from_secs(30);

/// A service, with the part of its output that no page has asked for yet.
pub(crate) struct Service {
    child: Child,
    lines: Receiver<String>,
    /// The lines that came since the last one that a page shows.
    since: Vec<String>,
    /// Lines that must not come before the next ones that a page shows.
    unwanted: Vec<String>,
}

impl Service {
    /// Starts a service.
    pub(crate) fn start(place: &Place, folder: &Path, command: &Command) -> Result<Self, String> {
        place.lock(folder).map_err(|error| format!("Cargo.lock: {error}"))?;
        let mut bash = place.bash();
        let bash = bash.args(["-c", &place.with_ports(&command.text)]).current_dir(folder);
        let bash = bash.process_group(0).stdin(Stdio::null());
        let mut child = bash
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("`{}`: {error}", command.text))?;
        let (sender, lines) = channel();
        let outputs: [Option<Box<dyn Read + Send>>; 2] = [
            child.stdout.take().map(|output| Box::new(output) as _),
            child.stderr.take().map(|output| Box::new(output) as _),
        ];
        for output in outputs.into_iter().flatten() {
            let sender = sender.clone();
            let _ = thread::spawn(move || {
                let lines = BufReader::new(output).lines().map_while(Result::ok);
                lines.for_each(|line| drop(sender.send(line)));
            });
        }
        Ok(Self { child, lines, since: Vec::new(), unwanted: Vec::new() })
    }

    /// Waits until lines have come, one after the other, with or without others in between.
    pub(crate) fn shows(&mut self, place: &Place, expected: &[String]) -> Result<(), String> {
        let until = Instant::now() + PATIENCE;
        for expected in expected.iter().filter(|line| line.trim() != "..." && !line.is_empty()) {
            loop {
                let left = until.saturating_duration_since(Instant::now());
                let line = self.lines.recv_timeout(left).map_err(|error| {
                    let why = match error {
                        RecvTimeoutError::Timeout => "did not come in time",
                        RecvTimeoutError::Disconnected => "did not come before the service ended",
                    };
                    format!(
                        "this line {why}:\n{expected}\n--- what came\n{}",
                        self.since.join("\n")
                    )
                })?;
                let line = place.without_ports(&line);
                if self.unwanted.iter().any(|unwanted| is_line(unwanted, &line)) {
                    return Err(format!(
                        "this line came, and the page says that it does not:\n{line}"
                    ));
                }
                if is_line(expected, &line) {
                    self.since.clear();
                    break;
                }
                self.since.push(line);
            }
        }
        self.unwanted.clear();
        Ok(())
    }

    /// Says which lines must not come before the next ones that a page shows: only these show that the others had their
    /// time.
    pub(crate) fn shows_none_of(&mut self, unwanted: &[String]) {
        self.unwanted.extend_from_slice(unwanted);
    }

    /// Returns the lines of which nothing has shown yet that they do not come.
    pub(crate) fn unwanted(&self) -> &[String] {
        &self.unwanted
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let tell = |signal| group.map(|group| kill_process_group(group, signal));
        let _ = tell(Signal::TERM);
        // `cargo run` ends before what it runs does: all have ended once nobody holds the output.
        let until = Instant::now() + END;
        while let Ok(_) | Err(RecvTimeoutError::Timeout) =
            self.lines.recv_timeout(until.saturating_duration_since(Instant::now()))
        {
            if Instant::now() >= until {
                let _ = tell(Signal::KILL);
                break;
            }
        }
        let _ = self.child.wait();
    }
}
