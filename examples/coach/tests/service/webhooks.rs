//! Webhooks from the configuration.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
};

use serde_json::{Value, json};

use crate::harness::{CONFIG, Coach};

#[test]
fn a_receiver_in_the_configuration_is_told_of_reloads() {
    let receiver = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", receiver.local_addr().unwrap());
    let secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazMoNBcMpuQ=";
    // So long that no attempt ends because this test is held up, and comes again.
    let hook = format!(
        "webhooks:\n  - {{url: \"{url}\", secrets: [\"{secret}\"], allow_private: true, timeout: 10m}}\n"
    );
    let coach = Coach::start(&format!("{CONFIG}{hook}"));

    let start = message(&receiver);
    assert_eq!(start["data"]["trigger"]["kind"], "start");
    let edited = CONFIG.replace("level: info", "level: debug");
    coach.write(&format!("{edited}{hook}"));
    assert_eq!(coach.reload().status, 200);
    let told = message(&receiver);
    assert_eq!((&told["type"], &told["service"]), (&json!("config.reload"), &json!("coach")));
    assert_eq!(told["data"]["verdict"], "applied");
    assert_eq!(told["data"]["changes"][0]["key"], "logging.level");
    let status = coach.get_as(&coach.log_in(), "/admin/config/status").body.to_string();
    assert!(!status.contains("C2FVsBQIhrscChlQIMV"), "{status}");
}

#[test]
fn a_receiver_that_cannot_be_right_is_refused_at_its_place() {
    let coach = Coach::start(CONFIG);
    let hook = "webhooks:\n  - {url: \"ftp://ops.example.com\", secrets: [nonsense]}\n";
    coach.write(&format!("{CONFIG}{hook}"));
    let report = coach.reload();
    assert_eq!(report.status, 422, "{report:?}");
    let problems = report.body["problems"].as_array().unwrap();
    let keys: Vec<_> = problems.iter().map(|problem| problem["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["webhooks[0].url", "webhooks[0].secrets[0]"]);
    assert!(!report.body.to_string().contains("nonsense"), "{report:?}");
}

/// Takes one request, answers it, and returns its body.
fn message(receiver: &TcpListener) -> Value {
    let (stream, _) = receiver.accept().unwrap();
    let mut reader = BufReader::new(stream);
    let (mut length, mut is_signed) = (0, false);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        is_signed |= line.starts_with("webhook-signature: v1,");
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
    }
    assert!(is_signed);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    reader.get_mut().write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").unwrap();
    serde_json::from_slice(&body).unwrap()
}
