//! A receiver of webhooks: a server on a port of its own that answers as a test wants it to.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver as Incoming, Sender},
    },
    thread,
};

use axum::http::{HeaderMap, HeaderName};
use rustls::{ServerConfig, ServerConnection, StreamOwned, crypto::ring, pki_types::PrivateKeyDer};

use crate::harness::PATIENCE;

/// A request, as it came.
#[derive(Debug)]
pub struct Request {
    pub line: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// The answer to a request.
#[derive(Clone)]
pub enum Answer {
    /// A status line, perhaps with headers.
    Head(String),
    /// The end of the connection in place of an answer.
    Hangup,
}

impl Answer {
    pub fn status(status: u16) -> Self {
        Self::Head(format!("HTTP/1.1 {status} Said\r\n"))
    }

    pub fn redirect(status: u16, to: &str) -> Self {
        Self::Head(format!("HTTP/1.1 {status} Elsewhere\r\nLocation: {to}\r\n"))
    }
}

/// A server whose requests come in one by one.
pub struct Receiver {
    port: u16,
    requests: Incoming<Request>,
    connected: Arc<AtomicUsize>,
    answered: Arc<AtomicUsize>,
}

impl Receiver {
    /// Starts a server that answers each request by its number, from 0.
    pub fn start(answer: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Self {
        Self::behind(Ok, answer)
    }

    /// Starts a server that takes every request behind TLS, with a certificate that nobody else has signed, which is
    /// returned as PEM.
    pub fn with_a_certificate_of_its_own() -> (Self, String) {
        let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let pem = own.cert.pem();
        let key = PrivateKeyDer::Pkcs8(own.signing_key.serialize_der().into());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.into()], key);
        let config = Arc::new(config.unwrap());
        let behind_tls = move |mut tcp: TcpStream| {
            let mut tls = ServerConnection::new(Arc::clone(&config)).unwrap();
            while tls.is_handshaking() {
                tls.complete_io(&mut tcp)?;
            }
            Ok(StreamOwned::new(tls, tcp))
        };
        (Self::behind(behind_tls, |_| Answer::status(200)), pem)
    }

    fn behind<S: Read + Write>(
        protocol: impl Fn(TcpStream) -> io::Result<S> + Send + Sync + 'static,
        answer: impl Fn(usize) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, requests) = mpsc::channel();
        let (connected, answered) = <(Arc<AtomicUsize>, Arc<AtomicUsize>)>::default();
        let (connections, answers) = (Arc::clone(&connected), Arc::clone(&answered));
        let (answer, protocol) = (Arc::new(answer), Arc::new(protocol));
        thread::spawn(move || {
            for (connection, number) in listener.incoming().flatten().zip(0..) {
                connections.fetch_add(1, Ordering::SeqCst);
                let (sender, answer) = (sender.clone(), Arc::clone(&answer));
                let (answers, protocol) = (Arc::clone(&answers), Arc::clone(&protocol));
                thread::spawn(move || {
                    let Ok(connection) = protocol(connection) else { return };
                    serve(connection, &sender, || {
                        let answer = answer(number);
                        answers.fetch_add(1, Ordering::SeqCst);
                        answer
                    });
                });
            }
        });
        Self { port, requests, connected, answered }
    }

    /// Starts a server that answers nothing until what is returned with it is dropped.
    pub fn hanging() -> (Self, Sender<()>) {
        let (hold, held) = mpsc::channel();
        let held = Mutex::new(held);
        let receiver = Self::start(move |_| {
            // The end of the sender is what is waited for.
            let _ = held.lock().unwrap().recv();
            Answer::status(200)
        });
        (receiver, hold)
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook?token=t0ken", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Waits for the next request.
    pub fn next(&self) -> Request {
        self.requests.recv_timeout(PATIENCE).expect("a request")
    }

    /// The number of connections so far.
    pub fn connected(&self) -> usize {
        self.connected.load(Ordering::SeqCst)
    }

    /// The number of answers so far.
    pub fn answered(&self) -> usize {
        self.answered.load(Ordering::SeqCst)
    }
}

/// Reads one request and answers it.
fn serve(
    connection: impl Read + Write,
    requests: &Sender<Request>,
    answer: impl FnOnce() -> Answer,
) {
    let mut reader = BufReader::new(connection);
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    };
    let first = line();
    let mut headers = HeaderMap::new();
    loop {
        let line = line();
        let Some((name, value)) = line.split_once(": ") else { break };
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.insert(name, value.parse().unwrap());
    }
    let length = headers["content-length"].to_str().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    // A test that has seen enough is gone.
    let _ = requests.send(Request { line: first, headers, body });
    if let Answer::Head(head) = answer() {
        // So is a sender that did not wait.
        let _ = reader.get_mut().write_all(format!("{head}Content-Length: 0\r\n\r\n").as_bytes());
    }
}
