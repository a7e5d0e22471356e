//! The life of the process: load, start, serve, stop.

use std::{
    io::{IsTerminal as _, stdout},
    sync::Arc,
    time::Duration,
};

use anyhow::anyhow;
use dlc_reload::{Loader, Watching, cli::LoadArgs};
use tokio::{
    runtime::Runtime,
    signal::unix::{SignalKind, signal},
    sync::watch,
    time::sleep,
};

use crate::{
    access_log::Log,
    config::Config,
    hooks::Parts,
    http::{self, App},
    listen::{Incoming, Listeners},
    pool::Slots,
    rate::Limit,
    tls::{Certificate, Handshakes},
    upstreams::Upstreams,
};

/// The time that requests under way may take after the service was asked to stop.
const GRACE: Duration = Duration::from_secs(10);

/// The configuration file that is read where no `--config` is given.
const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config.yaml");

/// Returns the loader of the service, and of all that is asked about its configuration.
pub fn loader(load: &LoadArgs) -> Loader<Config> {
    Loader::new().arguments(&load.or(CONFIG)).env("GATEWAY")
}

/// Runs the service until it is asked to stop.
///
/// # Errors
///
/// The configuration is refused, with all its problems, those that a hook finds included.
pub fn run(loader: Loader<Config>) -> anyhow::Result<()> {
    tracing_subscriber::fmt().with_ansi(stdout().is_terminal()).init();
    let refused = |error| anyhow!("cannot start with this configuration\n{error}");
    let boot = loader.load().map_err(refused)?;

    let (listeners, incoming) = Listeners::new();
    let certificate = Arc::new(Certificate::empty());
    let connections = Handshakes::new(incoming, Arc::clone(&certificate));
    let parts = Arc::new(Parts {
        listeners,
        certificate,
        slots: Slots::none(),
        upstreams: Upstreams::default(),
        limit: Limit::default(),
        access_log: Log::default(),
    });
    let runtime = Runtime::new()?;
    let reloader = boot
        .reloader()
        .hooks(Arc::clone(&parts))
        .apply_at_start()
        .runtime(runtime.handle().clone())
        .watch(Watching::InDevelopment)
        .signals(true)
        .start()
        .map_err(refused)?;
    let app = App { config: reloader.handle(), reloader: Arc::new(reloader), parts };
    runtime.block_on(serve(connections, app))?;
    tracing::info!("stopped");
    Ok(())
}

async fn serve(connections: Handshakes<Incoming>, app: App) -> anyhow::Result<()> {
    let mut stopping = stop_signal()?;
    // The sockets are open since the hooks ran, but signals count only from now on.
    tracing::info!("ready");
    let mut asked = stopping.clone();
    let graceful = async move { _ = asked.changed().await };
    let server = axum::serve(connections, http::router(app)).with_graceful_shutdown(graceful);
    tokio::select! {
        result = server.into_future() => result?,
        () = async { _ = stopping.changed().await; sleep(GRACE).await } => {
            tracing::warn!("stopping although requests are still under way after {GRACE:?}");
        }
    }
    Ok(())
}

/// Returns a receiver that changes once, when SIGTERM or SIGINT asks the process to stop.
fn stop_signal() -> anyhow::Result<watch::Receiver<()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (sender, receiver) = watch::channel(());
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        sender.send_replace(());
    });
    Ok(receiver)
}
