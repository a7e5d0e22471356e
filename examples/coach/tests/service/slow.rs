//! Clients that take their time.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    thread::{scope, sleep},
    time::{Duration, Instant},
};

use crate::harness::{CONFIG, Coach, DEADLINE};

#[test]
fn a_head_that_never_ends_is_waited_for_no_longer_than_it_may_take() {
    let coach = Coach::start(CONFIG);
    let address = coach.url("");
    let mut client = TcpStream::connect(address.strip_prefix("http://").unwrap()).unwrap();
    client.set_read_timeout(Some(DEADLINE)).unwrap();
    let mut writer = client.try_clone().unwrap();
    writer.write_all(b"GET /admin/config/status HTTP/1.1\r\nHost: localhost\r\nX-Slow: ").unwrap();
    scope(|scope| {
        let begun = Instant::now();
        scope.spawn(move || {
            // The pause is the fault: a sender of ten bytes a second.
            while begun.elapsed() < DEADLINE && writer.write_all(b"x").is_ok() {
                sleep(Duration::from_millis(100));
            }
        });
        let mut answer = [0; 64];
        match client.read(&mut answer) {
            Ok(0) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            other => panic!("the connection does not end: {other:?}, {answer:?}"),
        }
    });
    assert_eq!(coach.get("/api/health").status, 200);
}
