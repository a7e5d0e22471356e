//! Refusals as `--json` prints them: problem details (RFC 9457), as the admin API has them.

use dlc_reload::cli::shared::failure::{Failure, Fault};
use serde_json::json;

/// Adds to a failure what `--json` prints of it. A command line that is wrong has none, as with the other commands.
pub(super) fn described(failure: Failure) -> Failure {
    let (kind, title, status) = match failure.fault {
        Fault::NoAccess => ("fleet-out-of-reach", "the fleet is out of reach", 503),
        Fault::Invalid if failure.problems.is_empty() => ("refused", "the change is refused", 409),
        Fault::Invalid => ("invalid", "the configuration is refused", 422),
        _ => return failure,
    };
    let (kind, detail) = (format!("urn:dlc-reload:{kind}"), &failure.message);
    let mut json = json!({ "type": kind, "title": title, "status": status, "detail": detail });
    if !failure.problems.is_empty() {
        json["problems"] = json!(failure.problems);
    }
    Failure { json: Some(json.to_string()), ..failure }
}

#[cfg(test)]
mod tests {
    use dlc_reload::Problem;
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_refusal_has_the_members_of_the_admin_api() {
        let json = |failure: Failure| -> Value {
            serde_json::from_str(&described(failure).json.unwrap()).unwrap()
        };
        let refused = json(Failure::new(Fault::Invalid, "there is nothing to abort"));
        let expected = json!({
            "type": "urn:dlc-reload:refused", "title": "the change is refused", "status": 409,
            "detail": "there is nothing to abort",
        });
        assert_eq!(refused, expected);
        let away = json(Failure::new(Fault::NoAccess, "no cable"));
        assert_eq!(
            (&away["type"], &away["status"]),
            (&json!("urn:dlc-reload:fleet-out-of-reach"), &json!(503))
        );
        let problems = vec![Problem::error("unknown key")];
        let invalid = json(Failure { problems, ..Failure::new(Fault::Invalid, "refused") });
        assert_eq!(invalid["type"], "urn:dlc-reload:invalid");
        assert_eq!(invalid["problems"][0]["message"], "unknown key");
        assert!(described(Failure::usage("no store")).json.is_none());
    }
}
