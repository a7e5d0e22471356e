//! Webhooks, with receivers on real sockets and signatures that another library checks.

mod connecting;
mod receiver;

use std::{
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use axum::http::HeaderMap;
use dlc_reload::{
    Loader, Reloadable, Reloader, Secret, Trigger, Verdict,
    testing::Memory,
    webhooks::{Counts, Endpoint, Webhooks},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use standardwebhooks::Webhook;

use self::receiver::{Answer, Receiver, Request};
use crate::harness::PATIENCE;

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazMoNBcMpuQ=";
const NEXT_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw4rJ8oTdq1A0=";
const PLANTED: &str = "pl4nted-s3cret";
const HOUR: Duration = Duration::from_secs(60 * 60);

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Log {
    #[reload(hot, live)]
    level: u8,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot, live)]
    motd: u32,
    #[reload(nested)]
    log: Log,
    #[serde(default)]
    #[reload(restart)]
    port: u16,
    #[serde(default)]
    #[reload(restart, secret)]
    password: Secret<String>,
    #[serde(default)]
    #[reload(restart)]
    webhooks: Vec<Endpoint>,
}

/// A service with webhooks.
struct Service {
    file: Memory,
    reloader: Reloader<Config>,
    webhooks: Arc<Webhooks>,
}

impl Service {
    fn start(endpoints: impl IntoIterator<Item = Endpoint>) -> Self {
        let file = Memory::yaml(text(0, 0));
        let boot = Loader::<Config>::new().source(file.clone()).load().unwrap();
        let webhooks = Arc::new(Webhooks::new(endpoints).unwrap().service("shop"));
        let reloader = boot.reloader().observer(webhooks.clone()).start().unwrap();
        Self { file, reloader, webhooks }
    }

    fn reload(&self, text: impl AsRef<str>) -> Verdict {
        self.file.write(text);
        self.reloader.reload(Trigger::api("a test").actor("ops")).wait().unwrap().verdict()
    }

    fn counts(&self) -> Counts {
        self.webhooks.counts()[0]
    }

    fn sent(&self) -> Counts {
        assert!(self.webhooks.wait_until_sent(PATIENCE), "{:?}", self.webhooks);
        self.counts()
    }
}

fn text(motd: u32, level: u8) -> String {
    format!("motd: {motd}\nlog: {{level: {level}}}\npassword: {PLANTED}\n")
}

/// The receiver of reports about `motd`, which that of the start is not. No attempt ends because a receiver takes long.
fn endpoint(receiver: &Receiver) -> Endpoint {
    let endpoint = Endpoint::new(receiver.url(), SECRET.to_owned()).timeout(HOUR);
    endpoint.allow_private().keys(["motd"])
}

fn verified(secret: &str, headers: &HeaderMap, body: &[u8]) -> bool {
    Webhook::new(secret).unwrap().verify(body, headers).is_ok()
}

#[test]
fn a_report_is_signed_so_that_another_library_takes_it() {
    let receiver = Receiver::start(|_| Answer::status(204));
    let service = Service::start([endpoint(&receiver)]);
    assert_eq!(service.reload(text(1, 0)), Verdict::Applied);
    let Request { line, headers, body } = receiver.next();

    assert_eq!(line, "POST /hook?token=t0ken HTTP/1.1");
    assert_eq!(headers["content-type"], "application/json");
    assert!(verified(SECRET, &headers, &body));
    assert!(!verified(NEXT_SECRET, &headers, &body));
    let other = String::from_utf8(body.clone()).unwrap().replace("applied", "unchanged");
    assert!(!verified(SECRET, &headers, other.as_bytes()));

    let payload: Value = serde_json::from_slice(&body).unwrap();
    let report = serde_json::to_value(service.reloader.history().pop().unwrap()).unwrap();
    assert_eq!(payload["data"], report["report"]);
    assert_eq!(payload["data"]["trigger"]["actor"], "ops");
    assert_eq!([&payload["type"], &payload["service"]], ["config.reload", "shop"]);
    assert_eq!(payload["timestamp"], payload["data"]["started_at"]);
    assert_eq!(service.sent(), delivered(1));
}

/// The numbers of a receiver that took all.
fn delivered(number: u64) -> Counts {
    let mut counts = Counts::default();
    counts.delivered = number;
    counts
}

