//! The harness: it starts the service, talks to it, and reads its log line by line.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The configuration that most tests start with.
pub(crate) const CONFIG: &str = "\
server:
  host: 127.0.0.1
  port: 0
logging:
  level: info
  json: true
api:
  v2_enabled: false
telemetry:
  enabled: true
  sampler:
    type: always_on
    ratio: 1.0
auth:
  jwt:
    ttl: 24h
  jwt_secret: the-signing-secret
  admin_master_password: the-admin-password
database:
  password: the-database-password
";

/// The secrets in it, which must never appear.
pub(crate) const SECRETS: [&str; 3] =
    ["the-signing-secret", "the-admin-password", "the-database-password"];

/// Longer than anything here takes on a busy machine; a wait that gets this far has failed.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// [`CONFIG`] with one piece of text replaced.
pub(crate) fn edited(from: &str, to: &str) -> String {
    assert!(CONFIG.contains(from), "`{from}` is not in the configuration");
    CONFIG.replace(from, to)
}

/// A running service with a configuration file of its own.
pub(crate) struct Coach {
    child: Child,
    log: Arc<Log>,
    file: PathBuf,
    base: String,
    agent: ureq::Agent,
    _folder: TempDir,
}

/// A response of the service.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    /// True if the request was sampled; absent if the response does not say.
    pub(crate) sampled: Option<bool>,
}

impl Coach {
    /// Starts the service as in production: it watches nothing.
    pub(crate) fn start(config: &str) -> Self {
        Self::start_with(config, &[])
    }

    /// Starts the service as in development: it watches its file.
    pub(crate) fn develop(config: &str) -> Self {
        Self::start_with(config, &[("DLC_ENV", "development")])
    }

    /// Starts the service with environment variables.
    pub(crate) fn start_with(config: &str, env: &[(&str, &str)]) -> Self {
        Self::start_as(config, &[], env)
    }

    /// Starts the service with arguments and environment variables.
    pub(crate) fn start_as(config: &str, arguments: &[&str], env: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("config.yaml");
        write_private(&file, config).unwrap();
        let mut command = command(&file);
        let mut child = command.args(arguments).envs(env.iter().copied()).spawn().unwrap();
        let log = Log::read(&mut child);
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(DEADLINE))
            // The service ends a connection that is idle, perhaps while the next request is on its way.
            .max_idle_connections(0)
            .build()
            .into();
        let mut coach = Self { child, log, file, base: String::new(), agent, _folder: folder };
        coach.base = coach.logged(|line| {
            Some(line["message"].as_str()?.strip_prefix("listening on ")?.to_owned())
        });
        coach
    }

    /// Returns the configuration file.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Replaces the configuration file, as an editor that writes in place.
    pub(crate) fn write(&self, config: &str) {
        write_private(&self.file, config).unwrap();
    }

    /// Replaces the configuration file by another one, as an editor that writes aside and renames.
    pub(crate) fn replace(&self, config: &str) {
        let aside = self.file.with_file_name(".config.yaml.swp");
        write_private(&aside, config).unwrap();
        fs::rename(aside, &self.file).unwrap();
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        answer(self.agent.get(self.url(path)).call())
    }

    pub(crate) fn get_as(&self, token: &str, path: &str) -> Answer {
        answer(
            self.agent
                .get(self.url(path))
                .header("Authorization", format!("Bearer {token}"))
                .call(),
        )
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        answer(self.agent.post(self.url(path)).send_json(body))
    }

    pub(crate) fn post_as(&self, token: &str, path: &str, body: &Value) -> Answer {
        let request = self.agent.post(self.url(path));
        answer(request.header("Authorization", format!("Bearer {token}")).send_json(body))
    }

    /// Returns the body of a response that goes on.
    pub(crate) fn stream_as(&self, token: &str, path: &str) -> impl BufRead + use<> {
        let request = self.agent.get(self.url(path));
        let response = request.header("Authorization", format!("Bearer {token}")).call().unwrap();
        BufReader::new(response.into_body().into_reader())
    }

    /// Returns the body of a response that is no JSON.
    pub(crate) fn text(&self, path: &str) -> String {
        self.agent.get(self.url(path)).call().unwrap().body_mut().read_to_string().unwrap()
    }

    /// Logs the admin in and returns the token.
    pub(crate) fn log_in(&self) -> String {
        let answer = self.post(
            "/api/v1/auth/login",
            &json!({ "username": "admin", "password": "the-admin-password" }),
        );
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["token"].as_str().unwrap().to_owned()
    }

    /// Reloads through the admin interface.
    pub(crate) fn reload(&self) -> Answer {
        self.reload_as(&self.log_in())
    }

    pub(crate) fn reload_as(&self, token: &str) -> Answer {
        let url = self.url("/api/admin/reload-config");
        answer(self.agent.post(url).header("Authorization", format!("Bearer {token}")).send_empty())
    }

    /// Waits for the log to hold a line that `find` finds something in.
    pub(crate) fn logged<T>(&self, find: impl Fn(&Value) -> Option<T>) -> T {
        self.log.wait(|lines| {
            lines
                .iter()
                .filter_map(|line| serde_json::from_str(line).ok())
                .find_map(|line: Value| find(&line))
        })
    }

    /// Waits until `condition` holds. It is checked again whenever the service has logged something.
    pub(crate) fn until(&self, condition: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        let mut seen = 0;
        while !condition(self) {
            seen = self.log.wait_for_more(seen, deadline);
        }
    }

    /// Returns the lines that the service has written so far.
    pub(crate) fn output(&self) -> String {
        self.log.lock().lines.join("\n")
    }

    pub(crate) fn send(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).unwrap();
    }

    /// Waits until the service has ended, and returns its exit status.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        self.log.wait_for_end();
        self.child.wait().unwrap()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

