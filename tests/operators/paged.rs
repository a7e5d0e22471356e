//! A service whose admin page a browser looks at. It prints the address of its admin API, its directory and its tokens,
//! one a line, and ends when its input does. Below `/a/b/wide` is a configuration of 10 000 fields, and below `/fleet`
//! a node of a fleet in which much goes on.

#[path = "paged/config.rs"]
mod config;
#[path = "paged/fleet.rs"]
mod fleet;
#[path = "paged/wide.rs"]
mod wide;

use std::{fs, net::SocketAddr, os::unix::fs::PermissionsExt};

use axum::Router;
use dlc_reload::{Loader, Reloadable, admin};
use tokio::net::TcpListener;

use self::{
    config::{Config, OPERATE, READ, text},
    wide::Wide,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("service.yaml");
    fs::write(&file, text())?;
    fs::set_permissions(&file, PermissionsExt::from_mode(0o600))?;
    let reloader = Loader::<Config>::new().file(&file).load()?.reloader().start()?;
    let tokens = reloader.watch(Config::fields().tokens());

    let wide = Loader::<Wide>::new().text("yaml", &wide::text()).load()?.reloader().start()?;
    let wide_admin = admin::router(&wide, reloader.watch(Config::fields().tokens()));
    let (node, _others) = fleet::node()?;
    let node_admin = admin::router(&node, reloader.watch(Config::fields().tokens()));
    let app = Router::new()
        // So that a slash at the end makes no difference.
        .nest_service("/admin/config", admin::router(&reloader, tokens))
        .nest("/a/b/wide", wide_admin)
        .nest_service("/fleet", node_admin);
    let app = app.into_make_service_with_connect_info::<SocketAddr>();

    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("http://{}", listener.local_addr()?);
        println!("{}", directory.path().display());
        println!("{OPERATE}");
        println!("{READ}");
        let end = tokio::task::spawn_blocking(|| {
            std::io::copy(&mut std::io::stdin(), &mut std::io::sink())
        });
        tokio::select! {
            served = axum::serve(listener, app) => served,
            // The event streams that are open would keep it from ending.
            _ = end => Ok(()),
        }
    })?;
    Ok(())
}
