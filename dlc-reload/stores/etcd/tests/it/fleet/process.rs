//! A service that is a node of a fleet, as a process.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{abort, exit},
    sync::Arc,
    thread,
    time::Duration,
};

use dlc_reload::{
    Change, Commit, HookResult, Loader, Reloadable, Reloader,
    fleet::{Fleet, SigningKey},
};
use dlc_reload_etcd::{Etcd, Options};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde::{Deserialize, Serialize};

/// The key that a service trusts if it trusts any.
pub(super) const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIDD6QSg3fBoptAxO01HJ/gmhQTPHlIkaNyArpvvPjPq9\n-----END PRIVATE KEY-----\n";

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
pub(super) struct Config {
    #[reload(hot, live)]
    rate: u32,
    /// Twice the rate in every version.
    #[reload(hot, live)]
    double: u32,
    /// True if the service cannot bear the version.
    #[serde(default)]
    #[reload(hot)]
    deadly: bool,
    /// The time that a hook takes, in milliseconds.
    #[serde(default)]
    #[reload(hot)]
    slow: u64,
}

pub(super) struct Hooks;

impl ConfigHooks for Hooks {
    fn on_deadly(&self, deadly: Change<'_, bool>) -> HookResult<'_> {
        let deadly = *deadly.new;
        Ok(Commit::new(move || {
            if deadly {
                abort();
            }
        }))
    }

    fn on_slow(&self, slow: Change<'_, u64>) -> HookResult<'_> {
        thread::sleep(Duration::from_millis(*slow.new));
        Ok(Commit::none())
    }
}

#[test]
#[ignore = "the process that other tests start"]
fn run() {
    let variable = |name: &str| std::env::var(name).unwrap();
    let (address, name, options) =
        (variable("NODE_ADDRESS"), variable("NODE_NAME"), variable("NODE_OPTIONS"));
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    let has = |option: &str| options.split(' ').any(|given| given == option);
    let login = if has("user") { Options::new().user("node", "secret") } else { Options::new() };
    let store = Etcd::connect(&address, login).unwrap();
    let fleet = Fleet::new(store, name).splay(Duration::from_millis(50)).build("1.0");
    let fleet = if has("no-cache") { fleet } else { fleet.cache(Path::new("cache")) };
    let key = SigningKey::from_pem(KEY).unwrap().trusted();
    let fleet = if has("signed") { fleet.trust([key]) } else { fleet };
    let loader = Loader::<Config>::new().fleet(&fleet);
    let loader = if has("known-good") { loader.last_known_good("known-good") } else { loader };
    let metrics = PrometheusBuilder::new().install_recorder().unwrap();
    let loaded = loader.load();
    let boot = loaded.unwrap_or_else(|error| {
        tracing::error!("cannot start: {error}");
        exit(1);
    });
    if boot.deadly {
        abort();
    }
    let builder = boot.reloader().hooks(Arc::new(Hooks)).fleet(fleet).metrics();
    let reloader = Arc::new(builder.start().unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("\nserves on {}", listener.local_addr().unwrap().port());
    let served = Arc::downgrade(&reloader);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let Some(reloader) = served.upgrade() else { return };
            let (config, metrics) = (reloader.handle(), metrics.clone());
            let reloader = Arc::downgrade(&reloader);
            thread::spawn(move || {
                let told = |request: &str| Some(told(request, &*reloader.upgrade()?, &metrics));
                let _ = serve(&stream, &config, &told); // the client has hung up
            });
        }
    });
    // The end of the input is the order to end.
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    while Arc::strong_count(&reloader) > 1 {
        thread::yield_now();
    }
    drop(reloader);
    exit(0);
}

/// What a service tells beside its rate: the state of its sources, the number of its last reload, or a metric.
fn told(request: &str, reloader: &Reloader<Config>, metrics: &PrometheusHandle) -> String {
    let status = reloader.status();
    match request {
        "sources" => serde_json::to_string(&status.sources).unwrap(),
        "reloads" => status.last_report.map_or(0, |report| report.id()).to_string(),
        metric => {
            let prefix = format!("{metric} ");
            let rendered = metrics.render();
            let value = rendered.lines().find_map(|line| line.strip_prefix(&prefix));
            value.unwrap_or_default().to_owned()
        }
    }
}

fn serve(
    stream: &TcpStream,
    config: &dlc_reload::Handle<Config>,
    told: &dyn Fn(&str) -> Option<String>,
) -> std::io::Result<()> {
    let mut stream = stream;
    let requests = BufReader::new(stream);
    for request in requests.lines() {
        let request = request?;
        if request == "rate" {
            let config = config.load();
            writeln!(stream, "{} {}", config.rate, config.double)?;
        } else {
            writeln!(stream, "{}", told(&request).unwrap_or_default())?;
        }
    }
    Ok(())
}
