//! The prompts and screens, on a terminal.

use std::{
    fs::File,
    io::{Read, Write},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
};

use dlc_reload::Trigger;
use rustix::{
    fs::{Mode, OFlags, open},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};

use crate::service::{OPERATE, PATIENCE, PLANTED, Service, text};

/// The command on a terminal of 80 columns.
pub struct Terminal {
    child: Child,
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    shown: String,
}

impl Terminal {
    pub fn start(mut command: Command) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&master, size).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        // No child of another test has it, for its screen ends with the last that does.
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let slave = File::from(open(name, flags, Mode::empty()).unwrap());
        let stdio = || Stdio::from(slave.try_clone().unwrap());
        command.env("TERM", "xterm").stdin(stdio()).stdout(stdio()).stderr(stdio());
        let child = command.spawn().unwrap();
        // Only the child has it open, so that the screen ends with the child.
        drop((slave, command));
        let mut keyboard = File::from(master);
        let mut eyes = keyboard.try_clone().unwrap();
        let (send, screen) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = eyes.read(&mut buffer) {
                drop(send.send(buffer[..length].to_vec()));
            }
        });
        keyboard.flush().unwrap();
        Self { child, keyboard, screen, shown: String::new() }
    }

    /// Waits until the screen shows a text.
    #[track_caller]
    pub fn shows(&mut self, text: &str) {
        while !self.shown.contains(text) {
            let more = self.screen.recv_timeout(PATIENCE);
            let more = more.unwrap_or_else(|_| panic!("no `{text}` in {}", self.shown));
            self.shown += &String::from_utf8_lossy(&more);
        }
    }

    pub fn types(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).unwrap();
    }

    /// Returns the exit code, and all that was shown.
    pub fn end(mut self) -> (i32, String) {
        while let Ok(more) = self.screen.recv_timeout(PATIENCE) {
            self.shown += &String::from_utf8_lossy(&more);
        }
        let code = self.child.wait().unwrap().code().unwrap();
        assert!(!self.shown.contains(PLANTED) && !self.shown.contains(OPERATE), "{}", self.shown);
        (code, self.shown.replace('\r', ""))
    }
}

#[test]
fn a_reload_shows_its_plan_and_asks() {
    let service = Service::start();
    service.source.write(text("debug", 8, 1, 9090));
    for (answer, code) in [("\n", 1), ("n\n", 1), ("\u{4}", 1), ("y\n", 0)] {
        let mut terminal = Terminal::start(service.command(&["reload"]));
        terminal.shows("Reload now? [y/N] ");
        assert_eq!(service.reloader.status().generation, 1);
        terminal.types(answer);
        let (ended, shown) = terminal.end();
        assert_eq!(ended, code, "{shown}");
        assert!(shown.contains("2 values change at once, and 1 value waits for a restart"));
        let last = if code == 0 { ": applied (" } else { "not confirmed, so nothing was done" };
        assert!(shown.contains(last), "{shown}");
    }
    assert_eq!(service.reloader.status().generation, 2);
}

#[test]
fn a_change_that_came_first_is_told() {
    let service = Service::start();
    service.source.write(text("debug", 8, 1, 8080));
    let mut terminal = Terminal::start(service.command(&["reload"]));
    terminal.shows("Reload now? [y/N] ");
    service.reloader.reload(Trigger::api("quicker")).wait().unwrap();
    terminal.types("y\n");
    let (code, shown) = terminal.end();
    assert_eq!(code, 7, "{shown}");
    assert!(shown.contains("another change came first: generation 2 is in force now"), "{shown}");
}

#[test]
fn a_source_that_was_edited_after_the_plan_is_told() {
    let service = Service::start();
    service.source.write(text("info", 8, 1, 8080));
    let mut terminal = Terminal::start(service.command(&["reload"]));
    terminal.shows("Reload now? [y/N] ");
    service.source.write(text("info", 9, 1, 8080));
    terminal.types("y\n");
    let (code, shown) = terminal.end();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("not quite the plan that was shown"), "{shown}");
}

