//! The debug output of what a configuration is loaded from, which shows names and no values.

use dlc_reload::{
    Loader, Reloadable,
    source::{Directory, Env, File, Intake, Interpolated, Source, Text},
    testing::Memory,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Reloadable)]
struct Config {
    #[serde(default)]
    #[reload(restart, secret)]
    api_key: String,
}

/// Returns the debug output in its two forms.
fn debug(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}\n{value:#?}")
}

#[track_caller]
fn names_only(output: &str, names: &[&str]) {
    for name in names {
        assert!(output.contains(name), "`{name}` is not in {output}");
    }
    assert!(!output.contains("hunter2"), "{output}");
}

#[test]
fn case_19_s9_sources_show_names_only() {
    let variables = Env::new("T").of([("T_API_KEY", "hunter2"), ("OTHER", "hunter2")]);
    names_only(&debug(&variables), &["T_API_KEY"]);
    let text = Text::new("yaml", "api_key: hunter2").named("built-in");
    names_only(&debug(&text), &["built-in", "Yaml"]);
    let memory = Memory::new("toml", "api_key = 'hunter2'");
    names_only(&debug(&memory), &["Toml"]);
    memory.write("api_key = 'hunter2 and more'");
    names_only(&debug(&memory), &["Toml"]);
    names_only(&debug(&File::required("a.yaml")), &["a.yaml"]);
    let interpolated = Interpolated::new(File::required("a.yaml")).of([("A", "hunter2")]);
    names_only(&debug(&interpolated), &["a.yaml"]);
    names_only(&debug(&Directory::new("a.d")), &["a.d"]);
    let loader = Loader::<Config>::new()
        .text("yaml", "api_key: hunter2")
        .source(variables)
        .set("api_key", "hunter2")
        .last_known_good("good.json");
    names_only(&debug(&loader), &["sources: 2", "api_key", "good.json"]);
}

#[test]
fn case_19_s9_the_intake_shows_names_only() {
    /// A source that looks at its intake.
    struct Looking;

    impl Source for Looking {
        fn read(&self, intake: &mut Intake<'_>) {
            intake.text("one", dlc_reload::Format::Yaml, "api_key: hunter2");
            intake.value("two", "api_key", "hunter2");
            names_only(&debug(intake), &["one", "two"]);
        }
    }

    let boot = Loader::<Config>::new().source(Looking).load().unwrap();
    assert_eq!(boot.api_key, "hunter2");
}
