//! Secrets appear nowhere, not even when they change or are wrong.

use rustix::process::Signal;

use crate::harness::{CONFIG, Coach, SECRETS, edited};

#[test]
fn no_output_ever_holds_a_secret() {
    let mut coach = Coach::develop(&edited("level: info", "level: trace"));
    let token = coach.log_in();
    let mut seen = vec![coach.get_as(&token, "/api/admin/config").body.to_string()];

    // A change of every secret, a secret of the wrong type, a misspelt one, and one in a broken file.
    let config = edited("level: info", "level: trace");
    let renewed = SECRETS.iter().fold(config.clone(), |config, secret| {
        config.replace(secret, &format!("{secret}-renewed"))
    });
    let edits = [
        renewed,
        config.replace("jwt_secret: the-signing-secret", "jwt_secret: [the-signing-secret]"),
        config.replace("  password:", "  pasword:"),
        config.replace("admin_master_password: the", "admin_master_password: \"the"),
        config.replace("  jwt_secret: the-signing-secret", "  the-signing-secret"),
    ];
    for edit in edits {
        assert_ne!(edit, config);
        coach.write(&edit);
        seen.push(coach.reload_as(&token).body.to_string());
        seen.push(coach.get_as(&token, "/api/admin/config").body.to_string());
    }
    coach.send(Signal::TERM);
    coach.ended();
    seen.push(coach.output());

    for output in seen {
        for secret in SECRETS {
            assert!(!output.contains(secret), "`{secret}` is in\n{output}");
        }
    }
}

#[test]
fn a_new_secret_is_reported_as_waiting_without_being_shown() {
    let coach = Coach::start(CONFIG);
    coach.write(&edited("the-signing-secret", "another-signing-secret"));

    let answer = coach.reload();

    let pending = &answer.body["pending"][0];
    assert_eq!(pending["key"], "auth.jwt_secret");
    assert_eq!(pending["secret"], true);
    assert!(pending.get("old").is_none() && pending.get("new").is_none(), "{pending}");
    assert_eq!(coach.get_as(&coach.log_in(), "/api/v1/me").status, 200, "the old one still signs");
}