#[test]
fn a_reload_without_an_effect_and_one_that_is_refused_do_not_ask() {
    let service = Service::start();
    let (code, shown) = Terminal::start(service.command(&["reload"])).end();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("a reload would change nothing"), "{shown}");
    service.source.write("rate: [");
    let (code, shown) = Terminal::start(service.command(&["reload"])).end();
    assert_eq!(code, 3, "{shown}");
    assert!(shown.contains("the configuration is refused"), "{shown}");
    assert!(service.reloader.status().last_report.is_none());
}

#[test]
fn a_file_that_sets_far_less_is_confirmed_on_its_own() {
    let service = Service::start();
    // Of the operators, only the first is left.
    let whole = text("info", 7, 1, 8080);
    let left: Vec<_> = whole.lines().filter(|line| !line.contains("name: rita")).collect();
    service.source.write(left.join("\n"));
    let (code, shown) = Terminal::start(service.command(&["reload"])).end();
    assert_eq!(code, 3, "{shown}");
    let mut terminal = Terminal::start(service.command(&["reload", "--confirm-shrinking"]));
    terminal.shows("Reload now? [y/N] ");
    terminal.types("y\n");
    let (code, shown) = terminal.end();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("without `--confirm-shrinking`, it would be rejected"), "{shown}");
}

#[test]
fn a_rollback_shows_its_differences_and_asks() {
    let service = Service::start();
    service.source.write(text("debug", 8, 1, 8080));
    service.reloader.reload(Trigger::api("a test")).wait().unwrap();
    service.run(&["override", "burst", "5", "--for", "15m", "--why", "a campaign"]).exits(0);
    let mut rollback = service.command(&["rollback", "1"]);
    rollback.env("NO_COLOR", "1");
    let mut terminal = Terminal::start(rollback);
    terminal.shows("Roll back now? [y/N] ");
    terminal.types("yes\n");
    let (code, shown) = terminal.end();
    assert_eq!(code, 0, "{shown}");
    for line in [
        "with a rollback from generation 3 to 1, 2 values change at once, and 1 override\nends\n",
        "  » burst  5 ends  by olga: a campaign\n",
        "  ~ burst          5 → 1 ",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
    assert!(service.reloader.status().overrides.is_empty());
    assert_eq!(service.reloader.handle().load().rate, 7);
}

#[test]
fn a_rollback_says_that_tokens_count_again() {
    let service = Service::start();
    let rollback = |to: &str| {
        let mut terminal = Terminal::start(service.command(&["rollback", to]));
        terminal.shows("Roll back now? [y/N] ");
        terminal.types("n\n");
        terminal.end().1
    };
    let all = text("info", 7, 1, 8080);
    let (without, _) = all.split_once("- {name: rita").unwrap();
    let other = all.replace("fb61e1fb", "00000000");
    for (generation, text) in (2..).zip([without, &*other]) {
        service.source.write(text);
        service.run(&["reload", "--yes", "--confirm-shrinking"]).exits(0);
        let shown = rollback("1");
        assert!(shown.contains(&format!("from generation {generation} to 1")), "{shown}");
        assert!(shown.contains("a token that was revoked since counts again"), "{shown}");
    }
    // What is taken away lets nobody in.
    let shown = rollback("2");
    assert!(!shown.contains("counts again"), "{shown}");
}

#[test]
fn lines_fit_and_have_colours_unless_they_are_unwanted() {
    let service = Service::start();
    let long = "w".repeat(60);
    service.source.write(text(&long, 8, 1, 9090));
    service.run(&["reload", "--yes", "--why", "more room for the clients"]).exits(0);
    for arguments in [
        &["status"][..],
        &["config"],
        &["config", "logging.level"],
        &["history"],
        &["diff", "1", "2"],
    ] {
        let (_, coloured) = Terminal::start(service.command(arguments)).end();
        assert!(coloured.contains('\u{1b}'), "{coloured:?}");
        let mut plain = service.command(arguments);
        plain.env("NO_COLOR", "1");
        let (code, shown) = Terminal::start(plain).end();
        assert_eq!(code, 0, "{shown}");
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
        for line in shown.lines().filter(|line| !line.starts_with("reload #")) {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
