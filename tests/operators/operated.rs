//! A service with an admin API, for those who ask it from outside. It prints its address, and ends when its input does.

mod config;

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
    middleware::map_request,
};
use dlc_reload::{
    Loader, Reloadable, admin,
    fleet::{Desk, Document, Fleet, MemoryStore, Plan},
};
use tokio::net::TcpListener;

use self::config::{Config, Hooks, OPERATE, READ, text};

/// Lets each request come from another address. Failed attempts from one would be slowed, and with them who makes many.
async fn from_another_address(mut request: Request) -> Request {
    static NEXT: AtomicU32 = AtomicU32::new(0x0a00_0000);
    let address = std::net::Ipv4Addr::from(NEXT.fetch_add(1, Ordering::Relaxed));
    request.extensions_mut().insert(ConnectInfo(std::net::SocketAddr::from((address, 1))));
    request
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("config.yaml");
    std::fs::write(&file, text(7))?;
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let store = MemoryStore::new("operated/test");
    let desk = Desk::new(Arc::new(store.client()), "olga");
    let document = Document { name: "fleet.yaml".into(), text: "rate: 8\n".into() };
    let version = desk.publish(vec![document], "a rate for all")?;
    desk.start(version, Plan::careful(), "a rate for all")?;
    let fleet = Fleet::new(store.client(), "n1").label("region", "eu");
    let boot = Loader::<Config>::new().file(&file).fleet(&fleet).load()?;
    let reloader = boot.reloader().hooks(Arc::<Hooks>::default()).fleet(fleet).start()?;
    let tokens = reloader.watch(Config::fields().tokens());
    let app = Router::new().nest_service("/admin/config", admin::router(&reloader, tokens));
    let app = app.layer(map_request(from_another_address));

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
