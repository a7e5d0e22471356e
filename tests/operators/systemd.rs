//! What systemd is told: the datagrams of a service that runs as a process of its own, as the variable that names the
//! socket is one of the process.

use std::{
    fs,
    io::{BufRead, BufReader, ErrorKind, Write},
    os::{
        linux::net::SocketAddrExt,
        unix::{
            fs::PermissionsExt,
            net::{SocketAddr, UnixDatagram},
        },
    },
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, channel},
    },
    time::{Duration, Instant},
};

use dlc_reload::{
    Change, Commit, HookResult, Loader, Reloadable, Secret, Systemd, Trigger, Watching,
};
use rustix::{
    process::{Pid, Signal, kill_process},
    time::{ClockId, clock_gettime},
};
use serde::{Deserialize, Serialize};

use crate::harness::PATIENCE;

/// Set where this binary is the service: to the names of what is wanted of it.
const SERVICE: &str = "DLC_RELOAD_TEST_SERVICE";

/// The beginning of a line of the service, among those of its test.
const SAID: &str = "the service says: ";

const PLANTED: &str = "planted-4c1ffe";

/// The rate with which the hook hangs until it is told to go on.
const HANGS: u32 = 666;

/// The time that a step may take until there is no sign of life.
const LIMIT: Duration = Duration::from_millis(100);

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot)]
    rate: u32,
    #[serde(default)]
    #[reload(restart)]
    port: u16,
    #[reload(restart, secret)]
    key: Secret<String>,
}

struct Hooks(Mutex<Receiver<()>>);

impl ConfigHooks for Hooks {
    fn on_rate(&self, rate: Change<'_, u32>) -> HookResult<'_> {
        if *rate.new == 0 {
            return Err("a rate of 0 would refuse every request".into());
        }
        if *rate.new == HANGS {
            self.0.lock().unwrap().recv()?;
        }
        Ok(Commit::none())
    }
}

/// The service of the other tests. It does what it reads, line by line, and says that it has done so.
#[test]
#[ignore = "the other tests run it, as a process of its own"]
fn service() {
    let wanted = std::env::var(SERVICE).unwrap();
    let boot = Loader::<Config>::new().file("config.yaml").load().unwrap();
    let (go_on, going_on) = channel();
    let watching = if wanted.contains("watch") { Watching::Always } else { Watching::Off };
    let mut systemd = Systemd::new();
    if !wanted.contains("no dog") {
        systemd = systemd.watchdog(LIMIT);
    }
    if wanted.contains("later") {
        systemd = systemd.ready_later();
    }
    let builder = boot.reloader().hooks(Arc::new(Hooks(Mutex::new(going_on))));
    let builder = builder.signals(true).watch(watching).systemd(systemd.clone());
    let reloader = builder.start().unwrap();
    println!("\n{SAID}started");
    for line in std::io::stdin().lines() {
        match &*line.unwrap() {
            "ready" => systemd.ready(),
            "go on" => go_on.send(()).unwrap(),
            "reload" => {
                let report = reloader.reload(Trigger::api("a test")).wait().unwrap();
                println!("\n{SAID}{}", report.verdict());
            }
            other => panic!("{other}"),
        }
    }
    drop(reloader);
    println!("\n{SAID}ended");
}

/// A service, and the socket on which it tells systemd of itself.
struct Told {
    socket: UnixDatagram,
    service: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    file: PathBuf,
    _directory: tempfile::TempDir,
}

fn text(rate: impl std::fmt::Display) -> String {
    format!("rate: {rate}\nkey: {PLANTED}\n")
}

impl Told {
    fn start(wanted: &str) -> Self {
        Self::start_with(wanted, &[])
    }

    fn start_with(wanted: &str, variables: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        Self::start_at(wanted, Some(path.to_str().unwrap()), variables, socket, directory)
    }

    fn start_at(
        wanted: &str,
        address: Option<&str>,
        variables: &[(&str, &str)],
        socket: UnixDatagram,
        directory: tempfile::TempDir,
    ) -> Self {
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let file = directory.path().join("config.yaml");
        fs::write(&file, text(7)).unwrap();
        // It holds a secret.
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let arguments = ["--ignored", "--exact", "systemd::service", "--nocapture"];
        // The shell knows the number of the process that it becomes.
        let own = r#"if [ "$WATCHDOG_PID" = own ]; then WATCHDOG_PID=$$; fi; exec "$0" "$@""#;
        let mut command = Command::new("sh");
        command.args(["-c", own]).arg(std::env::current_exe().unwrap()).args(arguments);
        for variable in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] {
            command.env_remove(variable);
        }
        command.envs(address.map(|address| ("NOTIFY_SOCKET", address)));
        command.env(SERVICE, wanted).envs(variables.iter().copied()).current_dir(&directory);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut service = command.spawn().unwrap();
        let input = service.stdin.take();
        let output = BufReader::new(service.stdout.take().unwrap());
        Self { socket, service, input, output, file, _directory: directory }
    }

