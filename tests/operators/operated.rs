//! A service with an admin API, for those who ask it from outside. It prints its address, and ends when its input does.

mod config;

use std::{net::SocketAddr, sync::Arc};

use axum::Router;
use dlc_reload::{Loader, Reloadable, admin};
use tokio::net::TcpListener;

use self::config::{Config, Hooks, OPERATE, READ, text};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("config.yaml");
    std::fs::write(&file, text(7))?;
    let boot = Loader::<Config>::new().file(&file).load()?;
    let reloader = boot.reloader().hooks(Arc::new(Hooks)).start()?;
    let tokens = reloader.watch(Config::fields().tokens());
    let app = Router::new().nest("/admin/config", admin::router(&reloader, tokens));
    let app = app.into_make_service_with_connect_info::<SocketAddr>();

    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("http://{}/admin/config", listener.local_addr()?);
        println!("{OPERATE}");
        println!("{READ}");
        let end = tokio::task::spawn_blocking(|| {
            std::io::copy(&mut std::io::stdin(), &mut std::io::sink())
        });
        let end = async { drop(end.await) };
        axum::serve(listener, app).with_graceful_shutdown(end).await
    })?;
    Ok(())
}