#[test]
fn while_secrets_are_rotated_both_are_good() {
    let receiver = Receiver::start(|_| Answer::status(200));
    let service = Service::start([endpoint(&receiver).secret(NEXT_SECRET.to_owned())]);
    service.reload(text(1, 0));
    let Request { headers, body, .. } = receiver.next();
    assert!(verified(SECRET, &headers, &body));
    assert!(verified(NEXT_SECRET, &headers, &body));
}

#[test]
fn a_receiver_is_told_what_it_asks_for() {
    let receiver = Receiver::start(|_| Answer::status(200));
    let to = || Endpoint::new(receiver.url(), SECRET.to_owned()).timeout(HOUR).allow_private();
    let refusals = to().verdicts([Verdict::Rejected]);
    let service = Service::start([
        to(),
        refusals,
        to().keys(["log"]),
        to().keys(["log.level.deeper"]),
        to().keys(["port"]),
    ]);
    let told = |what: &str, expected: [u64; 5]| {
        assert!(service.webhooks.wait_until_sent(PATIENCE));
        let counts: Vec<_> = service.webhooks.counts().iter().map(|it| it.delivered).collect();
        assert_eq!(counts, expected, "{what}");
    };
    told("the start", [1, 0, 0, 0, 0]);
    assert_eq!(service.reload(text(0, 0)), Verdict::Unchanged);
    told("no change", [1, 0, 0, 0, 0]);
    assert_eq!(service.reload(text(1, 0)), Verdict::Applied);
    told("another field", [2, 0, 0, 0, 0]);
    assert_eq!(service.reload(text(1, 1)), Verdict::Applied);
    told("a field in the section", [3, 0, 1, 1, 0]);
    assert_eq!(service.reload(text(1, 1) + "port: 81\n"), Verdict::PendingRestart);
    told("a field that waits", [4, 0, 1, 1, 1]);
    assert_eq!(service.reload(text(2, 1) + "port: 81\n"), Verdict::Applied);
    told("a field that waits already", [5, 0, 1, 1, 1]);
    assert_eq!(service.reload("motd: 1\nlog: {level: high}\n"), Verdict::Rejected);
    told("a wrong value", [6, 1, 2, 2, 1]);
    assert_eq!(service.reload("motd: ["), Verdict::Rejected);
    told("a file that is broken", [7, 2, 3, 3, 2]);
}

#[test]
fn a_message_is_tried_again_until_it_is_taken() {
    let answers = [Answer::status(503), Answer::status(429), Answer::Hangup, Answer::status(200)];
    let receiver = Receiver::start(move |at| answers[at.min(3)].clone());
    let service = Service::start([endpoint(&receiver)]);
    service.reload(text(1, 0));
    let attempts = [receiver.next(), receiver.next(), receiver.next(), receiver.next()];
    for Request { headers, body, .. } in &attempts {
        assert_eq!(headers["webhook-id"], attempts[0].headers["webhook-id"]);
        assert_eq!(*body, attempts[0].body);
        assert!(verified(SECRET, headers, body));
    }
    assert_eq!(service.sent(), delivered(1));
    service.reload(text(2, 0));
    assert_ne!(receiver.next().headers["webhook-id"], attempts[0].headers["webhook-id"]);
}

#[test]
fn a_message_that_is_refused_is_not_tried_again() {
    let receiver = Receiver::start(|at| Answer::status(if at == 0 { 422 } else { 200 }));
    let service = Service::start([endpoint(&receiver)]);
    service.reload(text(1, 0));
    service.reload(text(2, 0));
    let [first, second] = [receiver.next(), receiver.next()];
    assert_ne!(first.headers["webhook-id"], second.headers["webhook-id"]);
    let counts = service.sent();
    assert_eq!([counts.failed, counts.delivered, counts.dropped], [1, 1, 0]);
}

#[test]
fn retries_end() {
    let receiver = Receiver::start(|_| Answer::status(500));
    let service = Service::start([endpoint(&receiver).retry_for(Duration::ZERO)]);
    service.reload(text(1, 0));
    let counts = service.sent();
    assert_eq!([counts.failed, counts.delivered, counts.dropped], [1, 0, 0]);
}

#[test]
fn a_receiver_that_is_gone_gets_nothing_more() {
    let receiver = Receiver::start(|_| Answer::status(410));
    let service = Service::start([endpoint(&receiver)]);
    service.reload(text(1, 0));
    assert!(service.sent().is_gone);
    service.reload(text(2, 0));
    let counts = service.sent();
    assert_eq!([counts.failed, counts.dropped, counts.waiting as u64], [1, 1, 0]);
    receiver.next();
    assert_eq!(receiver.answered(), 1);
}

