//! The harness: it starts the gateway, talks to it, and reads its log line by line.

use std::{
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::SocketAddr,
    os::unix::fs::{OpenOptionsExt, symlink},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use socket2::{Domain, Socket, Type};
use tempfile::TempDir;
use tokio_rustls::rustls::ClientConfig;

use crate::client::{Answer, Connection};

/// The token of the admin.
pub(crate) const TOKEN: &str = "the-admin-token";

/// Longer than anything here takes on a busy machine; a wait that gets this far has failed.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// A configuration that listens on any free port of this host.
pub(crate) fn config(rest: &str) -> String {
    listening("127.0.0.1:0", rest)
}

/// A configuration that listens on an address. Upstreams may take an hour, unless it says otherwise: what answers for
/// them may be held up for longer than the five seconds of the default.
pub(crate) fn listening(address: impl std::fmt::Display, rest: &str) -> String {
    let pool = if rest.contains("pool:") { "" } else { "pool: {timeout: 1h}\n" };
    format!("listen: {address}\nadmin: {{token: {TOKEN}}}\n{rest}\n{pool}")
}

/// A port on which nothing listens, and which nobody else is given until this is dropped. A gateway can listen on it,
/// because it shares ports.
pub(crate) struct Free {
    pub(crate) address: SocketAddr,
    _socket: Socket,
}

impl Free {
    pub(crate) fn find() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_reuse_address(true).unwrap();
        socket.set_reuse_port(true).unwrap();
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        Self { address, _socket: socket }
    }
}

/// A running gateway with a configuration file of its own.
pub(crate) struct Gateway {
    child: Child,
    log: Arc<Log>,
    file: PathBuf,
    /// The address that it had at its start.
    pub(crate) address: SocketAddr,
    /// The certificates that its clients trust, if it speaks HTTPS.
    trust: Option<Arc<ClientConfig>>,
    pub(crate) folder: TempDir,
}

impl Gateway {
    /// Starts the gateway as in production: it watches nothing.
    pub(crate) fn start(config: &str) -> Self {
        Self::start_with(config, &[])
    }

    /// Starts the gateway with arguments.
    pub(crate) fn start_with(config: &str, arguments: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("config.yaml");
        write_private(&file, config);
        let mut command = command(&file);
        command.args(arguments);
        Self::spawn(command, file, folder)
    }

    /// Starts the gateway as in development, where it watches `file` in `folder`.
    pub(crate) fn develop(file: PathBuf, folder: TempDir) -> Self {
        let mut command = command(&file);
        command.env("DLC_ENV", "development");
        Self::spawn(command, file, folder)
    }

    fn spawn(mut command: Command, file: PathBuf, folder: TempDir) -> Self {
        let mut child = command.spawn().unwrap();
        let log = Log::read(&mut child);
        let address = ([0, 0, 0, 0], 0).into();
        let mut gateway = Self { child, log, file, address, trust: None, folder };
        gateway.address = gateway.logged("listening on ", 1).parse().unwrap();
        gateway.logged("ready", 1);
        if gateway.address.ip().is_unspecified() {
            gateway.address.set_ip([127, 0, 0, 1].into());
        }
        gateway
    }

    /// Talks to it over HTTPS from now on.
    pub(crate) fn trusting(mut self, trust: &Arc<ClientConfig>) -> Self {
        self.trust = Some(Arc::clone(trust));
        self
    }

    pub(crate) fn connect(&self) -> io::Result<Connection> {
        match &self.trust {
            None => Connection::open(self.address),
            Some(trust) => Connection::secure(self.address, Arc::clone(trust)),
        }
    }

    /// Replaces the configuration file, as an editor that writes in place.
    pub(crate) fn write(&self, config: &str) {
        write_private(&self.file, config);
    }

    /// Replaces the configuration file and reloads; returns the status and the report.
    pub(crate) fn reload(&self, config: &str) -> (u16, Value) {
        self.write(config);
        let answer = self.connect().unwrap().request("POST", "/reload", TOKEN).unwrap();
        (answer.status, answer.json())
    }

    /// Reloads what has to be applied.
    pub(crate) fn apply(&self, config: &str) -> Value {
        let (status, report) = self.reload(config);
        assert_eq!((status, &report["verdict"]), (200, &"applied".into()), "{report}");
        report
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.connect().unwrap().get(path).unwrap()
    }

