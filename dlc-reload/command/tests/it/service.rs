//! A service with an admin API on a port of its own, and the command run against it.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc,
        mpsc::{Receiver, channel},
    },
    thread,
    time::Duration,
};

use axum::Router;
use dlc_reload::{
    Change, Commit, HookResult, Loader, Reloadable, Reloader, Secret,
    admin::{Admin, Tokens},
    testing::{Memory, Stage},
};
use serde::{Deserialize, Serialize};
use tokio::{
    net::{TcpListener, TcpSocket},
    runtime::Runtime,
};

/// The time that a test waits for anything.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The secret that must be in no output.
pub const PLANTED: &str = "pl4nted-s3cret-0f-th3-d4tab4se";

/// The token of `olga`, who may change things. No output has it.
pub const OPERATE: &str = "operate-token-of-the-tests";

/// The token of `rita`, who may look.
pub const READ: &str = "read-token-of-the-tests";

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
pub struct Logging {
    /// The minimum severity that is written.
    #[reload(hot, live)]
    pub level: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
pub struct Config {
    /// The log.
    #[reload(nested)]
    pub logging: Logging,
    /// Requests a second for one client.
    #[reload(hot)]
    pub rate: u32,
    /// Requests at once for one client.
    #[serde(default)]
    #[reload(hot)]
    pub burst: u32,
    /// The port that it listens on.
    #[reload(restart)]
    pub port: u16,
    /// The password of the database.
    #[reload(restart, secret)]
    pub password: Secret<String>,
    /// The operators.
    #[reload(hot, live)]
    pub tokens: Tokens,
}

struct Hooks;

impl ConfigHooks for Hooks {
    fn on_rate(&self, _: Change<'_, u32>) -> HookResult<'_> {
        Ok(Commit::none())
    }

    fn on_burst(&self, _: Change<'_, u32>) -> HookResult<'_> {
        Ok(Commit::none())
    }
}

/// The configuration with these values.
pub fn text(level: &str, rate: u32, burst: u32, port: u16) -> String {
    format!(
        "logging: {{level: {level}}}\nrate: {rate}\nburst: {burst}\nport: {port}\npassword: {PLANTED}\ntokens:\n\
         - {{name: olga, role: operate, sha256: 500ddb6b241786408bee2314432e640ba2fb9a17a91de7c42359aa32a84f6300}}\n\
         - {{name: rita, role: read, sha256: fb61e1fb8f69ae8c03c6aba297f099d33395c6dc8ea34a759e612595893da83d}}\n"
    )
}

/// The service, and a directory with the files of an operator.
pub struct Service {
    pub source: Memory,
    pub stage: Stage,
    pub reloader: Reloader<Config>,
    pub address: SocketAddr,
    pub directory: tempfile::TempDir,
    runtime: Option<Runtime>,
    /// Keeps the port from others while the service is down.
    _port: TcpSocket,
}

impl Service {
    pub fn start() -> Self {
        Self::start_with(|admin| admin)
    }

    pub fn start_with(set: impl FnOnce(Admin) -> Admin) -> Self {
        let source = Memory::yaml(text("info", 7, 1, 8080));
        let port = bound("127.0.0.1:0".parse().unwrap());
        let address = port.local_addr().unwrap();
        let (runtime, listener) = listen(address);
        let (stage, reloader) = serve(&runtime, listener, &source, set);
        let directory = tempfile::tempdir().unwrap();
        private(&directory.path().join("token"), OPERATE);
        private(&directory.path().join("reader"), READ);
        Self { source, stage, reloader, address, directory, runtime: Some(runtime), _port: port }
    }

    /// Ends the process of the service, as far as a client can see.
    pub fn stop(&mut self) {
        self.runtime.take().unwrap().shutdown_timeout(PATIENCE);
    }

    /// Starts another process of the service at the same address.
    pub fn start_again(&mut self) {
        let (runtime, listener) = listen(self.address);
        (self.stage, self.reloader) = serve(&runtime, listener, &self.source, |admin| admin);
        self.runtime = Some(runtime);
    }

    pub fn url(&self) -> String {
        format!("http://{}/admin/config", self.address)
    }

    pub fn token(&self) -> PathBuf {
        self.directory.path().join("token")
    }

    /// Returns the command with these arguments, as `olga` runs it.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(arguments);
        command.env("DLC_RELOAD_URL", self.url()).env("DLC_RELOAD_TOKEN_FILE", self.token());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        run(&mut self.command(arguments))
    }
}

/// Writes a file that nobody else may read.
pub fn private(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;

    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn listen(address: SocketAddr) -> (Runtime, TcpListener) {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
    let listener = runtime.block_on(async { bound(address).listen(1024) }).unwrap();
    (runtime, listener)
}

/// Returns a socket with an address, which others of this kind can have too.
fn bound(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseport(true).unwrap();
    socket.bind(address).unwrap();
    socket
}

fn serve(
    runtime: &Runtime,
    listener: TcpListener,
    source: &Memory,
    set: impl FnOnce(Admin) -> Admin,
) -> (Stage, Reloader<Config>) {
    let stage = Stage::new();
    let boot = Loader::<Config>::new().source(source.clone()).refuse_shrinking(0.2).load().unwrap();
    let reloader = boot.reloader().hooks(Arc::new(Hooks)).stage(&stage).start().unwrap();
    let tokens = reloader.watch(Config::fields().tokens());
    let app = Router::new().nest("/admin/config", set(Admin::new(&reloader, tokens)).router());
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    runtime.spawn(async move { axum::serve(listener, app).await });
    (stage, reloader)
}

/// Returns the command with these arguments and nothing of the environment of the test.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dlc-reload"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy().to_lowercase();
        if text.starts_with("dlc_") || text.ends_with("_proxy") || text.contains("color") {
            command.env_remove(name);
        }
    }
    command.args(arguments);
    command
}

/// A run of the command that has ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn new(status: ExitStatus, out: String, err: String) -> Self {
        for hidden in [PLANTED, OPERATE, READ] {
            assert!(!out.contains(hidden) && !err.contains(hidden), "{out}\n{err}");
        }
        Self { code: status.code().unwrap(), out, err }
    }

    /// Checks the exit code, and returns the output.
    #[track_caller]
    pub fn exits(&self, code: i32) -> &str {
        assert_eq!(self.code, code, "{self:?}");
        &self.out
    }

    /// Checks the exit code, and that both streams together have these texts.
    #[track_caller]
    pub fn says(&self, code: i32, texts: &[&str]) {
        assert_eq!(self.code, code, "{self:?}");
        for text in texts {
            assert!(self.out.contains(text) || self.err.contains(text), "{text}\n{self:?}");
        }
    }

    #[track_caller]
    pub fn json(&self, code: i32) -> serde_json::Value {
        assert_eq!(self.code, code, "{self:?}");
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

pub fn run(command: &mut Command) -> Ran {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran::new(output.status, text(output.stdout), text(output.stderr))
}

/// A run of the command that goes on; it is killed in the end.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (send, lines) = channel();
        let out = BufReader::new(child.stdout.take().unwrap()).lines();
        let err = BufReader::new(child.stderr.take().unwrap()).lines();
        let other = send.clone();
        thread::spawn(move || out.map_while(Result::ok).try_for_each(|line| send.send(line)));
        thread::spawn(move || err.map_while(Result::ok).try_for_each(|line| other.send(line)));
        Self { child, lines }
    }

    /// Waits for a line of either stream that has a text, and returns it.
    #[track_caller]
    pub fn line(&self, text: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no `{text}`"));
            assert!(!line.contains(PLANTED) && !line.contains(OPERATE), "{line}");
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Waits for the end, and returns the exit code.
    pub fn end(&mut self) -> i32 {
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
