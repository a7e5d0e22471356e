//! What is connected to: no address that is not allowed, no certificate that is not trusted, and what is said of plain
//! HTTP.

use std::{env, fs, process::Command, time::Duration};

use dlc_reload::webhooks::{Endpoint, Webhooks};

use super::{Answer, HOUR, Receiver, SECRET, Service, delivered, endpoint, text};
use crate::log_lines::Lines;

/// Set where this binary is a service: to the URL of its receiver.
const URL: &str = "DLC_RELOAD_TEST_WEBHOOK";

#[test]
fn private_addresses_are_refused_at_once() {
    for host in [
        "127.0.0.1:80",
        "10.1.2.3",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[fd00::1]",
        "[fe80::1]",
    ] {
        let endpoint = Endpoint::new(format!("http://{host}/hook"), SECRET.to_owned());
        let error = Webhooks::new([endpoint.clone()]).unwrap_err().to_string();
        assert!(error.contains("allow_private"), "{error}");
        assert!(Webhooks::new([endpoint.allow_private()]).is_ok());
    }
}

#[test]
fn a_name_that_leads_to_a_private_address_is_refused_when_it_is_connected() {
    let receiver = Receiver::start(|_| Answer::status(200));
    for host in ["localhost", "127.1", "0x7f000001", "2130706433"] {
        let url = format!("http://{host}:{}/hook", receiver.port());
        let endpoint = Endpoint::new(url, SECRET.to_owned()).keys(["motd"]);
        let service = Service::start([endpoint]);
        service.reload(text(1, 0));
        let counts = service.sent();
        assert_eq!([counts.failed, counts.delivered], [1, 0], "{host}");
        assert_eq!(receiver.connected(), 0, "{host}");
    }
    let localhost = format!("http://localhost:{}/hook", receiver.port());
    let endpoint = Endpoint::new(localhost, SECRET.to_owned()).keys(["motd"]);
    let service = Service::start([endpoint.allow_private().timeout(HOUR)]);
    service.reload(text(1, 0));
    assert_eq!(service.sent(), delivered(1));
}

#[test]
fn a_redirect_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let inner = Receiver::start(|_| Answer::status(200));
        let to = inner.url();
        let outer = Receiver::start(move |_| Answer::redirect(status, &to));
        let service = Service::start([endpoint(&outer)]);
        service.reload(text(1, 0));
        let counts = service.sent();
        assert_eq!([counts.failed, counts.delivered], [1, 0], "{status}");
        assert_eq!([outer.answered(), inner.connected()], [1, 0], "{status}");
    }
}

#[test]
fn a_certificate_that_the_system_does_not_trust_is_refused() {
    let (receiver, _) = Receiver::with_a_certificate_of_its_own();
    let url = format!("https://localhost:{}/hook", receiver.port());
    let endpoint = Endpoint::new(url, SECRET.to_owned()).keys(["motd"]).allow_private();
    let service = Service::start([endpoint.retry_for(Duration::ZERO)]);
    service.reload(text(1, 0));
    let counts = service.sent();
    assert_eq!([counts.failed, counts.delivered], [1, 0]);
    assert_eq!([receiver.connected(), receiver.answered()], [1, 0]);
}

/// The service of the test below. What its process trusts is in variables of its own.
#[test]
#[ignore = "another test runs it, as a process of its own"]
fn service() {
    let endpoint = Endpoint::new(env::var(URL).unwrap(), SECRET.to_owned()).keys(["motd"]);
    let service = Service::start([endpoint.allow_private().timeout(HOUR)]);
    service.reload(text(1, 0));
    assert_eq!(service.sent(), delivered(1));
}

#[test]
fn a_certificate_that_the_system_trusts_is_taken() {
    let (receiver, certificate) = Receiver::with_a_certificate_of_its_own();
    let folder = tempfile::tempdir().unwrap();
    let trusted = folder.path().join("trusted.pem");
    fs::write(&trusted, certificate).unwrap();
    let output = Command::new(env::current_exe().unwrap())
        .args(["webhooks::connecting::service", "--exact", "--ignored"])
        .env(URL, format!("https://localhost:{}/hook", receiver.port()))
        .env("SSL_CERT_FILE", trusted)
        .env_remove("SSL_CERT_DIR")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    assert_eq!(receiver.next().line, "POST /hook HTTP/1.1");
    assert_eq!(receiver.answered(), 1);
}

#[test]
fn a_receiver_whose_messages_everybody_on_the_way_can_read_is_named() {
    let log = |url: &str| {
        let endpoint = Endpoint::new(url, SECRET.to_owned()).allow_private();
        let lines = Lines::default();
        lines.hear(|| drop(Webhooks::new([endpoint]).unwrap()));
        lines.take().join("\n")
    };
    for open in ["http://ops.example.com", "http://10.1.2.3:8080", "http://[fd00::1]"] {
        let lines = log(&format!("{open}/hook?token=sw0rdfish"));
        assert!(lines.starts_with(&format!("WARN webhook to {open}: ")), "{open}: {lines}");
        assert!(lines.contains("use `https`") && !lines.contains("sw0rdfish"), "{lines}");
    }
    for safe in
        ["https://ops.example.com", "http://localhost:80", "http://127.1.2.3", "http://[::1]"]
    {
        assert_eq!(log(&format!("{safe}/hook")), "", "{safe}");
    }
}
