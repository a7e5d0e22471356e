//! The kinds of problems, and the variable that names the environment.

use dlc_reload::{
    Change, Environment, Error, HookResult, Invalid, Loader, Problem, ProblemKind, Reloadable,
    Trigger,
    source::Env,
    testing::{Fault, Memory, Stage},
};
use serde::{Deserialize, Serialize};

use crate::fixture::{Dir, mode};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(validate = Self::check)]
struct Config {
    #[reload(hot, live)]
    rate: u32,
    #[serde(default)]
    #[reload(hot, live)]
    motd: String,
}

impl Config {
    fn check(&self) -> Result<(), Invalid> {
        if self.rate == 13 { Err("must not be 13".into()) } else { Ok(()) }
    }
}

fn kinds(error: &Error) -> Vec<ProblemKind> {
    error.problems().iter().map(|problem| problem.kind).collect()
}

#[test]
fn case_18_17_a_problem_has_a_kind() {
    use ProblemKind::{Invalid, Missing, Syntax, Type, UnknownKey};
    let cases = [
        ("{rate: 1, motd: [}", vec![Syntax]),
        ("{rate: 1, rate: 2}", vec![Syntax]),
        ("{rate: many, mtod: x}", vec![Type, UnknownKey]),
        ("{motd: x}", vec![Missing]),
        ("{rate: 13}", vec![Invalid]),
    ];
    for (text, expected) in cases {
        let error = Loader::<Config>::new().text("yaml", text).load().unwrap_err();
        assert_eq!(kinds(&error), expected, "{error}");
    }
    let dir = Dir::new();
    let absent = Loader::<Config>::new().file(dir.join("absent.yaml")).load().unwrap_err();
    assert_eq!(kinds(&absent)[0], ProblemKind::Unreadable, "{absent}");
    #[cfg(unix)]
    {
        let path = dir.write("open.yaml", "rate: 1");
        mode(&path, 0o666);
        let open = Loader::<Config>::new().file(&path).load().unwrap_err();
        assert_eq!(kinds(&open)[0], ProblemKind::Permission, "{open}");
    }
}

#[test]
fn a_refusal_of_a_hook_has_a_kind_and_json_has_none() {
    #[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
    struct Hooked {
        #[reload(hot)]
        rate: u32,
    }
    struct Hooks;
    impl HookedHooks for Hooks {
        fn on_rate(&self, _: Change<'_, u32>) -> HookResult<'_> {
            Ok(dlc_reload::Commit::none())
        }
    }
    let (file, stage) = (Memory::yaml("rate: 1"), Stage::new());
    let boot = Loader::<Hooked>::new().source(file.clone()).load().unwrap();
    let builder = boot.reloader().hooks(std::sync::Arc::new(Hooks)).stage(&stage);
    let reloader = builder.start().unwrap();
    stage.inject(Hooked::fields().rate(), Fault::Refuse);
    file.write("rate: 2");
    let report = reloader.reload(Trigger::api("a test")).wait().unwrap();
    let problem = &report.problems()[0];
    assert_eq!(problem.kind, ProblemKind::Hook);
    let json = serde_json::to_value(problem).unwrap();
    assert!(json.get("kind").is_none(), "{json}");
    let read: Problem = serde_json::from_value(json).unwrap();
    assert_eq!((read.kind, &read), (ProblemKind::Other, problem), "the kind does not count");
}

#[test]
fn case_18_17_a_change_is_made_for_the_test_of_a_hook() {
    let change = Change::new("a", "b");
    assert_eq!((change.old, change.new, change.reversed().new), ("a", "b", "a"));
}

#[test]
fn case_18_17_the_variable_of_the_environment_is_the_authors_choice() {
    // Variables of the process cannot be set here, but there is one that is set everywhere.
    assert_eq!(Environment::from_var("PATH"), Environment::Production);
    assert_eq!(Environment::from_var("DLC_RELOAD_TEST_UNSET"), Environment::Production);
    assert_eq!(Environment::from_var("DLC_ENV"), Environment::from_env());
    let variables = Env::new("BILLING").of([("BILLING_ENV", "development"), ("BILLING_RATE", "1")]);
    let boot = Loader::<Config>::new().source(variables).load().unwrap();
    assert!(boot.warnings().is_empty(), "{:?}", boot.warnings());

    #[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
    struct WithEnv {
        #[reload(hot, live)]
        env: String,
    }
    let variables = Env::new("BILLING").of([("BILLING_ENV", "development")]);
    let boot = Loader::<WithEnv>::new().source(variables).load().unwrap();
    assert_eq!(boot.env, "development", "a field wins");
}
