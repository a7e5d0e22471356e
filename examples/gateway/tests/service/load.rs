//! Requests that do not stop, on connections that stay and on new ones.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Condvar, Mutex},
    thread::{self, JoinHandle},
};

use crate::{client::Connection, harness::DEADLINE};

/// Threads that send one request after the other.
pub(crate) struct Load {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Default)]
struct State {
    answered: usize,
    failures: Vec<String>,
    stop: bool,
}

impl Load {
    /// Starts two threads that keep their connection, and two that open one for each request.
    pub(crate) fn start(address: SocketAddr, path: &'static str) -> Self {
        let shared = Arc::new(Shared::default());
        let threads = [true, true, false, false].map(|keep| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let mut kept = None;
                while !shared.state.lock().unwrap().stop {
                    let answered = request(address, path, &mut kept);
                    let mut state = shared.state.lock().unwrap();
                    match answered {
                        Ok(200) => state.answered += 1,
                        Ok(status) => state.failures.push(format!("status {status}")),
                        Err(error) => state.failures.push(format!("kept: {keep}: {error}")),
                    }
                    shared.news.notify_all();
                    kept = kept.filter(|_| keep);
                }
            })
        });
        Self { shared, threads: threads.into() }
    }

    /// Waits until some more requests were answered.
    pub(crate) fn goes_on(&self) {
        let state = self.shared.state.lock().unwrap();
        let enough = state.answered + 60;
        let more = |state: &mut State| state.answered < enough && state.failures.is_empty();
        let (state, late) = self.shared.news.wait_timeout_while(state, DEADLINE, more).unwrap();
        assert!(!late.timed_out(), "{} answered and no more", state.answered);
        assert!(state.failures.is_empty(), "{:?}", state.failures);
    }

    /// Stops, and expects that every request was answered.
    pub(crate) fn ends_without_failure(self) {
        self.shared.state.lock().unwrap().stop = true;
        self.threads.into_iter().for_each(|thread| thread.join().unwrap());
        let state = self.shared.state.lock().unwrap();
        assert!(state.failures.is_empty(), "{:?}", state.failures);
        assert!(state.answered > 0);
    }
}

fn request(address: SocketAddr, path: &str, kept: &mut Option<Connection>) -> io::Result<u16> {
    let mut connection = match kept.take() {
        Some(connection) => connection,
        None => Connection::open(address)?,
    };
    let answer = connection.get(path)?;
    *kept = Some(connection);
    Ok(answer.status)
}
