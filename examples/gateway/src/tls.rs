//! The certificate of the gateway, and the handshakes that show it.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use arc_swap::ArcSwapOption;
use axum::serve::Listener;
use dlc_reload::units::FileText;
use tokio::{net::TcpStream, task::JoinSet, time::timeout};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        Error, ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
    server::TlsStream,
};
use tokio_util::either::Either;

/// The time that a client has for the handshake.
const PATIENCE: Duration = Duration::from_secs(10);

/// The certificate for the handshakes that begin now; none where the gateway speaks HTTP.
pub type Certificate = ArcSwapOption<ServerConfig>;

/// Makes of a certificate and its key what a handshake needs.
///
/// # Errors
///
/// They are no certificate and key in PEM, or not of each other. The reason quotes neither: even a certificate may be a
/// key that stands in the wrong place.
pub fn server(cert: &FileText, key: &FileText) -> Result<Arc<ServerConfig>, String> {
    let (cert_path, key_path) = (cert.path().display(), key.path().display());
    let no_cert = || format!("`{cert_path}` holds no certificate: write it there in PEM");
    let no_key = || {
        format!(
            "`{key_path}` holds no key of RSA, P-256, P-384 or Ed25519: \
             write it there in PEM, without a password"
        )
    };
    let others = || {
        format!(
            "`{key_path}` is not the key of the certificate in `{cert_path}`: renew both together"
        )
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(cert.text().as_bytes()).collect();
    let chain = chain.map_err(|_| no_cert())?;
    let key = PrivateKeyDer::from_pem_slice(key.text().as_bytes()).map_err(|_| no_key())?;
    let server = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key);
    server.map(Arc::new).map_err(|error| match error {
        Error::NoCertificatesPresented | Error::InvalidCertificate(_) => no_cert(),
        Error::InconsistentKeys(_) => others(),
        _ => no_key(),
    })
}

/// A connection with a client.
pub type Stream = Either<TcpStream, TlsStream<TcpStream>>;

/// The connections of a listener, after their handshakes.
#[derive(Debug)]
pub struct Handshakes<L> {
    incoming: L,
    certificate: Arc<Certificate>,
    /// A task for each, so that no client waits for another one.
    running: JoinSet<io::Result<(Stream, SocketAddr)>>,
}

impl<L> Handshakes<L> {
    /// Makes the end at which connections come out, each with the certificate of the moment in which it began.
    pub fn new(incoming: L, certificate: Arc<Certificate>) -> Self {
        Self { incoming, certificate, running: JoinSet::new() }
    }
}

impl<L: Listener<Io = TcpStream, Addr = SocketAddr>> Listener for Handshakes<L> {
    type Io = Stream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Stream, SocketAddr) {
        loop {
            tokio::select! {
                (stream, client) = self.incoming.accept() => {
                    let Some(server) = self.certificate.load_full() else {
                        return (Either::Left(stream), client);
                    };
                    let shaking = timeout(PATIENCE, TlsAcceptor::from(server).accept(stream));
                    self.running.spawn(async move { Ok((Either::Right(shaking.await??), client)) });
                }
                Some(done) = self.running.join_next() => {
                    // One that fails concerns nobody but its client.
                    if let Ok(Ok(connection)) = done {
                        return connection;
                    }
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.incoming.local_addr()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]
mod tests {
    use tokio::{io::AsyncReadExt as _, net::TcpListener};

    use super::*;

    /// The clock stands still, and moves to the next deadline when nothing else is left to do.
    #[tokio::test(start_paused = true)]
    async fn a_client_that_keeps_silent_is_sent_away() {
        let issued = rcgen::generate_simple_self_signed(["gateway".to_owned()]).unwrap();
        let (cert, key) = (issued.cert.pem(), issued.signing_key.serialize_pem());
        let server = server(&FileText::new("cert", cert), &FileText::new("key", key)).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let mut connections = Handshakes::new(listener, Arc::new(Some(server).into()));

        let mut byte = [0];
        tokio::select! {
            _ = connections.accept() => panic!("it has said nothing"),
            read = timeout(2 * PATIENCE, client.read(&mut byte)) => {
                assert_eq!(read.unwrap().unwrap(), 0);
            }
        }
    }
}
