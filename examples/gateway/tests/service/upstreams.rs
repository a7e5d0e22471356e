//! Upstreams come, go and change while requests run.

use serde_json::json;

use crate::{
    client::Connection,
    harness::{Free, Gateway, TOKEN, config, refused},
    server::Server,
};

/// An entry of `upstreams`.
fn entry(name: &str, server: &Server, more: &str) -> String {
    format!("\n  {name}: {{address: '{}'{more}}}", server.address)
}

fn upstreams(entries: &[String]) -> String {
    config(&format!(
        "upstreams: {}",
        if entries.is_empty() { "{}".into() } else { entries.concat() }
    ))
}

#[test]
fn an_upstream_joins_with_its_token_and_leaves() {
    let (a, b) = (Server::start("a"), Server::start("b"));
    let gateway = Gateway::start(&upstreams(&[entry("a", &a, "")]));
    assert_eq!(gateway.get("/u/a/x?y=1").body, format!("a /x?y=1 bearer {TOKEN}"));
    assert_eq!(gateway.get("/u/b/x").status, 404);

    let both = [entry("a", &a, ""), entry("b", &b, ", token: the-upstream-token")];
    let report = gateway.apply(&upstreams(&both));

    assert!(!report.to_string().contains("the-upstream-token"), "{report}");
    assert_eq!(gateway.get("/u/b/x").body, "b /x bearer the-upstream-token");
    assert_eq!(b.requests(), ["head /", "get /x"], "it was asked before it joined");

    gateway.apply(&upstreams(&both[1..]));
    assert_eq!(gateway.get("/u/a/x").status, 404);
    assert_eq!(gateway.get("/u/b/x").status, 200);
}

#[test]
fn a_request_under_way_outlives_its_upstream() {
    let a = Server::start("a");
    let gateway = Gateway::start(&upstreams(&[entry("a", &a, "")]));
    let mut connection = Connection::open(gateway.address).unwrap();
    connection.send("GET", "/u/a/hold", TOKEN).unwrap();
    a.heard("get /hold");

    gateway.apply(&upstreams(&[]));

    assert_eq!(gateway.get("/u/a/x").status, 404);
    a.release();
    assert_eq!(connection.answer().unwrap().status, 200);
}

#[test]
fn an_upstream_that_does_not_answer_is_refused_and_so_is_the_rest_of_the_edit() {
    let (a, b) = (Server::start("a"), Server::start("b"));
    let closed = Free::find();
    let gateway = Gateway::start(&upstreams(&[entry("a", &a, "")]));

    let dead = format!("\n  dead: {{address: '{}'}}", closed.address);
    let (status, report) =
        gateway.reload(&upstreams(&[entry("a", &a, ""), entry("b", &b, ""), dead.clone()]));

    assert_eq!((status, &report["verdict"]), (422, &json!("rejected")));
    let problem = &report["problems"][0];
    assert_eq!((&problem["key"], &problem["line"]), (&json!("upstreams.dead"), &json!(6)));
    assert!(problem["message"].as_str().unwrap().contains("refused"), "{problem}");
    assert_eq!(gateway.get("/u/b/x").status, 404);
    assert_eq!(gateway.get("/u/a/x").status, 200);

    // The start takes the same path.
    let output = refused(&upstreams(&[dead]), &[]);
    assert!(output.contains("config.yaml:4:"), "{output}");
    assert!(output.contains("upstreams.dead: "), "{output}");
}

#[test]
fn a_weight_changes_live_and_an_address_waits_for_a_restart() {
    let (a, b) = (Server::start("a"), Server::start("b"));
    let weighing = |a_weighs: u32, address: &Server| {
        let weight = format!(", weight: {a_weighs}");
        upstreams(&[entry("a", address, &weight), entry("b", &b, "")])
    };
    let gateway = Gateway::start(&weighing(1, &a));
    assert_eq!(turns(&gateway, 4), (2, 2));

    let report = gateway.apply(&weighing(3, &a));
    let change = &report["changes"][0];
    assert_eq!(change["key"], "upstreams.a.weight");
    assert_eq!((&change["old"], &change["new"]), (&json!(1), &json!(3)));
    assert_eq!(turns(&gateway, 8), (6, 2));

    let (_, report) = gateway.reload(&weighing(3, &b));
    assert_eq!(report["verdict"], "pending_restart");
    assert_eq!(report["pending"][0]["key"], "upstreams.a.address");
    assert_eq!(turns(&gateway, 8), (6, 2));
}

/// The requests for any upstream that `a` and `b` got.
fn turns(gateway: &Gateway, requests: usize) -> (usize, usize) {
    let answers: Vec<_> = (0..requests).map(|_| gateway.get("/any/x").body).collect();
    let of = |name: &str| answers.iter().filter(|body| body.starts_with(name)).count();
    (of("a "), of("b "))
}
