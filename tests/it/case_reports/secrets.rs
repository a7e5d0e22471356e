//! Secrets beside, around and inside of what differs.

use dlc_reload::Secret;

use super::*;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Peer {
    #[reload(restart, secret)]
    password: String,
    #[reload(hot, live)]
    rate: u32,
    #[reload(restart)]
    host: String,
    #[serde(flatten)]
    #[reload(restart)]
    extra: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Beside {
    #[reload(nested)]
    peer: Peer,
    #[reload(restart)]
    port: u16,
    #[serde(flatten)]
    #[reload(hot, live)]
    labels: BTreeMap<String, u32>,
}

#[test]
fn case_f1_a_flattened_map_has_its_own_keys() {
    let text = |password: &str, rate: u8, extra: &str, label: u8| {
        format!(
            "peer: {{password: {password}, rate: {rate}, host: a, more: {extra}}}\na: {label}\nport: {rate}"
        )
    };
    let beside = edited!(Beside, &text("hunter1", 1, "x", 1));
    assert_eq!(
        beside.rows(&text("hunter2", 2, "y", 2)),
        [
            "peer.rate 1 → 2 1:33",
            "a 1 → 2 2:4",
            "peer.password secret 1:18",
            "peer.more \"x\" → \"y\" 1:51",
            "port 1 → 2 3:7",
        ]
    );
    let report = beside.edit(&format!("{}\nb: 3", text("hunter3", 2, "y", 2)));
    let rows: Vec<_> = report.changes().iter().map(|row| beside.row(row)).collect();
    assert_eq!(rows, ["b (absent) → 3 4:4"]);
    let status = beside.reloader.status();
    let plan = beside.reloader.plan().wait().unwrap();
    let told = format!(
        "{report}{report:?}{}{status:?}{}{plan:?}",
        serde_json::to_string(&report).unwrap(),
        serde_json::to_string(&status).unwrap()
    );
    assert!(!told.contains("hunter"), "{told}");
    let labels = status.fields.iter().find(|field| field.key.to_string() == "*").unwrap();
    assert_eq!(labels.effective, Some(serde_json::json!({"a": 2, "b": 3})));
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Vaulted {
    #[reload(restart)]
    host: String,
    #[serde(flatten)]
    #[reload(restart, secret)]
    keys: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Vaults {
    #[reload(nested)]
    vault: Option<Vaulted>,
    #[reload(restart)]
    named: BTreeMap<String, Secret<String>>,
    #[reload(restart, secret)]
    whole: BTreeMap<String, String>,
}

#[test]
fn case_f1_names_below_a_secret_are_not_shown() {
    let vaults = edited!(Vaults, "whole: {hunter1: a}\nnamed: {a: hunter1}");
    let report = vaults
        .edit("vault: {host: h, hunter2: a}\nwhole: {hunter2: a}\nnamed: {a: hunter2, b: hunter2}");
    let rows: Vec<_> = report.pending().iter().map(|one| vaults.row(&one.change)).collect();
    let expected = [
        r#"vault (absent) → {"*":"[redacted]","host":"h"} 1:8"#,
        "named secret 3:8",
        "whole secret 2:8",
    ];
    assert_eq!(rows, expected);
    let both = edited!(Vaults, "vault: {host: h, hunter1: a}");
    assert_eq!(
        both.rows("vault: {host: i, hunter2: a}"),
        ["vault.host \"h\" → \"i\" 1:15", "vault.* secret 1:8",]
    );
    let told = format!("{report}{:?}", vaults.reloader.status());
    assert!(!told.contains("hunter"), "{told}");
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Login {
    user: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<Secret<String>>,
}

/// What the schema does not tell of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Account {
    login: Login,
    #[serde(rename(serialize = "PIN"))]
    #[schemars(extend("writeOnly" = true, "x-secret" = true))]
    pin: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Logins {
    #[reload(restart)]
    logins: BTreeMap<String, Login>,
    #[reload(restart)]
    account: Option<Account>,
}

#[test]
fn case_f9_secrets_inside_of_a_leaf_are_hidden() {
    let logins = edited!(Logins, "logins: {a: {user: x, token: hunter1}, b: {user: y}}");
    assert_eq!(
        logins.rows("logins: {a: {user: x, token: hunter2}, b: {user: y}}"),
        ["logins.a.token secret 1:30"]
    );
    let rows = logins.rows(
        "logins: {a: {user: z, token: hunter1}, b: {user: y, token: hunter2}, c: {user: c, token: hunter3}}\n\
         account: {login: {user: a}, pin: hunter4}",
    );
    let expected = [
        "logins.a.user \"x\" → \"z\" 1:20",
        "logins.b.token secret 1:60",
        r#"logins.c (absent) → {"token":"[redacted]","user":"c"} 1:73"#,
        r#"account (absent) → {"PIN":"[redacted]","login":{"user":"a"}} 2:10"#,
    ];
    assert_eq!(rows, expected);
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Tls {
    #[reload(restart)]
    proxy: Option<String>,
    #[reload(restart)]
    pkcs12_password: Option<Secret<String>>,
    #[reload(hot, live)]
    rate: u8,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Client {
    #[reload(restart)]
    remote: String,
    #[reload(nested)]
    tls: Option<Tls>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Tunnel {
    #[reload(nested)]
    client: Option<Client>,
    #[serde(flatten)]
    #[reload(nested)]
    limits: Option<Limits>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
struct Limits {
    #[reload(restart)]
    most: u32,
    #[serde(default)]
    #[reload(restart)]
    least: Option<u32>,
}

#[test]
fn case_f9_a_section_that_appears_or_vanishes_is_one_row() {
    let tunnel = edited!(Tunnel, "{}");
    let first = tunnel.edit("client: {remote: a, tls: {pkcs12_password: hunter2}}\nmost: 3");
    let rows = |report: &Report| {
        report.pending().iter().map(|one| tunnel.row(&one.change)).collect::<Vec<_>>()
    };
    let client = r#"{"remote":"a","tls":{"pkcs12_password":"[redacted]","proxy":null,"rate":0}}"#;
    let expected = [format!("client (absent) → {client} 1:9"), "most (absent) → 3 2:7".into()];
    assert_eq!(rows(&first), expected);
    assert!(!tunnel.edit("client: {remote: a}").to_string().contains("(absent) → (absent)"));

    let tunnel = edited!(Tunnel, "client: {remote: a, tls: {rate: 1}}\nmost: 3");
    let tls = r#"{"pkcs12_password":null,"proxy":null,"rate":1}"#;
    let expected = [format!("client.tls {tls} → (absent) 1:9")];
    assert_eq!(tunnel.rows("client: {remote: a}\nmost: 3"), expected);
    let gone = tunnel.rows("{}");
    assert_eq!(gone.len(), 2, "{gone:#?}");
    assert!(gone[0].starts_with("client {") && gone[0].contains("→ (absent)"), "{gone:#?}");
    assert!(gone[1].starts_with("most 3 → (absent)"), "{gone:#?}");
}
