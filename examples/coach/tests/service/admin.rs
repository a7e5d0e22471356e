//! The admin interface is for the admin only.

use coach::token::{self, Claims};
use jsonwebtoken::get_current_timestamp;
use serde_json::json;

use crate::harness::{CONFIG, Coach, edited, field};

/// The life of a token, in seconds.
const HOUR: u64 = 60 * 60;

#[test]
fn the_admin_sees_what_is_in_force_and_what_waits() {
    let coach = Coach::start_with(CONFIG, &[("DLC_DATABASE__HOST", "db.example")]);
    let token = coach.log_in();

    let status = coach.get_as(&token, "/api/admin/config");

    assert_eq!(status.status, 200);
    assert_eq!((&status.body["generation"], &status.body["pending"]), (&json!(1), &json!([])));
    assert_eq!(status.body["watching"]["state"], "off");
    let port = field(&status.body, "server.port");
    assert_eq!((&port["class"], &port["effective"]), (&json!("restart"), &json!(0)));
    assert_eq!(port["origin"]["line"], 3);
    assert_eq!(field(&status.body, "logging.level")["effective"], "info");
    assert_eq!(field(&status.body, "auth.jwt.ttl")["effective"], "24h");
    let host = field(&status.body, "database.host");
    assert_eq!(host["effective"], "db.example");
    assert_eq!(host["origin"]["source"], "environment variable DLC_DATABASE__HOST");
    assert_eq!(field(&status.body, "database.port")["origin"]["source"], "default");

    coach.write(&edited("port: 0", "port: 9090").replace("v2_enabled: false", "v2_enabled: true"));
    coach.reload_as(&token);

    let status = coach.get_as(&token, "/api/admin/config").body;
    assert_eq!(status["generation"], 2);
    let port = field(&status, "server.port");
    assert_eq!((&port["effective"], &port["desired"]), (&json!(0), &json!(9090)));
    assert_eq!(status["pending"][0]["key"], "server.port");
    assert_eq!(status["pending"][0]["by"]["actor"], "admin");
    let flag = field(&status, "api.v2_enabled");
    assert_eq!((&flag["effective"], flag.get("desired")), (&json!(true), None));
    assert_eq!(status["last_report"]["verdict"], "applied");
}

#[test]
fn the_report_names_who_asked() {
    let coach = Coach::start(CONFIG);
    let trigger = &coach.reload().body["trigger"];
    assert_eq!((&trigger["kind"], &trigger["actor"]), (&json!("admin"), &json!("admin")));
}

#[test]
fn nobody_else_gets_in() {
    let coach = Coach::start(CONFIG);
    let now = get_current_timestamp();
    let ours = "the-signing-secret";
    let tokens = [
        ("", "none"),
        ("not a token", "nonsense"),
        (&signed("another secret", "admin", now + HOUR), "a forged token"),
        (&signed(ours, "admin", now - 1), "a token that has ended"),
        (&signed(ours, "eve", now + HOUR), "a token of another user"),
        (&unsigned(&signed(ours, "admin", now + HOUR)), "a token without its signature"),
    ];
    for (token, what) in tokens {
        for answer in [
            coach.get_as(token, "/api/admin/config"),
            coach.reload_as(token),
            coach.get_as(token, "/api/v1/me"),
        ] {
            assert_eq!(answer.status, 401, "{what}: {answer:?}");
            assert!(answer.body["error"].is_string(), "{what}: {answer:?}");
        }
    }
    assert_eq!(coach.get("/api/admin/config").status, 401, "no header at all");

    // The tokens above fail because of their contents, not because of the way they are made.
    assert_eq!(coach.get_as(&signed(ours, "admin", now + HOUR), "/api/admin/config").status, 200);
}

#[test]
fn a_wrong_password_or_user_gets_no_token() {
    let coach = Coach::start(CONFIG);
    for (username, password) in
        [("admin", "the-admin-passwor"), ("admin", ""), ("Admin", "the-admin-password")]
    {
        let answer = coach
            .post("/api/v1/auth/login", &json!({ "username": username, "password": password }));
        assert_eq!(
            (answer.status, answer.body),
            (401, json!({ "error": "wrong user name or password" }))
        );
    }
}

#[test]
fn what_is_no_login_is_refused_without_being_repeated() {
    let coach = Coach::start(CONFIG);
    let answer =
        coach.post("/api/v1/auth/login", &json!({ "username": "admin", "password": 421_337 }));
    assert_eq!(answer.status, 422);
    assert!(!answer.body.to_string().contains("421337"), "{answer:?}");
}

#[test]
fn paths_and_methods_that_do_not_exist_are_said_in_json() {
    let coach = Coach::start(CONFIG);
    let answer = coach.get("/api/nowhere");
    assert_eq!(
        (answer.status, answer.body),
        (404, json!({ "error": "no such path: /api/nowhere" }))
    );
    let answer = coach.post("/api/health", &json!({}));
    assert_eq!(
        (answer.status, answer.body),
        (405, json!({ "error": "/api/health does not take POST" }))
    );
}

fn signed(secret: &str, user: &str, exp: u64) -> String {
    let claims = Claims { sub: user.to_owned(), iat: exp - HOUR, exp };
    token::sign(&claims, secret).unwrap()
}

fn unsigned(token: &str) -> String {
    token.rsplit_once('.').unwrap().0.to_owned() + "."
}
