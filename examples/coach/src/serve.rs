//! Serving: connections, each with a limit to the time that the head of a request takes.

use std::{pin::pin, time::Duration};

use axum::{Extension, Router, extract::ConnectInfo, serve::Listener};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::net::TcpListener;

/// The time for the head of a request, also of one that follows another. After it, the connection ends.
const HEAD: Duration = Duration::from_secs(10);

/// Serves until it is asked to stop, and then until requests under way are finished.
///
/// `axum::serve` gives hyper no timer, and without one it waits for the end of a head for ever.
pub(crate) async fn serve(mut listener: TcpListener, app: Router, stop: impl Future<Output = ()>) {
    let mut http = Builder::new(TokioExecutor::new()).http1_only();
    http.http1().timer(TokioTimer::new()).header_read_timeout(HEAD);
    let connections = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let (stream, client) = tokio::select! {
            () = &mut stop => break,
            connection = Listener::accept(&mut listener) => connection,
        };
        // The admin API slows failed attempts by the address of the client.
        let app = TowerToHyperService::new(app.clone().layer(Extension(ConnectInfo(client))));
        let connection = http.serve_connection(TokioIo::new(stream), app).into_owned();
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection has failed");
            }
        });
    }
    // Nobody else gets in.
    drop(listener);
    connections.shutdown().await;
}
