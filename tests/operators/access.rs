//! Who gets in, and what is kept out.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, http::request::Parts};
use dlc_reload::{
    Loader,
    admin::{self, Authenticator, Denied, Operator, Role, Tokens},
};
use serde_json::json;

use crate::{
    config::{Config, Hooks, OPERATE, READ, hash, text, tokens},
    harness::{PATIENCE, Service, bearer, parse, raw, send, serve},
};

/// Every route of the API but those that are open, as method and path.
fn routes(service: &Service) -> Vec<(String, String)> {
    let document = service.get("/openapi.json").json();
    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if operation["security"] != json!([]) {
                let path = path.replace("{key}", "rate").replace("{generation}", "1");
                let path = path.replace("{a}", "1").replace("{b}", "1");
                routes.push((method.to_uppercase(), path));
            }
        }
    }
    assert!(routes.len() >= 15, "{routes:?}");
    routes
}

#[test]
fn nobody_gets_in_without_a_token_and_a_reader_changes_nothing() {
    let service = Service::start();
    let reader = bearer(READ);
    for (method, path) in routes(&service) {
        let answer = service.send(&method, &path, &[], "");
        assert_eq!(answer.refused(401), "unauthenticated", "{method} {path}");
        assert!(answer.header("www-authenticate").is_some_and(|it| it.starts_with("Bearer ")));
        let changes = method != "GET" && path != "/plan";
        if changes {
            let answer = service.send(&method, &path, &[("authorization", &reader)], "{}");
            assert_eq!(answer.refused(403), "wrong-role", "{method} {path}");
            assert!(
                answer.json()["detail"].as_str().unwrap().contains("`rita` has the role `read`")
            );
        } else if path != "/events" {
            let answer = service.send(&method, &path, &[("authorization", &reader)], "");
            // This service is no node of a fleet, which a reader is told.
            let expected = if path == "/fleet" { 404 } else { 200 };
            assert_eq!(answer.status, expected, "{method} {path}: {answer:?}");
        }
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
    for path in ["/health", "/ready"] {
        let answer = service.send("GET", path, &[("host", "evil.example")], "");
        assert_eq!((answer.status, &*answer.text), (200, r#"{"ok":true}"#));
    }
    assert_eq!(service.activity.failed_attempts(), 0, "nothing was guessed");
    assert_eq!(service.reloader().status().last_report.map(|report| report.id()), None);
}

#[test]
fn wrong_credentials_are_refused_and_counted() {
    let service = Service::start();
    let wrong = [
        bearer(&hash(OPERATE)),
        bearer(&OPERATE[..OPERATE.len() - 1]),
        bearer(&format!("{OPERATE}A")),
        bearer(""),
        OPERATE.to_owned(),
        format!("Basic {OPERATE}"),
        format!("Bearer{OPERATE}"),
    ];
    for header in &wrong {
        let answer = service.send("GET", "/status", &[("authorization", header)], "");
        assert_eq!(answer.refused(401), "unauthenticated", "{header}");
        assert!(!answer.text.contains(OPERATE), "{answer:?}");
    }
    let right = bearer(OPERATE);
    let twice = [("authorization", &*right), ("authorization", &*right)];
    assert_eq!(service.send("GET", "/status", &twice, "").refused(401), "unauthenticated");
    assert_eq!(service.activity.failed_attempts(), 8);
    // The scheme is written in any case.
    let lower = format!("bearer {READ}");
    assert_eq!(service.send("GET", "/status", &[("authorization", &lower)], "").status, 200);
}

#[test]
fn failures_are_slowed_and_lock_nobody_else_out() {
    let service = Service::start();
    let wrong = bearer("wrong");
    let try_wrong = || service.send("GET", "/status", &[("authorization", &wrong)], "");
    let begun = Instant::now();
    for _ in 0..5 {
        try_wrong().refused(401);
    }
    for _ in 0..3 {
        try_wrong().refused(401);
    }
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(100 + 200 + 400), "{took:?}");
    let mut attempts = 8;
    std::thread::scope(|scope| {
        let mut many: Vec<_> = (0..40).map(|_| scope.spawn(try_wrong)).collect();
        // Sixteen are held back, most of them for three seconds, and the others turned away.
        let begun = Instant::now();
        while service.activity.turned_away() == 0 {
            assert!(begun.elapsed() < PATIENCE, "all are held back");
            std::thread::yield_now();
        }
        // The right token is not held back, from the same address and while others are.
        loop {
            assert_eq!(service.get("/status").status, 200);
            if many.iter().any(|one| !one.is_finished()) {
                break;
            }
            // This thread was away for longer than any is held back.
            assert!(begun.elapsed() < PATIENCE, "the right token is held back as well");
            let failed = service.activity.failed_attempts();
            many.push(scope.spawn(try_wrong));
            while service.activity.failed_attempts() == failed {
                assert!(begun.elapsed() < PATIENCE, "a wrong token is not refused");
                std::thread::yield_now();
            }
        }
        attempts += many.len() as u64;
        let many: Vec<_> = many.into_iter().map(|one| one.join().unwrap()).collect();
        let too_many = many.iter().filter(|answer| answer.status == 429).count();
        assert!((1..=24).contains(&too_many), "{too_many} of {}", many.len());
        let one = many.iter().find(|answer| answer.status == 429).unwrap();
        assert_eq!(
            (one.refused(429), one.header("retry-after")),
            ("too-many".to_owned(), Some("3"))
        );
        assert!(many.iter().all(|answer| matches!(answer.status, 401 | 429)));
    });
    assert_eq!(service.activity.failed_attempts(), attempts);
}

#[test]
fn other_hosts_and_pages_of_other_sites_are_refused() {
    let service = Service::start_with(|admin| admin.hosts(["coach.internal"]));
    let token = bearer(OPERATE);
    let get = |host: &str| {
        service.send("GET", "/status", &[("host", host), ("authorization", &token)], "")
    };
    assert_eq!(get("coach.internal:80").status, 200);
    for host in ["evil.example", "127.0.0.1.evil.example"] {
        let answer = get(host);
        assert_eq!(answer.refused(421), "wrong-host");
        assert!(answer.json()["detail"].as_str().unwrap().contains("have the name added"));
    }
    let none = format!(
        "GET /admin/config/status HTTP/1.1\r\nConnection: close\r\nAuthorization: {token}\r\n\r\n"
    );
    raw(service.address, none.as_bytes()).refused(400);

    let post = |name: &str, value: &str| {
        service.send("POST", "/reload", &[("authorization", &token), (name, value)], "")
    };
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "http://evil.example"),
        ("origin", "null"),
    ] {
        assert_eq!(post(name, value).refused(403), "cross-site", "{name}: {value}");
    }
    assert_eq!(post("origin", "http://localhost").status, 200);
    assert_eq!(post("sec-fetch-site", "same-origin").status, 200);

    // Behind a proxy that has a `Host` of its own, the name that browsers know is one of the listed ones.
    let proxied = |origin: &str| {
        let headers = [
            ("host", "127.0.0.1:8080"),
            ("authorization", &*token),
            ("sec-fetch-site", "same-origin"),
            ("origin", origin),
        ];
        service.send("POST", "/reload", &headers, "")
    };
    assert_eq!(proxied("https://coach.internal").status, 200);
    let refused = proxied("https://other.internal");
    assert_eq!(refused.refused(403), "cross-site");
    assert!(refused.text.contains("a proxy in between changes the `Host`"), "{refused:?}");
}