impl Drop for Coach {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("the service wrote:\n{}", self.output());
        }
    }
}

/// Returns the command that starts the service with a configuration file, without the variables of
/// the tests' own environment.
pub(crate) fn command(config: &Path) -> Command {
    let mut command = bare_command();
    command.arg("--config").arg(config);
    command
}

/// Returns the command that starts the service with the configuration file that is shipped with it.
pub(crate) fn bare_command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_coach"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for (name, _) in
        std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("DLC_"))
    {
        command.env_remove(name);
    }
    command
}

/// Returns a field of the response of `/api/admin/config`.
pub(crate) fn field<'a>(status: &'a Value, key: &str) -> &'a Value {
    let mut fields = status["fields"].as_array().into_iter().flatten();
    fields.find(|field| field["key"] == key).unwrap_or_else(|| panic!("no {key} in {status}"))
}

fn answer(result: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answer {
    let mut response = result.unwrap();
    let trace = response.headers().get("traceresponse").map(|value| value.to_str().unwrap());
    Answer {
        status: response.status().as_u16(),
        sampled: trace.map(|trace| trace.ends_with("-01")),
        body: response.body_mut().read_json().unwrap(),
    }
}

/// The lines that a service has written, to either stream, in the order in which they came.
struct Log {
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Default)]
struct State {
    lines: Vec<String>,
    open_streams: usize,
}

impl Log {
    fn read(child: &mut Child) -> Arc<Self> {
        let log = Arc::new(Self {
            state: Mutex::new(State { open_streams: 2, ..State::default() }),
            news: Condvar::new(),
        });
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        log.follow(stdout);
        log.follow(stderr);
        log
    }

    fn follow(self: &Arc<Self>, stream: impl Read + Send + 'static) {
        let log = Arc::clone(self);
        thread::spawn(move || {
            for line in BufReader::new(stream).lines() {
                log.lock().lines.push(line.unwrap());
                log.news.notify_all();
            }
            log.lock().open_streams -= 1;
            log.news.notify_all();
        });
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A wait that fails panics while it holds the lock, and then the log is wanted most.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<T>(&self, find: impl Fn(&[String]) -> Option<T>) -> T {
        let deadline = Instant::now() + DEADLINE;
        let mut seen = 0;
        loop {
            if let Some(found) = find(&self.lock().lines) {
                return found;
            }
            seen = self.wait_for_more(seen, deadline);
        }
    }

    /// Waits for more than `seen` lines, and returns their number.
    fn wait_for_more(&self, seen: usize, deadline: Instant) -> usize {
        let left = deadline.saturating_duration_since(Instant::now());
        let state = self.lock();
        let (state, _) = self
            .news
            .wait_timeout_while(state, left, |state| {
                state.lines.len() <= seen && state.open_streams > 0
            })
            .unwrap();
        // Lines that keep coming do not move the deadline: checking the condition may cause them.
        assert!(
            state.lines.len() > seen && !left.is_zero(),
            "waited in vain; the service wrote:\n{}",
            state.lines.join("\n")
        );
        state.lines.len()
    }

    fn wait_for_end(&self) {
        let state = self.lock();
        let (state, timeout) =
            self.news.wait_timeout_while(state, DEADLINE, |state| state.open_streams > 0).unwrap();
        assert!(
            !timeout.timed_out(),
            "the service did not end; it wrote:\n{}",
            state.lines.join("\n")
        );
    }
}

/// Writes a file that only its owner can read, as a file with secrets should be.
pub(crate) fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut file =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}