    /// Returns the value of a field that is in force.
    pub(crate) fn effective(&self, key: &str) -> Value {
        let status = self.get("/status").json();
        let mut fields = status["fields"].as_array().into_iter().flatten();
        let field = fields.find(|field| field["key"] == key);
        field.unwrap_or_else(|| panic!("no {key} in {status}"))["effective"].clone()
    }

    /// Waits for the line in which `text` stands for the n-th time, and returns what follows it there.
    pub(crate) fn logged(&self, text: &str, n: usize) -> String {
        self.log.wait(|lines| {
            let mut found = lines.iter().filter_map(|line| line.split_once(text));
            found.nth(n - 1).map(|(_, rest)| rest.to_owned())
        })
    }

    pub(crate) fn output(&self) -> String {
        self.log.state.lock().unwrap_or_else(PoisonError::into_inner).lines.join("\n")
    }

    pub(crate) fn send(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    pub(crate) fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits until the gateway has ended, and returns its exit status.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        self.log.wait_for_end();
        self.child.wait().unwrap()
    }
}

/// Starts the gateway and returns the output with which it refuses to start.
pub(crate) fn refused(config: &str, arguments: &[&str]) -> String {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("config.yaml");
    write_private(&file, config);
    let output = command(&file).args(arguments).output().unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

pub(crate) fn request(address: SocketAddr, method: &str, path: &str, token: &str) -> Answer {
    Connection::open(address).unwrap().request(method, path, token).unwrap()
}

/// Writes a file that only its owner can read, as a file with secrets should be.
pub(crate) fn write_private(path: &Path, text: &str) {
    let mut options = fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(path);
    file.unwrap().write_all(text.as_bytes()).unwrap();
}

/// Writes files as the kubelet does with those of a ConfigMap or Secret: a new directory, and a link that is replaced.
pub(crate) fn mount(folder: &Path, version: &str, files: &[(&str, &str)]) {
    let data = folder.join(version);
    fs::create_dir(&data).unwrap();
    for (name, text) in files {
        write_private(&data.join(name), text);
        // What is there already leads to the new directory as well.
        let _ = symlink(Path::new("..data").join(name), folder.join(name));
    }
    let aside = folder.join("..data_tmp");
    symlink(version, &aside).unwrap();
    fs::rename(aside, folder.join("..data")).unwrap();
}

fn command(file: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gateway"));
    let of_ours = |name: &str| name.starts_with("GATEWAY_") || name.starts_with("DLC_");
    for (name, _) in std::env::vars().filter(|(name, _)| of_ours(name)) {
        command.env_remove(name);
    }
    command.arg("--config").arg(file).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("the gateway wrote:\n{}", self.output());
        }
    }
}

/// The lines that a gateway has written, to either stream, in the order in which they came.
#[derive(Default)]
struct Log {
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Default)]
struct State {
    lines: Vec<String>,
    ended_streams: usize,
}

impl Log {
    fn read(child: &mut Child) -> Arc<Self> {
        let log = Arc::new(Self::default());
        log.follow(child.stdout.take().unwrap());
        log.follow(child.stderr.take().unwrap());
        log
    }

    fn follow(self: &Arc<Self>, stream: impl Read + Send + 'static) {
        let log = Arc::clone(self);
        thread::spawn(move || {
            for line in BufReader::new(stream).lines() {
                log.state.lock().unwrap().lines.push(line.unwrap());
                log.news.notify_all();
            }
            log.state.lock().unwrap().ended_streams += 1;
            log.news.notify_all();
        });
    }

    fn wait<T>(&self, find: impl Fn(&[String]) -> Option<T>) -> T {
        let (state, _) = self
            .news
            .wait_timeout_while(self.state.lock().unwrap(), DEADLINE, |state| {
                find(&state.lines).is_none() && state.ended_streams < 2
            })
            .unwrap();
        find(&state.lines)
            .unwrap_or_else(|| panic!("waited in vain; it wrote:\n{}", state.lines.join("\n")))
    }

    fn wait_for_end(&self) {
        let state = self.state.lock().unwrap();
        let running = |state: &mut State| state.ended_streams < 2;
        let (state, late) = self.news.wait_timeout_while(state, DEADLINE, running).unwrap();
        assert!(!late.timed_out(), "it did not end:\n{}", state.lines.join("\n"));
    }
}
