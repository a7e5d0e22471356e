//! A small service to try the command on: `docs/operators/command.md` walks through it.
//!
//! It takes a directory, writes a `config.yaml` and the token of an operator into it unless they are there, and serves its
//! admin API on port 8080, or the one that is given, until Ctrl-C.

use std::{env, error::Error, fs, net::SocketAddr, path::Path};

use axum::Router;
use dlc_reload::{Loader, Reloadable, Secret, Watching, admin, admin::Tokens};
use serde::{Deserialize, Serialize};

/// The log.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Logging {
    /// The minimum severity that is written.
    #[reload(hot, live)]
    level: String,
}

/// The limits for clients.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Limits {
    /// Requests a second for one client in the European region.
    #[reload(hot, live)]
    eu: u32,
    /// Requests a second for one client in the American region.
    #[serde(default = "hundred")]
    #[reload(hot, live)]
    us: u32,
}

fn hundred() -> u32 {
    100
}

/// The server.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Server {
    /// The port that it listens on.
    #[reload(restart)]
    port: u16,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    /// The log.
    #[reload(nested)]
    logging: Logging,
    /// The limits for clients.
    #[reload(nested)]
    limits: Limits,
    /// The server.
    #[reload(nested)]
    server: Server,
    /// The key of the payment provider.
    #[reload(restart, secret)]
    api_key: Secret<String>,
    /// The operators.
    #[reload(hot, live)]
    tokens: Tokens,
}

/// The token of the operator `alice`, for this example alone: make your own with `openssl rand -base64 32`.
const TOKEN: &str = "b25seS1mb3ItdGhlLWV4YW1wbGUtb2YtdGhlLWNvbW1hbmQ=";

const CONFIG: &str = "\
logging:
  level: info
limits:
  eu: 50
server:
  port: 8080
api_key: '123456'
tokens:
  - name: alice
    role: operate
    sha256: fc2acfa25a1e6a385ca809fa47d768b91ef29dbc29fae68bc7329efaaf089582
";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let directory = arguments.next().ok_or("the directory of its files is missing")?;
    let port = arguments.next().map_or(Ok(8080), |port| port.parse())?;
    let file = Path::new(&directory).join("config.yaml");
    if !file.exists() {
        fs::create_dir_all(&directory)?;
        private(&file, CONFIG)?;
        private(&Path::new(&directory).join("token"), TOKEN)?;
    }
    // It changes when it is told to.
    let reloader =
        Loader::<Config>::new().file(&file).load()?.reloader().watch(Watching::Off).start()?;
    let tokens = reloader.watch(Config::fields().tokens());
    let app = Router::new().nest_service("/admin/config", admin::router(&reloader, tokens));
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    axum::serve(listener, app).await?;
    Ok(())
}

/// Writes a file that nobody else may read.
fn private(path: &Path, text: &str) -> std::io::Result<()> {
    fs::write(path, text)?;
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(())
}
