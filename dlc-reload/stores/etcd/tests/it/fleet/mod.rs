//! Whole fleets: services in processes of their own that are nodes, members of etcd, and a desk.
//!
//! Each test is a row of the matrix of failures, with bounds that were written down before it ran.

mod apart;
mod faults;
mod process;
mod rollouts;

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use dlc_reload::fleet::{
    Desk, Document, Ending, Goal, NodeState, Outcome, Overview, Plan, Reach, Stage, Store,
};
use dlc_reload_etcd::Etcd;
use rustix::process::{Pid, Signal, kill_process};

use crate::cluster::{Cluster, SOON, until};

/// A fleet of services on a cluster.
struct World {
    cluster: Cluster,
    store: Arc<Etcd>,
    desk: Desk,
}

/// A service, in a process of its own.
#[derive(Debug)]
struct Node {
    name: String,
    process: Child,
    port: u16,
    /// Its end is the order to end.
    input: Option<ChildStdin>,
    log: PathBuf,
}

impl World {
    /// A cluster with a fleet whose version 1, `rate: 10`, is the stable one. It has no nodes yet.
    fn new(members: usize) -> Self {
        let cluster = Cluster::start(members);
        let store = Arc::new(cluster.client());
        let desk = Desk::new(store.clone(), "alice");
        let world = Self { cluster, store, desk };
        let first = world.publish(10, "");
        world.desk.start(first, plan(), "the first one").unwrap();
        world
    }

    /// The same with five nodes, which run version 1.
    fn with_five() -> (Self, Vec<Node>) {
        let world = Self::new(3);
        let nodes: Vec<_> = (1..=5).map(|number| world.begin(&format!("n{number}"), "")).collect();
        let nodes: Vec<_> = nodes.into_iter().map(|node| node.unwrap()).collect();
        world.run(SOON, &nodes, 1);
        (world, nodes)
    }

    /// Starts a service; `Err` has its log if it ends at once. One that has no copy and gets no answer within its two
    /// seconds is started again, as those do who run services.
    fn begin(&self, name: &str, options: &str) -> Result<Node, String> {
        let all: Vec<_> = (0..self.cluster.members.len()).collect();
        let (address, until) = (self.cluster.address(&all), Instant::now() + SOON);
        let mut read = 0;
        loop {
            match self.begin_at(&address, name, name, options) {
                Err(log) if log[read..].contains("no answer within") && Instant::now() < until => {
                    read = log.len();
                }
                begun => return begun,
            }
        }
    }

