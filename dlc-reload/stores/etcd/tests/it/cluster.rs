//! Members of etcd on this machine, on ports of their own.

use std::{
    fmt::Display,
    fs::{self, File},
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Condvar, Mutex,
        atomic::{AtomicU16, Ordering},
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    thread,
    time::{Duration, Instant},
};

use dlc_reload::{
    fleet::{Hint, Store},
    source::Guard,
};
use dlc_reload_etcd::{Etcd, Options};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// The time within which everything happens that has no bound of its own.
pub(crate) const SOON: Duration = Duration::from_secs(60);

/// The time after which a call is given up where that is not what is tested: the machine may be busy with other things.
const PATIENCE: Duration = Duration::from_secs(20);

/// The time within which members start and find a leader, on a machine that builds and tests beside it.
const START: Duration = Duration::from_secs(120);

/// A cluster, which ends with the test.
pub(crate) struct Cluster {
    pub(crate) folder: TempDir,
    pub(crate) members: Vec<Member>,
    scheme: &'static str,
    more: Vec<String>,
    _room: Room,
}

/// The room that members take on this machine, each of them 128 MB of the disk for its log alone.
struct Room(usize);

static FREE: Mutex<usize> = Mutex::new(9);
static FREED: Condvar = Condvar::new();

impl Room {
    /// Waits until there is room for so many members.
    fn take(members: usize) -> Self {
        *FREED.wait_while(FREE.lock().unwrap(), |free| *free < members).unwrap() -= members;
        Self(members)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        *FREE.lock().unwrap() += self.0;
        FREED.notify_all();
    }
}

/// A member.
pub(crate) struct Member {
    name: String,
    pub(crate) client: u16,
    peer: u16,
    health: u16,
    process: Option<Child>,
}

impl Cluster {
    /// Starts a cluster of so many members, and waits until it has a leader.
    pub(crate) fn start(members: usize) -> Self {
        Self::start_with(members, "http", &[])
    }

    /// Starts a cluster with more arguments.
    pub(crate) fn start_with(members: usize, scheme: &'static str, more: &[String]) -> Self {
        let room = Room::take(members);
        let members = (1..=members).map(|number| Member::new(&format!("m{number}"))).collect();
        let folder = tempfile::tempdir().unwrap();
        let mut cluster = Self { folder, members, scheme, more: more.to_vec(), _room: room };
        for index in 0..cluster.members.len() {
            cluster.run(index);
        }
        cluster.is_well();
        cluster
    }

