//! The sockets that take connections, which can move while requests run.
//!
//! One server has all connections, from whichever socket they come. A move opens a socket and closes another one;
//! connections that are open are not touched.

use std::{
    collections::BTreeMap,
    future, io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::serve::Listener;
use socket2::{Domain, Socket, Type};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{mpsc, oneshot},
    time::sleep,
};

/// The time for which a socket that was replaced goes on: a client may be in the middle of a handshake with it.
const LINGER: Duration = Duration::from_secs(1);

/// Connections that wait for the kernel, and that wait for the server.
const BACKLOG: u16 = 1024;

/// The sockets that are open.
#[derive(Debug)]
pub struct Listeners {
    open: Mutex<Open>,
    connections: mpsc::Sender<Connection>,
}

/// The sockets of one moment, by address.
pub type Open = BTreeMap<SocketAddr, Arc<Acceptor>>;

type Connection = (TcpStream, SocketAddr);

/// The task that takes the connections of one socket. Once nothing holds it any more it ends, after a second.
#[derive(Debug)]
pub struct Acceptor {
    _until_dropped: oneshot::Sender<()>,
}

/// A socket that has its address, and takes no connections yet.
#[derive(Debug)]
pub struct Bound {
    address: SocketAddr,
    /// Absent if one with this address is open already.
    socket: Option<Socket>,
}

impl Listeners {
    /// Makes a set without sockets, and the end at which their connections come out.
    pub fn new() -> (Self, Incoming) {
        let (connections, incoming) = mpsc::channel(BACKLOG.into());
        (Self { open: Mutex::default(), connections }, Incoming(incoming))
    }

