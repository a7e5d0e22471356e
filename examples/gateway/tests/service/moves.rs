//! The address changes while requests run.

use std::net::{SocketAddr, TcpListener, TcpStream};

use serde_json::json;

use crate::{
    client::Connection,
    harness::{Free, Gateway, TOKEN, listening, request},
    load::Load,
    server::Server,
};

/// An upstream, and as many requests as there can be.
fn upstream(server: &Server) -> String {
    let address = server.address;
    format!("upstreams: {{a: {{address: '{address}'}}}}\nrate: {{requests: 4000000000, per: 1h}}")
}

/// An address of this machine that `127.0.0.1` is not, on the same port.
fn neighbour(address: SocketAddr) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 2], address.port()))
}

/// Moves to and fro with requests running, and expects none of them to fail.
fn to_and_fro(first: &str, hosts: &[&str]) {
    let server = Server::start("a");
    let rest = upstream(&server);
    let gateway = Gateway::start(&listening(format!("{first}:0"), &rest));
    let port = gateway.address.port();
    let load = Load::start(gateway.address, "/u/a/load");
    load.goes_on();
    let mut closed = 0;
    for host in hosts {
        let report = gateway.apply(&listening(format!("{host}:{port}"), &rest));
        assert_eq!(report["changes"][0]["key"], "listen");
        if *host == "0.0.0.0" {
            assert_eq!(request(neighbour(gateway.address), "GET", "/u/a/", TOKEN).status, 200);
        } else {
            closed += 1;
            gateway.logged(&format!("closed 0.0.0.0:{port}"), closed);
            assert!(TcpStream::connect(neighbour(gateway.address)).is_err());
        }
        load.goes_on();
    }
    load.ends_without_failure();
    let narrow = format!("closed 127.0.0.1:{port}");
    assert!(!gateway.output().contains(&narrow), "the wide address needs it");
}

#[test]
fn an_address_widens_and_narrows_on_its_port_and_no_request_is_lost() {
    to_and_fro("127.0.0.1", &["0.0.0.0", "127.0.0.1", "0.0.0.0", "127.0.0.1"]);
}

#[test]
fn an_address_narrows_and_widens_on_its_port_and_no_request_is_lost() {
    to_and_fro("0.0.0.0", &["127.0.0.1", "0.0.0.0", "127.0.0.1"]);
}

#[test]
fn a_connection_outlives_the_move_to_another_port() {
    let server = Server::start("a");
    let gateway = Gateway::start(&listening("127.0.0.1:0", &upstream(&server)));
    let mut connection = Connection::open(gateway.address).unwrap();
    connection.send("GET", "/u/a/hold", TOKEN).unwrap();
    server.heard("get /hold");

    let free = Free::find();
    let next = free.address;
    gateway.apply(&listening(next, &upstream(&server)));

    assert_eq!(request(next, "GET", "/u/a/new", TOKEN).status, 200);
    gateway.logged(&format!("closed {}", gateway.address), 1);
    assert!(TcpStream::connect(gateway.address).is_err());
    server.release();
    assert_eq!(connection.answer().unwrap().status, 200, "the request under way");
    assert_eq!(connection.get("/u/a/again").unwrap().status, 200, "and the next one");
}

#[test]
fn an_address_that_is_taken_is_refused_with_its_place() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let gateway = Gateway::start(&listening("127.0.0.1:0", ""));

    let (status, report) =
        gateway.reload(&listening(taken.local_addr().unwrap(), "flags: {via: true}"));

    assert_eq!((status, &report["verdict"]), (422, &json!("rejected")));
    let problem = &report["problems"][0];
    assert_eq!((&problem["key"], &problem["line"]), (&json!("listen"), &json!(1)));
    assert!(problem["message"].as_str().unwrap().contains("in use"), "{problem}");
    assert_eq!(gateway.effective("flags"), json!({}), "nothing of the edit is in force");
}

/// The commit of the address has run when the pool refuses.
#[test]
fn a_move_is_undone_when_a_later_commit_fails_and_no_request_is_lost() {
    let server = Server::start("a");
    let rest = upstream(&server);
    let pool = |size: usize| format!("{rest}\npool: {{size: {size}, timeout: 1h}}");
    let mut gateway = Gateway::start(&listening("127.0.0.1:0", &pool(8)));
    let load = Load::start(gateway.address, "/u/a/load");
    let wide = SocketAddr::from(([0, 0, 0, 0], gateway.address.port()));
    let free = Free::find();
    for (n, next) in [wide, free.address].into_iter().enumerate() {
        let (status, report) = gateway.reload(&listening(next, &pool(5000)));

        assert_eq!((status, &report["verdict"]), (500, &json!("rolled_back")), "{report}");
        let problem = &report["problems"][0];
        assert_eq!(problem["key"], "pool.size");
        assert_eq!(problem["message"], "5000 slots are not possible, take 1 to 1024");
        gateway.logged(&format!("listening on {next}"), 1);
        gateway.logged(&format!("closed {next}"), 1);
        assert!(TcpStream::connect(neighbour(next)).is_err());
        assert!(TcpStream::connect(next).is_err() || next == wide);
        load.goes_on();
        assert_eq!(gateway.effective("pool.size"), 8, "after {n} failures before");
        assert_eq!(gateway.effective("listen"), "127.0.0.1:0");
    }
    load.ends_without_failure();
    assert!(gateway.is_alive());
    assert!(!gateway.output().contains("inconsistent"));
}
