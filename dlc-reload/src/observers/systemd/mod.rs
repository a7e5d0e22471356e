//! The words that systemd has for a service, said by a reloader.

mod link;
#[cfg_attr(not(target_os = "linux"), path = "no_socket.rs")]
mod socket;
mod status;
mod watchdog;

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use self::{
    link::{Link, SOCKET},
    socket::Socket,
    watchdog::Watchdog,
};
use crate::{
    error::{Error, LOG},
    reloader::{Meter, Reloader},
    report::Report,
    section::Reloadable,
    trigger::Trigger,
};

/// The words that systemd has for a service: that it is ready, that it reloads, its status in a line, and a sign of
/// life. For [`Builder::systemd`](crate::Builder::systemd); `docs/operators/systemd.md` has the unit file.
///
/// - `READY=1` is sent when [`start`](crate::Builder::start) returns, which is right where the service listens by then:
///   bind what the [`Boot`](crate::Boot) names before `start`, and clients wait in the queue of the socket until it
///   serves them. Where it listens later, say [`ready_later`](Self::ready_later).
/// - `RELOADING=1` with `MONOTONIC_USEC` is sent when a reload begins that a signal or a call asked for, whether
///   anything changes or not, and when other content is about to be taken over by itself. `READY=1` follows when it has
///   ended, also where it was refused: then `systemctl reload` of a unit with `Type=notify-reload` returns.
/// - `STATUS=` is the last report in one line, for `systemctl status`: verdict, time, trigger, generation, and the
///   first problem with its place. Every user of the machine can read it; it holds no secret.
/// - `WATCHDOG=1` is sent where [`watchdog`](Self::watchdog) is called.
/// - `STOPPING=1` is not sent, since a program may go on when its reloader is dropped, and systemd would kill it then.
///   It knows of a stop that it asks for.
///
/// The variables of systemd (`NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID`) are read by [`new`](Self::new) and stay
/// in the environment, so child processes have them; what those send is ignored with `NotifyAccess=main`, the default.
/// Without `NOTIFY_SOCKET`, and on other systems than Linux, nothing is sent. A socket of which nothing reads is logged
/// once, and refuses nothing; where systemd is busy, a reload waits for it for five seconds at most.
///
/// Only one reloader of a process can have it: systemd could not tell whose reload has ended.
///
/// ```
/// # use std::net::TcpListener;
/// # use dlc_reload::{Loader, Reloadable};
/// use dlc_reload::Systemd;
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(restart)] port: u16 }
///
/// let boot = Loader::<Config>::new().text("yaml", "port: 0").load()?;
/// let listener = TcpListener::bind(("127.0.0.1", boot.port)).unwrap();
/// let reloader = boot.reloader().systemd(Systemd::new()).start()?; // ready
/// # Ok::<(), dlc_reload::Error>(())
/// ```
#[derive(Clone)]
pub struct Systemd {
    link: Arc<Link>,
    is_ready_later: bool,
    /// The time that systemd gives between two signs of life, if it wants any.
    wanted: Option<Duration>,
    /// The time that a step may take until there are none, if the author wants any.
    limit: Option<Duration>,
}

impl Systemd {
    /// Takes the socket that the environment names.
    pub fn new() -> Self {
        let (link, wanted) = (Arc::new(Link::from_env()), watchdog::wanted());
        Self { link, is_ready_later: false, wanted, limit: None }
    }

    /// Leaves it to the program to say when it is [ready](Self::ready). Until then systemd is told of reloads by the
    /// status only, and it ends a service that does not get ready within `TimeoutStartSec`.
    ///
    /// ```
    /// # use std::net::TcpListener;
    /// # use dlc_reload::{Loader, Reloadable};
    /// use dlc_reload::Systemd;
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// # struct Config { #[reload(restart)] port: u16 }
    /// # let boot = Loader::<Config>::new().text("yaml", "port: 0").load()?;
    ///
    /// let systemd = Systemd::new().ready_later();
    /// let reloader = boot.reloader().systemd(systemd.clone()).start()?;
    /// let listener = TcpListener::bind(("127.0.0.1", reloader.handle().load().port)).unwrap();
    /// systemd.ready();
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    #[must_use]
    pub fn ready_later(mut self) -> Self {
        self.is_ready_later = true;
        self
    }

    /// Sends a sign of life twice in the time that `WatchdogSec=` gives, unless a [step](crate::RunningStep) of the
    /// reload thread takes longer than `limit`: then systemd aborts the service, and starts it anew where `Restart=`
    /// says so. Without `WatchdogSec=` it does nothing.
    ///
    /// Choose a limit that no hook and no source comes near, such as a minute. Without this call a hook that hangs
    /// holds up reloads and nothing else. The sign says nothing of the rest of the program: do not call this where the
    /// program sends one itself, as systemd would not notice any more that it has stopped. The signs end with the
    /// reloader, so drop that last.
    #[must_use]
    pub fn watchdog(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Tells systemd that the service is ready, where that was left to the program.
    pub fn ready(&self) {
        self.link.tell(|state| {
            state.is_ready = true;
            Some("READY=1\n".to_owned())
        });
    }

    /// Returns the part that is told of reloads.
    pub(crate) fn meter(&self) -> Arc<dyn Meter> {
        Arc::new(Told(Arc::clone(&self.link)))
    }

    /// Says that the service is ready, unless that is left to the program, and begins with the signs of life.
    ///
    /// # Errors
    ///
    /// A thread that cannot be started.
    pub(crate) fn started<C: Reloadable>(&self, reloader: &mut Reloader<C>) -> Result<(), Error> {
        if !self.link.is_up() {
            tracing::debug!(target: LOG, "systemd is told nothing, `{SOCKET}` is not set");
            return Ok(());
        }
        if let (Some(wanted), Some(limit)) = (self.wanted, self.limit) {
            let (link, controls) = (Arc::clone(&self.link), reloader.controls());
            reloader.attach(Box::new(Watchdog::start(link, controls, wanted, limit)?));
        }
        if !self.is_ready_later {
            self.ready();
        }
        Ok(())
    }
}

impl Default for Systemd {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Systemd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { is_ready_later, wanted, limit, .. } = self;
        f.debug_struct("Systemd")
            .field("is_ready_later", is_ready_later)
            .field("wanted", wanted)
            .field("limit", limit)
            .finish_non_exhaustive()
    }
}

/// The part that is told of reloads. It is dropped with the reload thread.
struct Told(Arc<Link>);

impl Meter for Told {
    fn begun(&self, trigger: &Trigger) {
        self.0.tell(|state| {
            if !state.is_ready {
                return None;
            }
            state.reloading = Some(trigger.clone());
            let now = Socket::monotonic_usec();
            let status = status::during(trigger, SystemTime::now());
            // In one message: systemd fails a reload otherwise.
            Some(format!("RELOADING=1\nMONOTONIC_USEC={now}\nSTATUS={status}\n"))
        });
    }

    fn reported(&self, report: &Report, _: bool) {
        self.0.tell(|state| {
            let ended = state.reloading.take_if(|trigger| trigger == report.trigger());
            let ready = if ended.is_some() { "READY=1\n" } else { "" };
            Some(format!("{ready}STATUS={}\n", status::after(report)))
        });
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        // A reload that waited for a file to be written does not run any more.
        self.0.tell(|state| state.reloading.take().map(|_| "READY=1\n".to_owned()));
    }
}
