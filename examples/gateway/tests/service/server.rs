//! An upstream: it says who it is and what it was asked, and can hold a request back.

use std::{
    io::{BufReader, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
};

use crate::{client::head, harness::DEADLINE};

/// A server that runs until the test ends.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    state: Arc<State>,
}

struct State {
    name: &'static str,
    heard: Mutex<Heard>,
    news: Condvar,
}

#[derive(Default)]
struct Heard {
    /// The first lines of requests.
    requests: Vec<String>,
    released: bool,
}

impl Server {
    pub(crate) fn start(name: &'static str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State { name, heard: Mutex::default(), news: Condvar::new() });
        let server = Self { address, state: Arc::clone(&state) };
        thread::spawn(move || {
            for stream in listener.incoming() {
                let state = Arc::clone(&state);
                thread::spawn(move || state.serve(stream.unwrap()));
            }
        });
        server
    }

    /// Returns the requests that came, without their protocol.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.state.heard.lock().unwrap().requests.clone()
    }

    /// Waits until this request has come.
    pub(crate) fn heard(&self, request: &str) {
        let heard = self.state.heard.lock().unwrap();
        let missing = |heard: &mut Heard| !heard.requests.iter().any(|line| line == request);
        let (heard, late) = self.state.news.wait_timeout_while(heard, DEADLINE, missing).unwrap();
        assert!(!late.timed_out(), "{request} did not come: {:?}", heard.requests);
    }

    /// Answers the requests for `/hold`.
    pub(crate) fn release(&self) {
        self.state.heard.lock().unwrap().released = true;
        self.state.news.notify_all();
    }
}

impl State {
    /// Answers `<name> <path> <authorization>` until the client goes.
    fn serve(&self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        while let Ok(head) = head(&mut stream) {
            let (method, path) = head.lines().next().unwrap().split_once(' ').unwrap();
            let path = path.strip_suffix(" http/1.1").unwrap();
            let mut heard = self.heard.lock().unwrap();
            heard.requests.push(format!("{method} {path}"));
            self.news.notify_all();
            while path == "/hold" && !heard.released {
                heard = self.news.wait(heard).unwrap();
            }
            drop(heard);
            let token = head.lines().find_map(|line| line.strip_prefix("authorization: "));
            let body = format!("{} {path} {}", self.name, token.unwrap_or("-"));
            let length = body.len();
            let body = if method == "head" { "" } else { &body };
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}");
            if stream.get_mut().write_all(answer.as_bytes()).is_err() {
                break;
            }
        }
    }
}
