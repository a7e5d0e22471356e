//! The leaks that the search has found, each alone.

use std::{collections::BTreeMap, sync::Arc};

use dlc_reload::{
    Change, Commit, HookResult, Invalid, Loader, Reloadable, Secret, Trigger, UnknownKeys,
    Watching,
    source::Env,
    testing::{Memory, Stage},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fixture::{Dir, load, refused};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
#[reload(validate = quoting)]
struct Service {
    #[reload(hot)]
    rate: u32,
    #[reload(restart)]
    says: String,
    #[reload(restart, secret)]
    url: Option<Secret<String>>,
    #[reload(restart, secret)]
    vault: BTreeMap<String, String>,
    #[reload(restart)]
    peer: Peer,
    #[reload(restart)]
    labels: BTreeMap<String, String>,
}

/// A value without a secret, in which an operator may write one all the same.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Peer {
    host: String,
}

/// Says what a driver does that was handed the URL.
fn quoting(service: &Service) -> Result<(), Invalid> {
    let text = format!("cannot log in with {}", service.says);
    if service.says.is_empty() { Ok(()) } else { Err(text.into()) }
}

/// A service that quotes this text in its hooks.
struct Quoting(&'static str);

impl ServiceHooks for Quoting {
    fn on_rate(&self, change: Change<'_, u32>) -> HookResult<'_> {
        if *change.new == 9 { Err(self.0.into()) } else { Ok(Commit::none()) }
    }
}

#[test]
fn the_password_of_a_url_is_known_without_its_escapes() {
    let text = "{url: 'amqp://bob:hun%2Bter%3a22@host/%2F', says: hun+ter:22}";
    let said = refused(Loader::<Service>::new().text("yaml", text)).to_string();
    assert_eq!(said, "text:1:1: cannot log in with [redacted]");
}

#[test]
fn words_with_a_space_of_another_kind_between_them_are_no_name() {
    let said = |text: &str| refused(Loader::<Service>::new().text("yaml", text)).to_string();
    for written in ["{\"hunter\u{a0}twenty-two\": x}", "{peer: {\"hunter\u{2003}twenty\": x}}"] {
        assert!(!said(written).contains("hunter"), "{}", said(written));
    }
    // At an end it is a slip of the hand, and the message names it.
    let slip = said("{\"rate\u{a0}\": 1}");
    assert!(slip.contains("U+00A0") && slip.contains("rate"), "{slip}");
}

#[test]
fn a_shadowed_value_does_not_tell_the_names_of_a_secret_map() {
    let (below, above) = (Memory::yaml("vault: {hun+ter: a}"), Memory::yaml("rate: 1"));
    let boot = load(Loader::<Service>::new().source(below).source(above.clone()));
    let builder = boot.reloader().hooks(Arc::new(Quoting("hun+ter:22"))).watch(Watching::Off);
    let reloader = builder.start().unwrap();
    above.write("vault: {hun+ter: b}");
    let plan = reloader.plan().wait().unwrap();
    let report = reloader.reload(Trigger::api("a test")).wait().unwrap();
    assert_eq!(report.shadowed()[0].key.to_string(), "vault");
    assert!(!format!("{report} {plan:?}").contains("hun+ter"), "{report}");
}

#[test]
fn a_secret_that_begins_as_the_one_in_force_hides_all_of_that() {
    let file = Memory::yaml("{rate: 1, url: 'hun+ter:22-and-more'}");
    let boot = load(Loader::<Service>::new().source(file.clone()));
    let hooks = Arc::new(Quoting("no <hun+ter:22-and-more>"));
    let reloader = boot.reloader().hooks(hooks).watch(Watching::Off).start().unwrap();
    file.write("{rate: 9, url: 'hun+ter:22'}");
    let report = reloader.reload(Trigger::api("a test")).wait().unwrap();
    assert_eq!(report.problems()[0].message, "no <[redacted]> (refused: 9)");
}

#[test]
fn the_name_of_a_variable_is_shown_up_to_what_may_be_a_secret() {
    let all = [
        "T_VAULT__HUNTER2",
        "T_URL__HUNTER2",
        "T_HUNTER+2",
        "T_RATES",
        "T_VAULT__A__HUNTER2",
        "T_LABELS__SOME.TIER",
        // An equals sign is missing after the name.
        "T_LABELS__NOTE[\"HUNTER2\"]",
    ];
    let variables = Env::new("T").of(all.map(|name| (name, "x")));
    assert!(!format!("{variables:?}").contains("HUNTER+2"));
    let boot = load(Loader::<Service>::new().source(variables));
    let said = format!("{:?} {:?}", boot.warnings(), boot.origins());
    assert!(!said.contains("HUNTER"), "{said}");
    for name in ["T_VAULT__…", "T_URL__…", "T_…", "T_RATES", "T_LABELS__SOME.TIER", "T_LABELS__…"]
    {
        assert!(said.contains(&format!("\"environment variable {name}\"")), "{name}: {said}");
    }
}

#[test]
fn the_password_of_a_url_ends_at_any_at_sign() {
    let text = "{url: 'amqp://bob:hun+ter@host/?mail=a@b', says: hun+ter}";
    let said = refused(Loader::<Service>::new().text("yaml", text)).to_string();
    assert_eq!(said, "text:1:1: cannot log in with [redacted]");
}

#[test]
fn a_secret_in_a_variable_is_known_as_a_whole_and_by_the_items_that_it_looks_like() {
    let whole = ["[hun+ter:22", "{a: hun+ter:22", "ab,+c,de,fg", "a1+,,b2,,c3", "ab, cd"];
    let item = [("hun+ter,b", "hun+ter"), ("[\"hun+ter\"]", "hun+ter")];
    for (secret, said) in whole.map(|whole| (whole, whole)).into_iter().chain(item) {
        let variables = Env::new("T").of([("T_URL", secret), ("T_SAYS", said)]);
        let said = refused(Loader::<Service>::new().source(variables)).to_string();
        assert_eq!(said, "cannot log in with [redacted]", "{secret}");
    }
}

#[test]
fn a_key_that_no_schema_knows_hides_its_value_in_an_explanation_and_on_disk() {
    let dir = Dir::new();
    let unknown =
        ["peer: {hosst: hun+ter}", "peer: {hun+ter: x}", "peer: {host: a, first: {a: hun+ter}}"];
    for text in unknown {
        let loader =
            || Loader::<Service>::new().unknown_keys(UnknownKeys::Warn).source(Memory::yaml(text));
        let boot = load(loader().last_known_good(dir.join("good.json")));
        let said = format!("{:?} {:?} {:?}", boot.explain("peer"), boot.origins(), boot.warnings());
        assert!(!said.contains("hun+ter"), "{said}");
        assert!(boot.explain("peer").hidden);
        drop(boot.reloader().hooks(Arc::new(Quoting(""))).watch(Watching::Off).start().unwrap());
        let kept = std::fs::read_to_string(dir.join("good.json")).unwrap();
        assert!(!kept.contains("hun+ter"), "{kept}");
    }
    for host in ["a, b", "[a]", "{a: b}"] {
        let variables = Env::new("T").of([("T_PEER__HOST", host)]);
        let boot = load(Loader::<Service>::new().source(variables));
        assert_eq!(boot.explain("peer").rows[1].value, Some(serde_json::json!({"host": host})));
    }
}

#[test]
fn the_debug_output_of_a_stage_leaves_out_what_hooks_said() {
    let (file, stage) = (Memory::yaml("{rate: 1, url: 'hun+ter:22'}"), Stage::new());
    let boot = load(Loader::<Service>::new().source(file.clone()));
    let reloader =
        boot.reloader().hooks(Arc::new(Quoting("hun+ter:22"))).stage(&stage).start().unwrap();
    file.write("{rate: 9, url: 'hun+ter:22'}");
    reloader.reload(Trigger::api("a test")).wait().unwrap();
    assert!(!format!("{stage:?} {stage:#?}").contains("hun+ter"));
    assert_eq!(stage.calls(), ["prepare rate: hun+ter:22"]);
}
