//! The socket of systemd, and the clock by which it orders messages.

use std::{
    env, io,
    os::{
        linux::net::SocketAddrExt,
        unix::{
            ffi::OsStrExt,
            net::{SocketAddr, UnixDatagram},
        },
    },
    time::Duration,
};

use rustix::time::{ClockId, clock_gettime};

/// The longest time that a message may wait for a systemd that is busy. The reload thread waits as well.
const PATIENCE: Duration = Duration::from_secs(5);

/// The way to systemd.
pub(super) struct Socket {
    own: UnixDatagram,
    systemd: SocketAddr,
}

impl Socket {
    /// Returns the way to the socket that a variable of the environment names, if it names one.
    ///
    /// # Errors
    ///
    /// A name that is no address here, or a system without a free descriptor.
    pub(super) fn from_env(variable: &str) -> io::Result<Option<Self>> {
        let Some(name) = env::var_os(variable).filter(|name| !name.is_empty()) else {
            return Ok(None);
        };
        let systemd = match name.as_bytes() {
            [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
            [b'/', ..] => SocketAddr::from_pathname(&name)?,
            _ => return Err(io::Error::other("neither a path nor an abstract address")),
        };
        let own = UnixDatagram::unbound()?;
        own.set_write_timeout(Some(PATIENCE))?;
        Ok(Some(Self { own, systemd }))
    }

    /// Sends a message.
    ///
    /// # Errors
    ///
    /// A socket of which nothing reads.
    pub(super) fn send(&self, message: &str) -> io::Result<()> {
        loop {
            match self.own.send_to_addr(message.as_bytes(), &self.systemd) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                sent => return sent.map(drop),
            }
        }
    }

    /// Returns the time by which systemd tells a reload that it has asked for from one before.
    pub(super) fn monotonic_usec() -> i64 {
        let now = clock_gettime(ClockId::Monotonic);
        now.tv_sec * 1_000_000 + now.tv_nsec / 1_000
    }
}
