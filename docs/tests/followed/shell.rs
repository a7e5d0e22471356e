//! The terminal in which a reader types commands.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Child, ChildStdin, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::{expected::shown, page::Command, place::Place, terminal::Terminal};

/// The longest time that one command may take; the first of a page may build its dependencies.
const PATIENCE: Duration = Duration::from_secs(600);

/// The words of the shell after each command, before its status.
const END: &str = "[end of the command] ";

/// A bash that keeps its folder and its variables from one command to the next.
pub(crate) struct Shell {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
}

impl Shell {
    /// Starts a shell in the folder of a place.
    pub(crate) fn new(place: &Place) -> Result<Self, String> {
        let mut bash = place.bash();
        let bash = bash.args(["--noprofile", "--norc"]).current_dir(&place.folder);
        let bash = bash.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = bash.process_group(0).spawn().map_err(|error| format!("bash: {error}"))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("bash has no input".to_owned());
        };
        let (sender, lines) = channel();
        let _ = thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            lines.for_each(|line| drop(sender.send(line)));
        });
        Ok(Self { child, input, lines })
    }

    /// Runs a command, and returns the lines that it shows. It has to end as the page says.
    pub(crate) fn run(
        &mut self,
        place: &Place,
        command: &Command,
        fails: bool,
        on_terminal: bool,
    ) -> Result<Vec<String>, String> {
        let folder = self.folder()?;
        place.lock(&folder).map_err(|error| format!("Cargo.lock: {error}"))?;
        let text = place.with_ports(&command.text);
        let (lines, status) = if on_terminal {
            let terminal = Terminal::new().map_err(|error| format!("a terminal: {error}"))?;
            let (_, status) = self.say(&text, &format!("<{0} >{0} 2>&1", terminal.path))?;
            (terminal.lines(), status)
        } else {
            self.say(&text, "2>&1 </dev/null")?
        };
        let output = place.without_ports(&lines.join("\n"));
        if (status == "0") == fails {
            return Err(format!("`{}` ended with {status}:\n{output}", command.text));
        }
        Ok(shown(output.lines()))
    }

    /// Returns the folder in which the shell is.
    pub(crate) fn folder(&mut self) -> Result<PathBuf, String> {
        let (lines, _) = self.say("pwd -P", "")?;
        Ok(PathBuf::from(lines.join("\n")))
    }

    /// Runs a text with its input and output elsewhere, and returns the lines of its output and its status.
    fn say(&mut self, text: &str, elsewhere: &str) -> Result<(Vec<String>, String), String> {
        let all = format!("{{ {text}\n}} {elsewhere}\nprintf '\\n{END}%s\\n' $?\n");
        self.input.write_all(all.as_bytes()).map_err(|error| format!("`{text}`: {error}"))?;
        let (until, mut lines) = (Instant::now() + PATIENCE, Vec::new());
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left);
            let line = line.map_err(|error| format!("`{text}`: {error}\n{}", lines.join("\n")))?;
            if let Some(status) = line.strip_prefix(END) {
                // The line break before the sign of the end, or the one after an output without any.
                if lines.last().is_some_and(String::is_empty) {
                    let _ = lines.pop();
                }
                return Ok((lines, status.to_owned()));
            }
            lines.push(line);
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // With what a page that failed has left in the background.
        let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let _ = group.map(|group| kill_process_group(group, Signal::KILL));
        let _ = self.child.wait();
    }
}
