//! The socket of systemd, and the clock by which it orders messages.

use std::time::Duration;

/// The variable in which systemd names its socket.
pub(super) const SOCKET: &str = "NOTIFY_SOCKET";

/// The longest time that a message may wait for a systemd that is busy. The reload thread waits as well.
const PATIENCE: Duration = Duration::from_secs(5);

#[cfg(not(target_os = "linux"))]
pub(super) use self::elsewhere::Socket;
#[cfg(target_os = "linux")]
pub(super) use self::linux::Socket;

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        env, io,
        os::{
            linux::net::SocketAddrExt,
            unix::{
                ffi::OsStrExt,
                net::{SocketAddr, UnixDatagram},
            },
        },
    };

    use rustix::time::{ClockId, clock_gettime};

    use super::{PATIENCE, SOCKET};

    /// The way to systemd.
    pub(in super::super) struct Socket {
        own: UnixDatagram,
        systemd: SocketAddr,
    }

    impl Socket {
        /// Returns the way to the socket that the environment names, if it names one.
        ///
        /// # Errors
        ///
        /// A name that is no address here, or a system without a free descriptor.
        pub(in super::super) fn from_env() -> io::Result<Option<Self>> {
            let Some(name) = env::var_os(SOCKET).filter(|name| !name.is_empty()) else {
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
        pub(in super::super) fn send(&self, message: &str) -> io::Result<()> {
            loop {
                match self.own.send_to_addr(message.as_bytes(), &self.systemd) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    sent => return sent.map(drop),
                }
            }
        }

        /// Returns the time by which systemd tells a reload that it has asked for from one before.
        pub(in super::super) fn monotonic_usec() -> i64 {
            let now = clock_gettime(ClockId::Monotonic);
            now.tv_sec * 1_000_000 + now.tv_nsec / 1_000
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use std::io;

    /// The way to systemd, which is on Linux only.
    pub(in super::super) enum Socket {}

    impl Socket {
        pub(in super::super) fn from_env() -> io::Result<Option<Self>> {
            Ok(None)
        }

        pub(in super::super) fn send(&self, _: &str) -> io::Result<()> {
            match *self {}
        }

        pub(in super::super) fn monotonic_usec() -> i64 {
            0
        }
    }
}
