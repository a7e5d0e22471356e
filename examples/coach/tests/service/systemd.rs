//! The service under systemd: the datagrams that it sends.

use std::os::unix::net::UnixDatagram;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::harness::{CONFIG, Coach, DEADLINE, SECRETS, edited};

#[test]
fn systemd_is_told_of_the_start_and_of_each_reload() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(DEADLINE)).unwrap();
    let heard = || {
        let mut bytes = [0; 4096];
        let length = socket.recv(&mut bytes).expect("a message in time");
        let message = String::from_utf8(bytes[..length].to_vec()).unwrap();
        assert!(SECRETS.iter().all(|secret| !message.contains(secret)), "{message}");
        message
    };
    let mut coach = Coach::start_with(CONFIG, &[("NOTIFY_SOCKET", path.to_str().unwrap())]);
    assert!(heard().starts_with("STATUS=started at "));
    assert_eq!(heard(), "READY=1\n");

    for (level, verdict) in [("debug", "applied"), ("inof", "rejected"), ("debug", "unchanged")] {
        coach.write(&edited("level: info", &format!("level: {level}")));
        coach.send(Signal::HUP);
        let begun = heard();
        assert!(begun.starts_with("RELOADING=1\nMONOTONIC_USEC="), "{begun}");
        assert!(begun.trim_end().ends_with(" by signal SIGHUP"), "{begun}");
        let ended = heard();
        assert!(ended.starts_with(&format!("READY=1\nSTATUS={verdict} at ")), "{ended}");
    }

    coach.send(Signal::TERM);
    assert!(coach.ended().success());
    socket.set_nonblocking(true).unwrap();
    assert!(socket.recv(&mut [0]).is_err(), "there is nothing more to say");
}