#[test]
fn a_receiver_that_hangs_holds_up_no_reload_and_no_other_receiver() {
    let (hanging, hold) = Receiver::hanging();
    let other = Receiver::start(|_| Answer::status(200));
    let service = Service::start([endpoint(&hanging), endpoint(&other)]);
    // Beside it, so that both have the same machine.
    let alone = Service::start([]);
    service.reload(text(1, 0));
    hanging.next();
    other.next();
    let (mut held_up, mut free) = (Vec::new(), Vec::new());
    for motd in 2..53 {
        for (service, times) in [(&service, &mut held_up), (&alone, &mut free)] {
            let begun = Instant::now();
            assert_eq!(service.reload(text(motd, 0)), Verdict::Applied);
            times.push(begun.elapsed());
        }
        other.next();
    }
    let median = |times: &mut Vec<Duration>| *times.select_nth_unstable(25).1;
    let (held_up, free) = (median(&mut held_up), median(&mut free));
    // To put a message into two queues takes a part of it, and the thread that sends it to the other receiver may take
    // its turn on a machine that is busy; a reload that waits for the one that hangs would never end.
    let most = 5 * free + Duration::from_millis(200);
    assert!(held_up < most, "{held_up:?} with a receiver that hangs, {free:?} without");
    let counts = service.counts();
    assert_eq!([counts.waiting, hanging.answered()], [52, 0], "it hangs still");
    drop(hold);
    assert_eq!(service.sent(), delivered(52));
}

#[test]
fn an_attempt_ends_by_its_time() {
    let (hanging, _hold) = Receiver::hanging();
    // Long enough to send the message, or some attempts later.
    let service = Service::start([endpoint(&hanging).timeout(Duration::from_millis(500))]);
    service.reload(text(1, 0));
    let [first, second] = [hanging.next(), hanging.next()];
    assert_eq!(first.headers["webhook-id"], second.headers["webhook-id"]);
}

#[test]
fn of_more_than_a_hundred_the_newest_wait() {
    let (hanging, hold) = Receiver::hanging();
    let service = Service::start([endpoint(&hanging)]);
    service.reload(text(1, 0));
    let first = hanging.next();
    for motd in 2..=106 {
        assert_eq!(service.reload(text(motd, 0)), Verdict::Applied);
    }
    let counts = service.counts();
    assert_eq!([counts.waiting as u64, counts.dropped], [101, 5]);
    drop(hold);
    let new = |request: &Request| {
        let payload: Value = serde_json::from_slice(&request.body).unwrap();
        payload["data"]["changes"][0]["new"].as_u64().unwrap()
    };
    assert_eq!(new(&first), 1);
    for motd in 7..=106 {
        assert_eq!(new(&hanging.next()), motd);
    }
    let counts = service.sent();
    assert_eq!([counts.delivered, counts.dropped], [101, 5]);
}

#[test]
fn every_mistake_is_named_and_no_secret_is_shown() {
    let wrong = [
        Endpoint::new("ops.example.com/hook", SECRET.to_owned()),
        Endpoint::new("https://ops:sw0rdfish@example.com/", SECRET.to_owned()),
        Endpoint::new("https://ops.example.com/?token=sw0rdfish", "sw0rdfish".to_owned()),
        Endpoint::new("file:///etc/passwd", SECRET.to_owned()).timeout(Duration::ZERO),
    ];
    let error = Webhooks::new(wrong).unwrap_err();
    let messages: Vec<_> = error.problems().iter().map(|it| it.message.as_str()).collect();
    let about = ["`url` of webhook 1", "`url` of webhook 2", "`secrets[0]` of webhook 3"];
    let about = [&about[..], &["`url` of webhook 4", "`timeout` of webhook 4"]].concat();
    assert_eq!(messages.len(), about.len(), "{messages:?}");
    for (message, about) in messages.iter().zip(about) {
        assert!(message.starts_with(about), "{message}");
    }
    assert!(!format!("{error}{error:?}").contains("sw0rdfish"), "{error}");
}

