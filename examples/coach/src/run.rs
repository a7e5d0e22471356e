//! The life of the process: load, start, serve, stop.

use std::{net::TcpListener, sync::Arc, time::Duration};

use anyhow::{Context as _, anyhow};
use dlc_reload::{Loader, Systemd, Watching, cli::LoadArgs, webhooks::Webhooks};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use crate::{
    config::{Config, Server},
    fleet::{FleetArgs, Node},
    hooks::Hooks,
    http::{self, App},
    logging,
    serve::serve,
    telemetry::{self, LiveSampler},
};

/// The time that requests under way may take after the service was asked to stop.
const GRACE: Duration = Duration::from_secs(10);

/// The time that is left for webhooks after the last request.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// The configuration file that is read where no `--config` is given.
const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config.yaml");

/// Returns the loader of the service alone, and of all that is asked about its configuration.
pub fn loader(load: &LoadArgs) -> Loader<Config> {
    layered(load, |file| file)
}

/// Returns the loader with what `lay` lays over the file; the environment lies over both.
fn layered(load: &LoadArgs, lay: impl FnOnce(Loader<Config>) -> Loader<Config>) -> Loader<Config> {
    lay(Loader::new().arguments(&load.or(CONFIG))).env("DLC")
}

/// Runs the service on its configuration, and that of its fleet, until it is asked to stop. Its files are watched in
/// these environments.
///
/// # Errors
///
/// The configuration is refused, with all its problems; or something that it names, such as the port,
/// is not available.
pub fn run(load: &LoadArgs, fleet: &FleetArgs, watching: Watching) -> anyhow::Result<()> {
    let mut node = fleet.node()?;
    let boot = layered(load, |file| node.lay(file))
        .load()
        .map_err(|error| anyhow!("cannot start with this configuration\n{error}"))?;

    let sampler = LiveSampler::new(&boot.telemetry.sampler);
    let traces = boot.telemetry.enabled.then(|| telemetry::provider(sampler.clone()));
    let filter = logging::install(&boot.logging, traces.as_ref().map(telemetry::layer))?;

    // Before the start, after which systemd takes the service for ready.
    let listener = listen(&boot.server)?;
    let webhooks = Arc::new(Webhooks::new(boot.webhooks.clone())?.service("coach"));
    // What is measured without a recorder is lost.
    let metrics = PrometheusBuilder::new().install_recorder()?;
    let builder = boot
        .reloader()
        .hooks(Arc::new(Hooks { filter, sampler }))
        .watch(watching)
        .signals(true)
        .metrics()
        .observer(Arc::clone(&webhooks) as _)
        .systemd(Systemd::new());
    let reloader = node.join(builder).start()?;
    let app = App { config: reloader.handle(), reloader: Arc::new(reloader), metrics };

    tokio::runtime::Runtime::new()?.block_on(serve_until_stopped(listener, app, &node))?;
    if !webhooks.wait_until_sent(LAST_WORDS) {
        tracing::warn!("stopping although webhooks wait");
    }
    if let Some(traces) = traces {
        traces.shutdown()?;
    }
    tracing::info!("stopped");
    Ok(())
}

/// Binds what the configuration names. From here on, clients wait until the service is there.
fn listen(server: &Server) -> anyhow::Result<TcpListener> {
    let Server { host, port, .. } = server;
    let listener = TcpListener::bind((host.as_str(), *port))
        .with_context(|| format!("server: cannot listen on {host}:{port}"))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

async fn serve_until_stopped(listener: TcpListener, app: App, node: &Node) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let mut stopping = stop_signal()?;
    // With port 0, this line is the only one that tells the port.
    tracing::info!("listening on http://{}", listener.local_addr()?);

    let asked = |mut stopping: watch::Receiver<()>| async move {
        let _ = stopping.changed().await;
    };
    let graceful = asked(stopping.clone());
    tokio::spawn(upkeep(app.metrics.clone()));
    let app = node.counted(http::router(app, asked(stopping.clone())));
    tokio::select! {
        () = serve(listener, app, graceful) => {}
        () = async { let _ = stopping.changed().await; tokio::time::sleep(GRACE).await } => {
            tracing::warn!("stopping although requests are still under way after {GRACE:?}");
        }
    }
    Ok(())
}

/// Sums up what was measured, so that it takes no more memory where nobody scrapes it.
async fn upkeep(metrics: PrometheusHandle) {
    let mut pause = tokio::time::interval(Duration::from_secs(5));
    loop {
        pause.tick().await;
        metrics.run_upkeep();
    }
}

/// Returns a receiver that changes once, when SIGTERM or SIGINT asks the process to stop.
fn stop_signal() -> anyhow::Result<watch::Receiver<()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (sender, receiver) = watch::channel(());
    tokio::spawn(async move {
        let name = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        tracing::info!("stopping on {name}");
        sender.send_replace(());
    });
    Ok(receiver)
}
