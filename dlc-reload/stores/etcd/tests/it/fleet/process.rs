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

use dlc_reload::{Change, Commit, HookResult, Loader, Reloadable, Reloader, fleet::Fleet};
use dlc_reload_etcd::{Etcd, Options};
use serde::{Deserialize, Serialize};

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
    let loaded = Loader::<Config>::new().fleet(&fleet).load();
    let boot = loaded.unwrap_or_else(|error| {
        tracing::error!("cannot start: {error}");
        exit(1);
    });
    if boot.deadly {
        abort();
    }
    let builder = boot.reloader().hooks(Arc::new(Hooks)).fleet(fleet);
    let reloader = Arc::new(builder.start().unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("\nserves on {}", listener.local_addr().unwrap().port());
    let served = Arc::downgrade(&reloader);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let Some(reloader) = served.upgrade() else { return };
            let (config, reloader) = (reloader.handle(), Arc::downgrade(&reloader));
            thread::spawn(move || {
                let serve = || -> std::io::Result<()> {
                    serve(&stream, &config, &|| Some(sources(&*reloader.upgrade()?)))
                };
                let _ = serve(); // the client has hung up
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

fn sources(reloader: &Reloader<Config>) -> String {
    serde_json::to_string(&reloader.status().sources).unwrap()
}

fn serve(
    stream: &TcpStream,
    config: &dlc_reload::Handle<Config>,
    sources: &dyn Fn() -> Option<String>,
) -> std::io::Result<()> {
    let mut stream = stream;
    let requests = BufReader::new(stream);
    for request in requests.lines() {
        if request? == "rate" {
            let config = config.load();
            writeln!(stream, "{} {}", config.rate, config.double)?;
        } else {
            writeln!(stream, "{}", sources().unwrap_or_default())?;
        }
    }
    Ok(())
}