#[test]
fn large_and_slow_bodies_are_refused() {
    let time = Duration::from_millis(300);
    let service = Service::start_with(|admin| admin.body_limit(1000).body_time(time));
    let large = format!(r#"{{"why": "{}"}}"#, "x".repeat(1000));
    assert_eq!(service.ask("POST", "/reload", &large).refused(413), "too-large");
    let head = format!(
        "POST /admin/config/reload HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: {}\r\nContent-Type: application/json\r\n",
        bearer(OPERATE)
    );
    let chunked = format!(
        "{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{large}\r\n0\r\n\r\n",
        large.len()
    );
    assert_eq!(raw(service.address, chunked.as_bytes()).refused(413), "too-large");

    // One byte at a time, for longer than it may take.
    let mut stream = TcpStream::connect(service.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(format!("{head}Content-Length: 900\r\n\r\n").as_bytes()).unwrap();
    let mut writer = stream.try_clone().unwrap();
    let answer = std::thread::scope(|scope| {
        scope.spawn(move || {
            // The pause is the fault: a sender that is slow.
            while writer.write_all(b" ").is_ok() {
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let (mut answer, mut buffer) = (Vec::new(), [0; 4096]);
        while !answer.ends_with(b"}") {
            let read = stream.read(&mut buffer).unwrap();
            assert!(read > 0, "{:?}", String::from_utf8_lossy(&answer));
            answer.extend_from_slice(&buffer[..read]);
        }
        // The service may have ended it already.
        let _ = stream.shutdown(std::net::Shutdown::Both);
        String::from_utf8(answer).unwrap()
    });
    let answer = parse(&answer);
    assert_eq!(answer.refused(408), "too-slow");
    assert!(answer.text.contains("within 300ms"), "{answer:?}");
}

#[test]
fn a_request_that_is_sent_twice_is_done_once() {
    let service = Service::start();
    let (token, tag) =
        (bearer(OPERATE), service.get("/overrides").header("etag").unwrap().to_owned());
    let headers =
        [("authorization", &*token), ("if-match", &*tag), ("content-type", "application/json")];
    let body = r#"{"value": 5, "for": "15m"}"#;
    let put = || service.send("PUT", "/overrides/rate", &headers, body);
    assert_eq!(put().status, 200);
    let again = put();
    assert_eq!(again.refused(412), "superseded");
    assert_eq!((&again.json()["expected"], &again.json()["generation"]), (&json!(1), &json!(2)));
    assert_eq!(service.reloader().handle().load().snapshot().generation(), 2);
    assert_eq!(service.reloader().status().last_report.unwrap().id(), 1, "nothing was done");
    // Many at once, of which one was meant for what is in force.
    let tag = service.get("/status").header("etag").unwrap().to_owned();
    let headers =
        [("authorization", &*token), ("if-match", &*tag), ("content-type", "application/json")];
    let statuses: Vec<_> = std::thread::scope(|scope| {
        let put = |value: u32| {
            let body = format!(r#"{{"value": {value}}}"#);
            service.send("PUT", "/overrides/rate", &headers, &body).status
        };
        let all: Vec<_> = (100..120).map(|value| scope.spawn(move || put(value))).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 412).count(), 19, "{statuses:?}");
    // In a list, one of them is enough.
    let tag = service.get("/status").header("etag").unwrap().to_owned();
    for list in [&*format!("\"2\", {tag}"), "\"3\",\"2\"", "\"x\", \"3\"", "\"3\"", "*"] {
        let headers = [("authorization", &*token), ("if-match", list)];
        assert_eq!(service.send("POST", "/reload", &headers, "").status, 200, "{list}");
    }
    let headers = [("authorization", &*token), ("if-match", "\"1\""), ("if-match", "\"3\"")];
    assert_eq!(service.send("POST", "/reload", &headers, "").status, 200);
    for tag in ["W/\"3\"", "\"x\"", "3", "", "\"3-00000000\"", "\"1\", \"2\"", "\"1\", *"] {
        let headers = [("authorization", &*token), ("if-match", tag)];
        let answer = service.send("POST", "/reload", &headers, "");
        assert_eq!(
            (answer.refused(412), &answer.json()["generation"]),
            ("superseded".to_owned(), &json!(3))
        );
    }
}

#[test]
fn a_revoked_token_is_refused_at_once_and_its_stream_ends() {
    let service = Service::start();
    let mut ritas = service.follow(READ, None);
    let mut olgas = service.follow(OPERATE, None);
    service.write(&text(8));
    service.ask("POST", "/reload", "");
    assert_eq!(ritas.next().unwrap().data["changes"][0]["new"], 8);

    service.write(&text(9).replace(&hash(READ), &hash("another")));
    assert_eq!(service.ask("POST", "/reload", "").status, 200);
    assert!(ritas.next().is_none(), "not even the report of the revocation");
    assert_eq!(service.send("GET", "/status", &[("authorization", &bearer(READ))], "").status, 401);
    assert_eq!(olgas.next().unwrap().id.as_deref(), Some("1"));
    assert_eq!(olgas.next().unwrap().id.as_deref(), Some("2"));
    // Nobody is left.
    service.write(&text(9).replace(&tokens(), ""));
    assert_eq!(service.ask("POST", "/reload", "").status, 200);
    assert!(olgas.next().is_none());
    assert_eq!(service.get("/status").status, 401);
}

#[test]
fn a_slow_reader_is_sent_nothing_more_once_its_token_is_revoked() {
    let service = Service::start();
    // A report is six times as large in JSON as in memory, so that more are kept than the buffers on the way hold.
    for number in 0..60 {
        let value = format!("{}{number}", "\u{1}".repeat(10_000));
        let body = json!({ "value": value }).to_string();
        assert_eq!(service.ask("PUT", "/overrides/logging.level", &body).status, 200);
    }
    let narrow = service.runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        socket.connect(service.address).await.unwrap().into_std().unwrap()
    });
    narrow.set_nonblocking(false).unwrap();
    let mut slow = service.follow_on(narrow, READ, Some("0"));
    service.write(&text(9).replace(&hash(READ), &hash("another")));
    assert_eq!(service.ask("POST", "/reload", "").status, 200);
    let sent = std::iter::from_fn(|| slow.next()).count();
    assert!(sent < 60, "{sent} reports");
}

#[test]
fn tokens_that_cannot_work_are_said_where_they_stand() {
    let refused = |tokens: &str| {
        let text = format!("rate: 7\ndatabase: {{host: db, password: x}}\ntokens: {tokens}");
        let error = Loader::<Config>::new().text("yaml", &text).load().expect_err(tokens);
        assert_eq!(error.problems().len(), 1, "{error}");
        error.to_string()
    };
    let token = "dGhpcyBpcyB0aGUgdG9rZW4gaXRzZWxm";
    let short = refused(&format!("[{{name: a, role: read, sha256: {token}}}]"));
    assert!(short.contains("`sha256` of `a` is not the 64 hexadecimal digits"), "{short}");
    assert!(!short.contains(token), "{short}");
    let (one, two) = (hash("one"), hash("two"));
    let same = refused(&format!(
        "[{{name: a, role: read, sha256: {one}}}, {{name: a, role: read, sha256: {two}}}]"
    ));
    assert!(same.contains("two tokens have the name `a`"), "{same}");
    let same = refused(&format!(
        "[{{name: a, role: read, sha256: {one}}}, {{name: b, role: operate, sha256: {}}}]",
        one.to_uppercase()
    ));
    assert!(same.contains("the token of `b` is that of another name"), "{same}");
    let role = refused(&format!("[{{name: a, role: admin, sha256: {one}}}]"));
    assert!(role.contains("unknown variant `admin`, expected one of `read`, `operate`"), "{role}");
    let name = refused(&format!("[{{name: '', role: read, sha256: {one}}}]"));
    assert!(name.contains("1 to 100 characters"), "{name}");
    assert_eq!(Tokens::default().iter().count(), 0);
}

/// A scheme of a service's own.
struct Own;

impl Authenticator for Own {
    async fn authenticate(&self, request: &Parts) -> Result<Operator, Denied> {
        tokio::task::yield_now().await;
        match request.headers.get("cookie").map(|cookie| cookie.to_str().unwrap()) {
            None => Err(Denied::Missing),
            Some("session=olga") => Ok(Operator { name: "olga".to_owned(), role: Role::Operate }),
            Some("session=away") => Err(Denied::unavailable("the session store is away")),
            Some("session=panic") => panic!("pl4nted"),
            Some(_) => Err(Denied::refused("the session has ended")),
        }
    }
}

#[test]
fn a_service_has_its_own_scheme() {
    let boot = Loader::<Config>::new().text("yaml", &text(7)).load().unwrap();
    let reloader = boot.reloader().hooks(Arc::<Hooks>::default()).start().unwrap();
    let app = Router::new().nest("/deep/{tenant}/admin", admin::router(&reloader, Arc::new(Own)));
    let (_runtime, address) = serve(app);
    let get = |cookie: &str, path: &str| {
        let path = format!("/deep/acme/admin{path}");
        send(address, "GET", &path, &[("cookie", cookie)], "")
    };
    assert_eq!(get("session=olga", "/config/rate").json()["fields"][0]["effective"], 7);
    assert!(get("session=eve", "/status").text.contains("the session has ended"));
    assert_eq!(get("session=eve", "/status").refused(401), "unauthenticated");
    let away = get("session=away", "/status");
    assert_eq!(
        (away.refused(503), away.header("retry-after")),
        ("no-access".to_owned(), Some("10"))
    );
    let panicked = get("session=panic", "/status");
    assert_eq!(panicked.refused(500), "panicked");
    assert!(!panicked.text.contains("pl4nted") && panicked.header("cache-control").is_some());
}

#[test]
fn a_reloader_that_was_dropped_is_said() {
    let mut service = Service::start();
    let mut events = service.follow(READ, None);
    drop(service.reloader.take());
    assert!(events.next().is_none(), "the stream ends");
    for path in ["/status", "/config", "/history", "/events", "/openapi.json"] {
        assert_eq!(service.get(path).refused(503), "stopped", "{path}");
    }
    assert_eq!(service.ask("POST", "/reload", "").refused(503), "stopped");
    assert_eq!(service.send("GET", "/ready", &[], "").refused(503), "not-ready");
    assert_eq!(service.send("GET", "/health", &[], "").status, 200);
}