    /// Takes an address. It leaves no trace if the socket is dropped, because nothing listens yet.
    ///
    /// The address may overlap with an open one, as `0.0.0.0:80` does with `127.0.0.1:80`. The price of `SO_REUSEPORT`
    /// is that a second process of this user could take it, too.
    ///
    /// # Errors
    ///
    /// The address is not of this machine, or is taken.
    pub fn bind(&self, address: SocketAddr) -> io::Result<Bound> {
        if self.lock().contains_key(&address) {
            return Ok(Bound { address, socket: None });
        }
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        if address.is_ipv6() {
            socket.set_only_v6(false)?;
        }
        socket.set_reuse_address(true)?;
        socket.set_reuse_port(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        Ok(Bound { address, socket: Some(socket) })
    }

    /// Listens on this socket instead of the others, and returns the sockets of before. They go on until they are
    /// dropped.
    ///
    /// A socket whose address is part of the new one stays open: closing it would reset the connections that the kernel
    /// gives to it in this moment.
    ///
    /// # Errors
    ///
    /// The kernel refuses to listen there.
    pub fn open(&self, Bound { mut address, socket }: Bound) -> io::Result<Open> {
        let acceptor = match socket {
            None => None,
            Some(socket) => {
                socket.listen(BACKLOG.into())?;
                let listener = TcpListener::from_std(socket.into())?;
                address = listener.local_addr()?;
                Some(Arc::new(Acceptor::spawn(listener, address, self.connections.clone())))
            }
        };
        let mut open = self.lock();
        let mut now = open.clone();
        now.retain(|other, _| covers(address, *other));
        now.extend(acceptor.map(|acceptor| (address, acceptor)));
        Ok(std::mem::replace(&mut *open, now))
    }

    /// Goes back to the sockets of before.
    pub fn restore(&self, before: Open) {
        *self.lock() = before;
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns true if a socket at the first address takes what is sent to the second one.
fn covers(address: SocketAddr, other: SocketAddr) -> bool {
    let any = address.ip().is_unspecified() && (address.is_ipv6() || other.is_ipv4());
    address.port() == other.port() && (any || address.ip() == other.ip())
}

impl Acceptor {
    fn spawn(
        listener: TcpListener,
        address: SocketAddr,
        connections: mpsc::Sender<Connection>,
    ) -> Self {
        let (until_dropped, dropped) = oneshot::channel();
        // With port 0, this line is the only one that tells the port.
        tracing::info!("listening on {address}");
        tokio::spawn(async move {
            tokio::select! {
                // First, so that no connection is left behind in the queue of the kernel.
                biased;
                () = accept(&listener, &connections) => {}
                () = async { let _ = dropped.await; sleep(LINGER).await } => {}
            }
            drop(listener);
            tracing::info!("closed {address}");
        });
        Self { _until_dropped: until_dropped }
    }
}

/// Takes connections until the server is gone.
async fn accept(listener: &TcpListener, connections: &mpsc::Sender<Connection>) {
    // The place first: a connection that was taken is never dropped.
    while let Ok(place) = connections.reserve().await {
        match listener.accept().await {
            Ok(connection) => place.send(connection),
            Err(error) => {
                tracing::warn!(%error, "cannot take a connection");
                // Such as too many open files: it takes a while until there are fewer.
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// The connections of all sockets.
#[derive(Debug)]
pub struct Incoming(mpsc::Receiver<Connection>);

impl Listener for Incoming {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> Connection {
        match self.0.recv().await {
            Some(connection) => connection,
            None => future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "there may be several"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]
mod tests {
    use super::*;

    /// Opens a port on all addresses of this host.
    fn wide(listeners: &Listeners) -> SocketAddr {
        drop(listeners.open(listeners.bind(([0, 0, 0, 0], 0).into()).unwrap()).unwrap());
        *listeners.lock().keys().next().unwrap()
    }

    /// Returns the address of the client that comes next.
    async fn next(incoming: &mut Incoming) -> SocketAddr {
        tokio::time::timeout(Duration::from_secs(30), incoming.accept()).await.unwrap().1
    }

    /// No task runs before the test awaits, so that the kernel has the connection when its socket is replaced.
    #[tokio::test]
    async fn a_connection_in_the_queue_of_a_replaced_socket_is_not_lost() {
        for _ in 0..20 {
            let (listeners, mut incoming) = Listeners::new();
            let here = SocketAddr::from(([127, 0, 0, 1], wide(&listeners).port()));
            let client = std::net::TcpStream::connect(here).unwrap();

            drop(listeners.open(listeners.bind(here).unwrap()).unwrap());
            assert!(listeners.lock().keys().eq([&here]), "only the new one");

            assert_eq!(next(&mut incoming).await, client.local_addr().unwrap());
        }
    }

    #[tokio::test]
    async fn a_bound_socket_takes_no_connection_before_it_is_opened() {
        let (listeners, mut incoming) = Listeners::new();
        let wide = wide(&listeners);
        let here = SocketAddr::from(([127, 0, 0, 1], wide.port()));

        let bound = listeners.bind(here).unwrap();
        let client = std::net::TcpStream::connect(here).unwrap();
        drop(bound); // as where another hook refuses

        assert_eq!(next(&mut incoming).await, client.local_addr().unwrap());
        assert!(listeners.lock().keys().eq([&wide]));
    }

    #[tokio::test]
    async fn the_sockets_of_before_come_back() {
        let (listeners, _incoming) = Listeners::new();
        let wide = wide(&listeners);
        let here = SocketAddr::from(([127, 0, 0, 1], wide.port()));
        let before = listeners.open(listeners.bind(here).unwrap()).unwrap();

        listeners.restore(before);

        assert!(listeners.lock().keys().eq([&wide]));
        drop(listeners.open(listeners.bind(here).unwrap()).unwrap());
        drop(listeners.open(listeners.bind(wide).unwrap()).unwrap());
        assert!(listeners.lock().keys().eq([&wide, &here]), "the narrow one is part of it");
    }

    #[test]
    fn an_address_covers_what_is_sent_to_it() {
        let covers = |one: &str, other: &str| covers(one.parse().unwrap(), other.parse().unwrap());
        assert!(covers("0.0.0.0:80", "127.0.0.1:80"));
        assert!(covers("127.0.0.1:80", "127.0.0.1:80"));
        assert!(covers("[::]:80", "127.0.0.1:80"));
        assert!(covers("[::]:80", "[::1]:80"));
        assert!(!covers("127.0.0.1:80", "0.0.0.0:80"));
        assert!(!covers("0.0.0.0:80", "[::1]:80"));
        assert!(!covers("0.0.0.0:81", "127.0.0.1:80"));
    }
}