#[test]
fn no_secret_is_sent_or_shown() {
    let receiver = Receiver::start(|_| Answer::status(200));
    let service = Service::start([endpoint(&receiver).keys::<&str>([])]);
    let webhooks = format!(
        "webhooks: [{{url: \"{}\", secrets: [{NEXT_SECRET}], allow_private: true}}]\n",
        receiver.url()
    );
    service.reload(text(1, 1) + &webhooks);
    service.reload(text(1, 1).replace(PLANTED, "an0ther-s3cret") + &webhooks);
    service.reload(text(1, 1).replace("level: 1", PLANTED));
    service.reload(format!("password: [{PLANTED}]\n"));
    let counts = service.sent();
    assert!(counts.delivered >= 4, "{counts:?}");
    for _ in 0..counts.delivered {
        let Request { line, headers, body } = receiver.next();
        let body = String::from_utf8(body).unwrap();
        let all = format!("{line}{headers:?}{body}");
        for secret in ["pl4nted", "an0ther", &NEXT_SECRET[6..20], &SECRET[6..20]] {
            assert!(!all.contains(secret), "{all}");
        }
    }
    let shown = format!("{:?}", service.webhooks);
    assert!(shown.contains(&format!("http://127.0.0.1:{}", receiver.port())), "{shown}");
    assert!(!shown.contains("t0ken"), "{shown}");
}

#[test]
fn a_report_that_is_too_long_is_sent_without_its_values() {
    let receiver = Receiver::start(|_| Answer::status(200));
    let service = Service::start([endpoint(&receiver)]);
    let long = "x".repeat(60_000);
    let endpoints: String = (0..10)
        .map(|at| format!("  - {{url: \"https://{at}{long}/\", secrets: [{SECRET}]}}\n"))
        .collect();
    assert_eq!(service.reload(format!("{}webhooks:\n{endpoints}", text(1, 0))), Verdict::Applied);
    let Request { headers, body, .. } = receiver.next();
    assert!(verified(SECRET, &headers, &body));
    let payload: Value = serde_json::from_slice(&body).unwrap();
    let data = &payload["data"];
    assert_eq!([&data["verdict"], &data["trigger"]["actor"]], ["applied", "ops"]);
    assert_eq!([&data["changes"], &data["pending"]], [&serde_json::json!([]); 2]);
    assert!(data["problems"][0]["message"].as_str().unwrap().contains("too long"), "{data}");
}

#[test]
fn a_receiver_is_read_from_the_configuration() {
    let text = format!(
        "webhooks:\n  - url: https://ops.example.com/hook\n    secrets: [{SECRET}]\n    verdicts: [rejected]\n    keys: [log.level]\n    timeout: 3s\n"
    );
    let boot = Loader::<Config>::new()
        .text("yaml", format!("motd: 1\nlog: {{level: 1}}\n{text}"))
        .load()
        .unwrap();
    let expected = Endpoint::new("https://ops.example.com/hook", SECRET.to_owned())
        .verdicts([Verdict::Rejected])
        .keys(["log.level"])
        .timeout(Duration::from_secs(3));
    assert_eq!(boot.webhooks, [expected]);
    let schema = dlc_reload::schema::<Config>();
    let validator = jsonschema::validator_for(schema.as_value()).unwrap();
    let written = serde_json::json!({
        "motd": 1, "log": { "level": 1 },
        "webhooks": [{ "url": "https://a/", "secrets": [SECRET], "retry_for": "5m", "keys": ["a.b"] }],
    });
    assert!(validator.is_valid(&written));
    let error = Loader::<Config>::new()
        .text("yaml", "motd: 1\nlog: {level: 1}\nwebhooks: [{url: https://a/, secret: x}]\n")
        .load()
        .unwrap_err();
    assert!(error.to_string().contains("secrets"), "{error}");
}

#[test]
fn the_end_of_a_reloader_waits_for_no_receiver() {
    let (hanging, hold) = Receiver::hanging();
    let service = Service::start([endpoint(&hanging)]);
    service.reload(text(1, 0));
    service.reload(text(2, 0));
    hanging.next();
    assert!(!service.webhooks.wait_until_sent(Duration::ZERO));
    let Service { reloader, webhooks, .. } = service;
    let (ended, end) = mpsc::channel();
    std::thread::spawn(move || {
        drop(reloader);
        drop(webhooks);
        ended.send(()).unwrap();
    });
    end.recv_timeout(PATIENCE).expect("the end comes while the receiver hangs");
    assert_eq!(hanging.answered(), 0);
    drop(hold);
}
