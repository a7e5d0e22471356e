//! The admin interface answers the admin and nobody else.

use coach::token::Claims;
use jsonwebtoken::{EncodingKey, Header, get_current_timestamp};
use serde_json::json;

use crate::harness::{CONFIG, Coach, edited};

#[test]
fn the_admin_sees_the_configuration_in_force() {
    let coach = Coach::start(CONFIG);
    let token = coach.log_in();

    let answer = coach.get_as(&token, "/api/admin/config");

    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["logging"], json!({ "level": "info", "json": true, "output": "" }));
    assert_eq!(answer.body["auth"]["jwt"]["ttl"], "24h");

    // What waits for a restart is not in force.
    coach.write(&edited("port: 0", "port: 9090"));
    coach.reload_as(&token);
    assert_eq!(coach.get_as(&token, "/api/admin/config").body["server"]["port"], 0);
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
        (&signed("another secret", "admin", now + 60), "a forged token"),
        (&signed(ours, "admin", now - 1), "a token that has ended"),
        (&signed(ours, "eve", now + 60), "a token of another user"),
        (&unsigned(&signed(ours, "admin", now + 60)), "a token without its signature"),
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

    // The tokens above fail for what is wrong with them, not for how they are made.
    assert_eq!(coach.get_as(&signed(ours, "admin", now + 60), "/api/admin/config").status, 200);
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
    let claims = Claims { sub: user.to_owned(), iat: exp - 60, exp };
    jsonwebtoken::encode(&Header::default(), &claims, &EncodingKey::from_secret(secret.as_bytes()))
        .unwrap()
}

fn unsigned(token: &str) -> String {
    token.rsplit_once('.').unwrap().0.to_owned() + "."
}