    fn write(&self, text: &str) {
        fs::write(&self.file, text).unwrap();
    }

    fn say(&self, line: &str) {
        writeln!(self.input.as_ref().unwrap(), "{line}").unwrap();
    }

    /// Waits for what the service says next.
    fn said(&mut self, expected: &str) {
        let mut line = String::new();
        let said = loop {
            line.clear();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "not said: {expected}");
            if let Some(said) = line.strip_prefix(SAID) {
                break said.trim_end();
            }
        };
        assert_eq!(said, expected);
    }

    /// Ends the service as one that drops its reloader.
    fn end(&mut self) {
        self.input = None;
        self.said("ended");
        assert!(self.service.wait().unwrap().success());
    }

    /// Sends the signal that `systemctl reload` sends.
    fn hang_up(&self) {
        kill_process(Pid::from_child(&self.service), Signal::HUP).unwrap();
    }

    /// Returns the next message, or none within a time.
    fn heard_within(&self, time: Duration) -> Option<String> {
        self.socket.set_read_timeout(Some(time)).unwrap();
        let mut bytes = [0; 65_536];
        let length = match self.socket.recv(&mut bytes) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
            length => length.unwrap(),
        };
        // systemd throws longer ones away.
        assert!(length <= 4096, "{length} bytes");
        let message = String::from_utf8(bytes[..length].to_vec()).unwrap();
        assert!(!message.contains(PLANTED), "{message}");
        Some(message)
    }

    fn heard(&self) -> String {
        self.heard_within(PATIENCE).expect("a message in time")
    }

    /// Hears the report of the start, and that the service is ready.
    fn starts(&mut self) {
        let message = self.heard();
        assert!(message.starts_with("STATUS=started at "), "{message}");
        assert!(message.ends_with("Z, generation 1 in force\n"), "{message}");
        assert_eq!(self.heard(), "READY=1\n");
        self.said("started");
    }

    /// Hears that a reload begins after a moment.
    fn reloads(&self, since: i64, trigger: &str) {
        let message = self.heard();
        let lines: Vec<_> = message.lines().collect();
        let [first, clock, status] = lines[..] else { panic!("{message}") };
        assert_eq!(first, "RELOADING=1");
        let clock: i64 = clock.strip_prefix("MONOTONIC_USEC=").unwrap().parse().unwrap();
        assert!((since..=monotonic_usec()).contains(&clock), "{since} {clock}");
        assert!(status.starts_with("STATUS=reloading since "), "{message}");
        assert!(status.ends_with(&format!(" by {trigger}")), "{message}");
    }

    /// Hears how a reload has ended that waits for a writer: it begins anew at each sign of the file.
    fn ended(&self) -> String {
        loop {
            let message = self.heard();
            if !message.starts_with("RELOADING=1\n") {
                return message;
            }
        }
    }

    /// Hears that a reload has ended, and returns the status.
    fn reloaded(&self) -> String {
        let message = self.heard();
        let lines: Vec<_> = message.lines().collect();
        let ["READY=1", status] = lines[..] else { panic!("{message}") };
        status.strip_prefix("STATUS=").unwrap().to_owned()
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        let _ = self.service.kill();
        let _ = self.service.wait();
    }
}

fn monotonic_usec() -> i64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec * 1_000_000 + now.tv_nsec / 1_000
}

#[test]
fn systemd_waits_for_each_reload_that_it_asks_for() {
    let mut told = Told::start("");
    told.starts();
    let long = text("m".repeat(10_000));
    let both = format!("{}port: 81\n", text(8));
    let secret = text(PLANTED);
    for (text, expected) in [
        (&*text(8), &["applied at ", " by signal SIGHUP, generation 2 in force"][..]),
        (&*text(8), &["unchanged at ", ", generation 2 in force"]),
        (&both, &["pending restart at ", ", generation 2 in force, 1 value waits for a restart"]),
        (
            &*text(0),
            &["rejected at ", "force, 1 value waits for a restart: config.yaml:1:7: rate: a rate"],
        ),
        (
            "rate: many\nkey: 1\nport: x\n",
            &["rejected at ", ", 2 problems: config.yaml:1:7: rate: "],
        ),
        (&secret, &["rejected at ", ": config.yaml:1:7: rate: invalid type"]),
        (&long, &["rejected at ", ": config.yaml:1:7: rate: invalid type"]),
        ("rate: [", &["rejected at ", ": config.yaml:1:7: invalid YAML: "]),
        (&*text(9), &["applied at ", ", generation 3 in force"]),
    ] {
        told.write(text);
        let since = monotonic_usec();
        told.hang_up();
        told.reloads(since, "signal SIGHUP");
        let status = told.reloaded();
        for part in expected {
            assert!(status.contains(part), "{part:?} is not in {status:?}");
        }
    }
}