    /// Starts a member, with what its folder has.
    pub(crate) fn run(&mut self, index: usize) {
        let initial: Vec<_> = self.members.iter().map(Member::initial).collect();
        let member = &self.members[index];
        let client = format!("{}://127.0.0.1:{}", self.scheme, member.client);
        let peer = format!("http://127.0.0.1:{}", member.peer);
        let log = self.folder.path().join(format!("{}.log", member.name));
        let log = File::options().create(true).append(true).open(log).unwrap();
        let process = Command::new(binary("etcd"))
            .args(["--name", &member.name, "--log-level", "warn", "--logger", "zap"])
            .args(["--initial-cluster-token", "of-a-test", "--initial-cluster", &initial.join(",")])
            .args(["--listen-client-urls", &client, "--advertise-client-urls", &client])
            .args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer])
            .args(["--listen-metrics-urls", &format!("http://127.0.0.1:{}", member.health)])
            // Members of a test lose their processes, never their machine. What is measured includes the disk.
            .args(cfg!(test).then_some("--unsafe-no-fsync"))
            .arg("--data-dir")
            .arg(self.data(index))
            .args(&self.more)
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.members[index].process = Some(process);
    }

    /// Replaces the one member by one that is restored from a snapshot.
    pub(crate) fn restore(&mut self, saved: &str, token: &str) {
        self.kill(0);
        let data = self.data(0);
        fs::remove_dir_all(&data).unwrap();
        let (data, initial) = (data.to_str().unwrap(), self.initial());
        let (name, peer) = initial.split_once('=').unwrap();
        let data = format!("--data-dir={data}");
        let name = format!("--name={name}");
        let peer = format!("--initial-advertise-peer-urls={peer}");
        let token = format!("--initial-cluster-token={token}");
        let initial = format!("--initial-cluster={initial}");
        ctl(&["snapshot", "restore", saved, &name, &initial, &token, &peer, &data]);
        self.run(0);
        self.is_well();
    }

    /// Waits until every member that runs has a leader.
    pub(crate) fn is_well(&mut self) {
        for member in self.members.iter_mut().filter(|member| member.process.is_some()) {
            let begun = Instant::now();
            while !member.is_well() {
                let goes_on = member.process.as_mut().unwrap().try_wait().unwrap().is_none();
                if !goes_on || begun.elapsed() > START {
                    let log = self.folder.path().join(format!("{}.log", member.name));
                    let log = fs::read_to_string(log).unwrap();
                    let lines: Vec<_> =
                        log.lines().filter(|line| !line.contains("/health")).collect();
                    panic!("a member is not well, it logged {lines:#?}");
                }
                thread::sleep(Duration::from_millis(20));
            }
        }
    }

    /// Kills a member, as a machine that loses its power.
    pub(crate) fn kill(&mut self, index: usize) {
        let mut process = self.members[index].process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// Stops a member, which keeps its connections.
    pub(crate) fn stop(&self, index: usize) {
        self.members[index].signal(Signal::STOP);
    }

    /// Lets a stopped member go on.
    pub(crate) fn go_on(&self, index: usize) {
        self.members[index].signal(Signal::CONT);
    }

    /// The folder of a member's data.
    pub(crate) fn data(&self, index: usize) -> PathBuf {
        self.folder.path().join(&self.members[index].name)
    }

    /// The argument of `etcd` and `etcdctl` that names all members.
    pub(crate) fn initial(&self) -> String {
        self.members.iter().map(Member::initial).collect::<Vec<_>>().join(",")
    }

    /// The member that is the leader.
    pub(crate) fn leader(&self) -> usize {
        let find = || {
            (0..self.members.len()).find(|index| {
                let member = &self.members[*index];
                let metrics =
                    member.process.as_ref().map(|_| member.ask("/metrics")).unwrap_or_default();
                metrics.lines().any(|line| line == "etcd_server_is_leader 1")
            })
        };
        let mut found = None;
        until("there is a leader", || {
            found = find();
            found.is_some()
        });
        found.unwrap()
    }

    /// The member that has a watch.
    pub(crate) fn watched(&self) -> Option<usize> {
        let mut running =
            (0..self.members.len()).filter(|index| self.members[*index].process.is_some());
        // One that was removed ends, and says nothing more.
        let watches = |index| self.metric(index, "etcd_debugging_mvcc_watcher_total").unwrap_or(0);
        running.find(|index| watches(*index) > 0)
    }

    /// The number of times that a member was asked for a watch.
    pub(crate) fn watches(&self, index: usize) -> u64 {
        let rpc = r#"grpc_server_started_total{grpc_method="Watch",grpc_service="etcdserverpb.Watch",grpc_type="bidi_stream"}"#;
        self.metric(index, rpc).unwrap()
    }

    /// The number of reads that a member has answered.
    pub(crate) fn reads(&self, index: usize) -> u64 {
        let rpc = r#"grpc_server_handled_total{grpc_code="OK",grpc_method="Range",grpc_service="etcdserverpb.KV",grpc_type="unary"}"#;
        self.metric(index, rpc).unwrap()
    }

    /// The number of bytes that a member has sent to clients.
    pub(crate) fn sent(&self, index: usize) -> u64 {
        self.metric(index, "etcd_network_client_grpc_sent_bytes_total").unwrap()
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
    fn metric(&self, index: usize, name: &str) -> Option<u64> {
        let metrics = self.members[index].ask("/metrics");
        let value = metrics.lines().find_map(|line| line.strip_prefix(name));
        // A large one is written with an exponent.
        value?.trim().parse().ok().map(|value: f64| value as u64)
    }

    /// The address of a fleet on these members, in this order.
    pub(crate) fn address(&self, members: &[usize]) -> String {
        let members: Vec<_> = members
            .iter()
            .map(|index| format!("127.0.0.1:{}", self.members[*index].client))
            .collect();
        format!("etcd://{}/coach/test", members.join(","))
    }

    /// A client of all members.
    pub(crate) fn client(&self) -> Etcd {
        self.client_with(patient())
    }

    /// A client of all members with these options.
    pub(crate) fn client_with(&self, options: Options) -> Etcd {
        let all: Vec<_> = (0..self.members.len()).collect();
        Etcd::connect(&self.address(&all), options).unwrap()
    }

    /// A client of one member.
    pub(crate) fn client_of(&self, member: usize) -> Etcd {
        Etcd::connect(&self.address(&[member]), patient()).unwrap()
    }

    /// Runs `etcdctl` against all members that run, and returns what it prints.
    pub(crate) fn ctl(&self, arguments: &[&str]) -> String {
        let running = self.members.iter().filter(|member| member.process.is_some());
        let endpoints: Vec<_> = running
            .map(|member| format!("{}://127.0.0.1:{}", self.scheme, member.client))
            .collect();
        ctl(&[&["--endpoints", &endpoints.join(",")], arguments].concat())
    }
}

impl Member {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), client: port(), peer: port(), health: port(), process: None }
    }

    fn initial(&self) -> String {
        format!("{}=http://127.0.0.1:{}", self.name, self.peer)
    }

    fn signal(&self, signal: Signal) {
        let process = self.process.as_ref().unwrap();
        kill_process(Pid::from_child(process), signal).unwrap();
    }

    /// The process of the member.
    pub(crate) fn id(&self) -> u32 {
        self.process.as_ref().unwrap().id()
    }

    fn is_well(&self) -> bool {
        self.ask("/health").contains("\"health\":\"true\"")
    }

    /// Asks the member over plain HTTP, and returns nothing where it does not answer.
    fn ask(&self, path: &str) -> String {
        let ask = || -> std::io::Result<String> {
            let mut stream = TcpStream::connect(("127.0.0.1", self.health))?;
            stream.set_read_timeout(Some(PATIENCE))?;
            write!(stream, "GET {path} HTTP/1.0\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        };
        ask().unwrap_or_default()
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// The options of a client that bears a busy machine.
pub(crate) fn patient() -> Options {
    Options::new().timeout(PATIENCE)
}

/// Runs `etcdctl` and returns what it prints.
pub(crate) fn ctl(arguments: &[&str]) -> String {
    let output = Command::new(binary("etcdctl"))
        .env("ETCDCTL_API", "3")
        .args(["--command-timeout=60s", "--dial-timeout=60s"])
        .args(arguments)
        .stdin(Stdio::null())
        .output();
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "etcdctl {arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn binary(name: &str) -> PathBuf {
    let folder = std::env::var("DLC_RELOAD_TEST_ETCD")
        .expect("DLC_RELOAD_TEST_ETCD names the folder of `etcd` and `etcdctl`; tests/fleet/etcd.sh gets them");
    Path::new(&folder).join(name)
}

/// A port that no other member gets: a cluster that began on the ports of one that ends would join it.
fn port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 12_000 + u16::try_from(std::process::id() % 50).unwrap() * 400;
    loop {
        // Below the ports that the system gives to those who connect.
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed) % 400;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn until(what: &str, is_so: impl FnMut() -> bool) {
    until_within(SOON, &what, is_so);
}

/// Waits until something is so, for as long as this.
#[track_caller]
pub(crate) fn until_within(within: Duration, what: &dyn Display, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < within, "not within {within:?}: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// The hints of a watch.
pub(crate) struct Hints {
    hints: Receiver<Hint>,
    _watch: Guard,
}

impl Hints {
    /// Watches a prefix, and waits until the watch is open.
    pub(crate) fn of(store: &dyn Store, prefix: &str) -> Self {
        let (sender, hints) = channel();
        let watch = store.watch(prefix, Box::new(move |hint| drop(sender.send(hint))));
        let hints = Self { hints, _watch: watch };
        assert_eq!(hints.next(SOON), Hint::Changed, "what a watch says when it is open");
        hints
    }

    /// The next hint.
    #[track_caller]
    pub(crate) fn next(&self, within: Duration) -> Hint {
        self.hints.recv_timeout(within).unwrap_or_else(|_| panic!("no hint within {within:?}"))
    }

    /// Hints up to one of this kind.
    #[track_caller]
    pub(crate) fn up_to(&self, within: Duration, is_it: impl Fn(&Hint) -> bool) -> Vec<Hint> {
        let begun = Instant::now();
        let mut seen = Vec::new();
        loop {
            match self.hints.recv_timeout(within.saturating_sub(begun.elapsed())) {
                Ok(hint) => seen.push(hint),
                Err(RecvTimeoutError::Timeout) => panic!("not within {within:?}, only {seen:?}"),
                Err(error) => panic!("{error}"),
            }
            if is_it(seen.last().unwrap()) {
                return seen;
            }
        }
    }

    /// The hints that have come until now.
    pub(crate) fn come(&self) -> Vec<Hint> {
        self.hints.try_iter().collect()
    }
}
