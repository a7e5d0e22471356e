//! A client that sends one request at a time on one connection, and never tries again.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
};

use serde_json::Value;
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, StreamOwned, pki_types::CertificateDer,
};

use crate::harness::{DEADLINE, TOKEN};

/// The name of the gateway in its certificate.
pub(crate) const NAME: &str = "gateway";

/// A connection, used for one request after the other.
pub(crate) struct Connection {
    stream: BufReader<Box<dyn ReadWrite>>,
    /// The certificate that the gateway has shown.
    pub(crate) certificate: Option<CertificateDer<'static>>,
}

trait ReadWrite: Read + Write + Send {}

impl<T: Read + Write + Send> ReadWrite for T {}

/// A response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: String,
    pub(crate) body: String,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> io::Result<Self> {
        Ok(Self { stream: BufReader::new(Box::new(connect(address)?)), certificate: None })
    }

    /// Opens one with TLS, to a gateway whose certificate is trusted.
    pub(crate) fn secure(address: SocketAddr, trust: Arc<ClientConfig>) -> io::Result<Self> {
        let mut tcp = connect(address)?;
        let mut tls = ClientConnection::new(trust, NAME.try_into().unwrap()).unwrap();
        tls.complete_io(&mut tcp)?;
        let certificate = tls.peer_certificates().map(|chain| chain[0].clone());
        Ok(Self { stream: BufReader::new(Box::new(StreamOwned::new(tls, tcp))), certificate })
    }

    pub(crate) fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.request("GET", path, TOKEN)
    }

    pub(crate) fn request(&mut self, method: &str, path: &str, token: &str) -> io::Result<Answer> {
        self.send(method, path, token)?;
        self.answer()
    }

    pub(crate) fn send(&mut self, method: &str, path: &str, token: &str) -> io::Result<()> {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {token}\r\n\r\n"
        );
        self.stream.get_mut().write_all(head.as_bytes())
    }

    pub(crate) fn answer(&mut self) -> io::Result<Answer> {
        let headers = head(&mut self.stream)?;
        let status = headers.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(format!("no status: {headers:?}")))?;
        let mut body = vec![0; length(&headers)];
        self.stream.read_exact(&mut body)?;
        Ok(Answer { status, headers, body: String::from_utf8(body).unwrap() })
    }
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    Ok(stream)
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Reads up to the empty line, in lower case.
pub(crate) fn head(stream: &mut impl BufRead) -> io::Result<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(head.to_ascii_lowercase())
}

fn length(head: &str) -> usize {
    let line = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    line.map_or(0, |length| length.parse().unwrap())
}