#[test]
fn the_program_says_when_it_is_ready() {
    let mut told = Told::start("later");
    assert!(told.heard().starts_with("STATUS=started at "));
    told.said("started");
    told.write(&text(8));
    told.hang_up();
    // No `READY=1`, which systemd would believe.
    assert!(told.heard().starts_with("STATUS=applied at "));
    told.say("ready");
    assert_eq!(told.heard(), "READY=1\n");
    told.say("reload");
    told.reloads(0, "api (a test)");
    assert!(told.reloaded().starts_with("unchanged at "));
    told.said("unchanged");
    told.end();
}

#[test]
fn other_content_is_told_of_when_it_is_taken_over() {
    let mut told = Told::start("watch");
    told.starts();
    told.write(&text(8));
    let message = told.heard();
    assert!(message.starts_with("RELOADING=1\nMONOTONIC_USEC="), "{message}");
    assert!(message.contains(" by file ") && message.contains("config.yaml"), "{message}");
    assert!(told.reloaded().starts_with("applied at "));
}

#[test]
fn a_reload_that_waits_for_a_writer_has_begun() {
    let mut told = Told::start("watch");
    told.starts();
    let mut half = fs::File::create(&told.file).unwrap();
    half.write_all(b"rate: ").unwrap();
    told.hang_up();
    told.reloads(0, "signal SIGHUP");
    half.write_all(text(8).strip_prefix("rate: ").unwrap().as_bytes()).unwrap();
    drop(half);
    let message = told.ended();
    assert!(message.starts_with("READY=1\nSTATUS=applied at "), "{message}");

    let half = fs::File::create(&told.file).unwrap();
    told.hang_up();
    told.reloads(0, "signal SIGHUP");
    told.end();
    drop(half);
    assert_eq!(told.ended(), "READY=1\n");
}

const ALIVE: &str = "WATCHDOG=1\n";

/// Hears signs of life until there is another message.
fn heard_beside_signs(told: &Told) -> String {
    loop {
        let message = told.heard();
        if message != ALIVE {
            return message;
        }
    }
}

#[test]
fn a_hook_that_hangs_is_no_sign_of_life() {
    let variables = [("WATCHDOG_USEC", "100000"), ("WATCHDOG_PID", "own")];
    let told = Told::start_with("", &variables);
    assert!(heard_beside_signs(&told).starts_with("STATUS=started at "));
    assert_eq!(heard_beside_signs(&told), "READY=1\n");
    for _ in 0..3 {
        assert_eq!(told.heard(), ALIVE);
    }

    told.write(&text(HANGS));
    told.hang_up();
    assert!(heard_beside_signs(&told).starts_with("RELOADING=1\n"));
    let deadline = Instant::now() + PATIENCE;
    while let Some(message) = told.heard_within(Duration::from_secs(1)) {
        assert!(message == ALIVE && Instant::now() < deadline, "{message}");
    }
    told.say("go on");
    assert!(heard_beside_signs(&told).starts_with("READY=1\nSTATUS=applied at "));
    assert_eq!(told.heard(), ALIVE);
}

#[test]
fn there_are_only_the_signs_of_life_that_both_sides_want() {
    for (wanted, variables) in [
        ("", &[("WATCHDOG_USEC", "1000"), ("WATCHDOG_PID", "1")][..]),
        ("", &[("WATCHDOG_USEC", "0")]),
        ("", &[]),
        ("no dog", &[("WATCHDOG_USEC", "1000")]),
    ] {
        let mut told = Told::start_with(wanted, variables);
        told.starts();
        assert_eq!(told.heard_within(Duration::from_millis(200)), None, "{wanted} {variables:?}");
    }
}

#[test]
fn an_abstract_address_is_one() {
    let directory = tempfile::tempdir().unwrap();
    let name = directory.path().to_str().unwrap().to_owned();
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let socket = UnixDatagram::bind_addr(&address).unwrap();
    let mut told = Told::start_at("", Some(&format!("@{name}")), &[], socket, directory);
    told.starts();
}

#[test]
fn a_service_without_systemd_reloads_as_any_other() {
    for address in [None, Some(""), Some("vsock:2:1234"), Some("/no/such/socket")] {
        let directory = tempfile::tempdir().unwrap();
        let socket = UnixDatagram::bind(directory.path().join("notify")).unwrap();
        let variables = [("WATCHDOG_USEC", "1000")];
        let mut told = Told::start_at("", address, &variables, socket, directory);
        told.said("started");
        told.write(&text(8));
        told.say("reload");
        told.said("applied");
        told.end();
        assert_eq!(told.heard_within(Duration::from_millis(1)), None);
    }
}