    /// Starts a service of this name, with a folder of its own.
    fn begin_at(
        &self,
        address: &str,
        name: &str,
        folder: &str,
        options: &str,
    ) -> Result<Node, String> {
        let folder = self.cluster.folder.path().join(folder);
        fs::create_dir_all(&folder).unwrap();
        let log = folder.join("log");
        let mut process = program(options)
            .args([
                "--exact",
                "fleet::process::run",
                "--ignored",
                "--nocapture",
                "--test-threads=1",
            ])
            .env("NODE_ADDRESS", address)
            .env("NODE_NAME", name)
            .env("NODE_OPTIONS", options)
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::options().create(true).append(true).open(&log).unwrap())
            .spawn()
            .unwrap();
        let input = process.stdin.take();
        let mut lines =
            BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let Some(port) = lines.find_map(|line| line.strip_prefix("serves on ")?.parse().ok())
        else {
            process.wait().unwrap();
            return Err(fs::read_to_string(log).unwrap());
        };
        thread::spawn(move || lines.for_each(drop));
        Ok(Node { name: name.to_owned(), process, port, input, log })
    }

    /// Publishes a version with this rate, and more lines.
    fn publish(&self, rate: u32, more: &str) -> u64 {
        let text = format!("rate: {rate}\ndouble: {}\n{more}", 2 * rate);
        self.desk.publish(vec![Document { name: "base.yaml".into(), text }], "a test").unwrap()
    }

    /// Publishes a version, takes it to the nodes, and waits for the end of that.
    fn roll_out(&self, within: Duration, rate: u32, more: &str) -> Ending {
        let version = self.publish(rate, more);
        self.desk.start(version, plan(), "a test").unwrap();
        self.desk.wait(Goal::Promoted, within).unwrap()
    }

    /// Publishes a version and promotes it stage by stage.
    fn promote(&self, within: Duration, rate: u32) -> u64 {
        let ending = self.roll_out(within, rate, "");
        assert_eq!(ending.outcome, Outcome::Reached, "{ending:?}");
        ending.version
    }

    /// Waits until these nodes say that they run a version.
    fn run(&self, within: Duration, nodes: &[Node], version: u64) {
        for node in nodes {
            self.state_of(within, &node.name, |state| state.running == Some(version));
        }
    }

    /// Waits until the state of a node is so, and returns it.
    #[track_caller]
    fn state_of(
        &self,
        within: Duration,
        node: &str,
        is_so: impl Fn(&NodeState) -> bool,
    ) -> NodeState {
        let begun = Instant::now();
        loop {
            let state = self.overview().and_then(|mut it| it.nodes.remove(node)).map(|it| it.state);
            if let Some(state) = state.clone().filter(&is_so) {
                return state;
            }
            assert!(begun.elapsed() < within, "not within {within:?}: node {node} says {state:#?}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// The fleet as it is; `None` while etcd does not answer.
    fn overview(&self) -> Option<Overview> {
        self.desk.overview().ok()
    }

    /// Writes a key of etcd as somebody does who knows nothing of fleets.
    fn meddle(&self, key: &str, change: impl Fn(String) -> String) {
        let found = self.store.get(key).unwrap().unwrap();
        let changed = change(String::from_utf8(found.value).unwrap());
        self.store.swap(key, found.revision, changed.as_bytes()).unwrap().unwrap();
    }
}

/// The program of a service: this one, with a clock that is wrong where the options say `clock=+1d`.
fn program(options: &str) -> Command {
    let this = std::env::current_exe().unwrap();
    let clock = options.split(' ').find_map(|option| option.strip_prefix("clock="));
    let Some(clock) = clock else { return Command::new(this) };
    let mut command = Command::new("faketime");
    // The time of day alone: that is what is wrong on a machine.
    command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").args(["-f", clock]).arg(this);
    command
}

/// A plan of three stages: one node, half of them, all.
fn plan() -> Plan {
    let (bake, deadline) = (Duration::from_millis(300), Duration::from_secs(60));
    let reaches = [Reach::Count(1), Reach::Share(0.5), Reach::Share(1.0)];
    Plan::new("of a test", reaches.map(|reach| Stage::new(reach, bake, deadline)).to_vec())
}

impl Node {
    /// Asks the service for its rate.
    fn rate(&self) -> u32 {
        ask(self.port, "rate").unwrap().trim().split_once(' ').unwrap().0.parse().unwrap()
    }

    /// Asks the service for the state of its sources.
    fn sources(&self) -> String {
        ask(self.port, "sources").unwrap()
    }

    /// Asks the service for the number of its last reload.
    fn reloads(&self) -> u64 {
        ask(self.port, "reloads").unwrap().trim().parse().unwrap()
    }

    /// Returns true if the metric of the service says that it is stale.
    fn is_stale(&self) -> bool {
        ask(self.port, "config_fleet_stale").unwrap().trim() == "1"
    }

    /// Stops the service, or lets it go on.
    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }

    /// Ends the service in an orderly way.
    fn end(mut self) {
        drop(self.input.take());
        self.process.wait().unwrap();
    }

    /// Kills the service.
    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Returns true if the process has ended.
    fn has_ended(&mut self) -> bool {
        self.process.try_wait().unwrap().is_some()
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn ask(port: u16, what: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    writeln!(stream, "{what}")?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer)?;
    Ok(answer)
}

/// Requests to services, without a pause.
struct Traffic {
    ends: Arc<AtomicBool>,
    clients: Vec<JoinHandle<Vec<u32>>>,
    /// The rate that each service answered with last; 0 before it has.
    last: Vec<Arc<AtomicU32>>,
}

impl Traffic {
    fn to(nodes: &[Node]) -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let last: Vec<_> = nodes.iter().map(|_| Arc::default()).collect();
        let client = |(node, last): (&Node, &Arc<AtomicU32>)| {
            let (ends, last, port) = (Arc::clone(&ends), Arc::clone(last), node.port);
            thread::spawn(move || requests(port, &ends, &last))
        };
        let clients = nodes.iter().zip(&last).map(client).collect();
        let traffic = Self { ends, clients, last };
        traffic.sees("all answer", |rate| rate > 0);
        traffic
    }

    /// Waits until each service has answered with such a rate.
    fn sees(&self, what: &str, is_it: impl Fn(u32) -> bool) {
        until(what, || self.last.iter().all(|last| is_it(last.load(Ordering::Relaxed))));
    }

    /// Ends it, and returns the rates that each service answered with, in order. No request has failed.
    fn end(self) -> Vec<Vec<u32>> {
        self.ends.store(true, Ordering::Relaxed);
        self.clients.into_iter().map(|client| client.join().unwrap()).collect()
    }
}

/// Asks a service for its rate until the end; one that does not answer, or answers with half of a version, is a
/// failure.
fn requests(port: u16, ends: &AtomicBool, last: &AtomicU32) -> Vec<u32> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap()).lines();
    let mut rates = Vec::new();
    while !ends.load(Ordering::Relaxed) {
        writeln!(stream, "rate").unwrap();
        let answer = answers.next().unwrap().unwrap();
        let (rate, double) = answer.split_once(' ').unwrap();
        let (rate, double): (u32, u32) = (rate.parse().unwrap(), double.parse().unwrap());
        assert_eq!(double, 2 * rate);
        if rates.last() != Some(&rate) {
            rates.push(rate);
        }
        last.store(rate, Ordering::Relaxed);
        thread::sleep(Duration::from_millis(5));
    }
    rates
}

/// Returns the time that something took.
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let done = work();
    (done, begun.elapsed())
}
