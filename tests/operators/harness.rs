//! A service with an admin API on a port of its own, and ways to ask it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::Router;
use dlc_reload::{
    Boot, Loader, Reloadable, Reloader,
    admin::{Activity, Admin},
    fleet::Fleet,
};
use serde_json::Value;
use tokio::{net::TcpListener, runtime::Runtime};

use crate::config::{Config, Hooks, OPERATE, text};

/// The time that a test waits for anything.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A service whose configuration is in a file, and its admin API below `/admin/config`.
pub struct Service {
    pub reloader: Option<Reloader<Config>>,
    pub address: SocketAddr,
    pub activity: Activity,
    pub hooks: Arc<Hooks>,
    #[allow(dead_code, reason = "the test of the memory counts its tasks")]
    pub runtime: Runtime,
    file: PathBuf,
    _directory: tempfile::TempDir,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Checks that this is a refusal in the one shape, and returns its kind.
    pub fn refused(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let body = self.json();
        assert_eq!(body["status"], status, "{self:?}");
        assert!(body["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{self:?}");
        body["type"].as_str().unwrap().strip_prefix("urn:dlc-reload:").unwrap().to_owned()
    }
}

impl Service {
    pub fn start() -> Self {
        Self::start_with(|admin| admin)
    }

    pub fn start_with(set: impl FnOnce(Admin) -> Admin) -> Self {
        Self::start_in(None, set)
    }

    /// Starts it as the node of a fleet.
    pub fn start_in(fleet: Option<Fleet>, set: impl FnOnce(Admin) -> Admin) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("config.yaml");
        std::fs::write(&file, text(7)).unwrap();
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
        let hooks = Arc::<Hooks>::default();
        let loader = Loader::<Config>::new().file(&file);
        let builder = |boot: Boot<Config>| boot.reloader().hooks(Arc::clone(&hooks));
        let reloader = match fleet {
            Some(fleet) => builder(loader.fleet(&fleet).load().unwrap()).fleet(fleet).start(),
            None => builder(loader.load().unwrap()).start(),
        };
        let reloader = reloader.unwrap();
        let tokens = reloader.watch(Config::fields().tokens());
        let admin = set(Admin::new(&reloader, tokens));
        let activity = admin.activity();
        let app = Router::new().nest("/admin/config", admin.router());
        let (runtime, address) = serve(app);
        Self {
            reloader: Some(reloader),
            address,
            activity,
            hooks,
            runtime,
            file,
            _directory: directory,
        }
    }

    pub fn reloader(&self) -> &Reloader<Config> {
        self.reloader.as_ref().unwrap()
    }

    pub fn write(&self, text: &str) {
        std::fs::write(&self.file, text).unwrap();
    }

    /// Writes the file aside and moves it into place, so that nobody reads a part of it.
    pub fn replace(&self, text: &str) {
        let aside = self.file.with_extension("aside");
        // With its permissions.
        std::fs::copy(&self.file, &aside).unwrap();
        std::fs::write(&aside, text).unwrap();
        std::fs::rename(aside, &self.file).unwrap();
    }

    /// Sends a request with these headers beside the usual ones.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        send(self.address, method, &format!("/admin/config{path}"), headers, body)
    }

    /// Sends a request of the operator who may change things.
    pub fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        let bearer = bearer(OPERATE);
        let mut headers = vec![("authorization", &*bearer)];
        if !body.is_empty() {
            headers.push(("content-type", "application/json"));
        }
        self.send(method, path, &headers, body)
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "")
    }

    /// Waits until a hook is asked.
    pub fn asks_a_hook(&self) {
        let deadline = Instant::now() + PATIENCE;
        while self.get("/status").json()["running"]["step"] != "prepare" {
            assert!(Instant::now() < deadline, "{:?}", self.get("/status"));
        }
    }

    /// Opens the event stream.
    pub fn follow(&self, token: &str, last: Option<u64>) -> Events {
        let stream = TcpStream::connect(self.address).unwrap();
        self.follow_on(stream, token, last.map(|last| last.to_string()).as_deref())
    }

    /// Opens the event stream on a connection, after the event with this id.
    pub fn follow_on(&self, stream: TcpStream, token: &str, last: Option<&str>) -> Events {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let last = last.map(|last| format!("Last-Event-ID: {last}\r\n")).unwrap_or_default();
        write!(
            &stream,
            "GET /admin/config/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{last}\r\n"
        )
        .unwrap();
        let mut lines = BufReader::new(stream);
        let mut status = String::new();
        lines.read_line(&mut status).unwrap();
        assert!(status.starts_with("HTTP/1.1 200"), "{status}");
        Events { lines, place: String::new() }
    }
}

/// Lets the process have as many connections as there are, on both ends.
pub fn allow_connections() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
}

/// Serves an app on a port of its own.
pub fn serve(app: Router) -> (Runtime, SocketAddr) {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    runtime.spawn(async move { axum::serve(listener, app).await });
    (runtime, address)
}

pub fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// Sends a request on a connection of its own.
pub fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head += "Host: localhost\r\n";
    }
    if !body.is_empty() {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    raw(address, format!("{head}\r\n{body}").as_bytes())
}

/// Sends bytes and reads the answer to its end.
pub fn raw(address: SocketAddr, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // A server that refuses may close before it has read all.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    parse(&String::from_utf8(answer).unwrap())
}

pub fn parse(answer: &str) -> Answer {
    let (head, text) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer:?}"));
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap().parse().unwrap();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    Answer { status, headers, text: text.to_owned() }
}

/// An open event stream.
pub struct Events {
    lines: BufReader<TcpStream>,
    /// The id of the last event, from which a stream goes on.
    pub place: String,
}

/// An event.
#[derive(Debug, Default)]
pub struct Event {
    pub event: String,
    /// The number of the report.
    pub id: Option<String>,
    pub data: Value,
}

impl Events {
    /// Waits for the first lines, and returns the id to go on from.
    pub fn open(&mut self) -> String {
        let mut line = String::new();
        while !line.starts_with("id: ") {
            line.clear();
            assert!(self.lines.read_line(&mut line).expect("a line in time") > 0);
        }
        line["id: ".len()..].trim_end().to_owned()
    }

    /// Returns the next event, or none where the stream ends.
    pub fn next(&mut self) -> Option<Event> {
        let (mut event, begun) = (Event::default(), Instant::now());
        loop {
            // The comments of a quiet stream come in time.
            assert!(begun.elapsed() < PATIENCE, "no event in time");
            let mut line = String::new();
            if self.lines.read_line(&mut line).expect("an event in time") == 0 {
                return None;
            }
            // The last chunk, after which the connection stays.
            if line == "0\r\n" {
                return None;
            }
            match line.trim_end().split_once(": ") {
                Some(("event", kind)) => event.event = kind.to_owned(),
                Some(("id", id)) => {
                    id.clone_into(&mut self.place);
                    event.id = id.split('-').next().map(str::to_owned);
                }
                Some(("data", data)) => {
                    event.data = serde_json::from_str(data).unwrap();
                    return Some(event);
                }
                _ => {}
            }
        }
    }
}
