//! A terminal of a hundred columns, on which a command shows what it shows to a person, and asks.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    os::fd::OwnedFd,
    thread::{self, JoinHandle},
};

use rustix::{
    fs::{Mode, OFlags, open},
    io::dup,
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};

/// A terminal, until what it shows is asked for.
pub(crate) struct Terminal {
    /// The path under which a shell opens it.
    pub(crate) path: String,
    /// Keeps it open until the command has opened it.
    end: OwnedFd,
    screen: JoinHandle<String>,
}

impl Terminal {
    /// Opens a terminal. A question that ends with `[y/N] ` gets a yes.
    pub(crate) fn new() -> rustix::io::Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let size = Winsize { ws_row: 50, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&master, size)?;
        let name = ptsname(&master, Vec::new())?;
        let end = open(&name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty())?;
        let (mut keyboard, mut output) = (File::from(dup(&master)?), File::from(master));
        let screen = thread::spawn(move || {
            let (mut screen, mut part) = (Vec::new(), [0; 4096]);
            // It ends by an error, on Linux, once nobody has it open.
            while let Ok(length @ 1..) = output.read(&mut part) {
                screen.extend_from_slice(&part[..length]);
                if screen.ends_with(b"[y/N] ") {
                    let _ = keyboard.write_all(b"y\n");
                }
            }
            String::from_utf8_lossy(&screen).replace('\r', "")
        });
        Ok(Self { path: name.to_string_lossy().into_owned(), end, screen })
    }

    /// Returns the lines that were shown, once the command has ended.
    pub(crate) fn lines(self) -> Vec<String> {
        drop(self.end);
        let screen = self.screen.join().unwrap_or_default();
        screen.lines().map(str::to_owned).collect()
    }
}
