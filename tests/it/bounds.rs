//! What sources may cost: it is bounded by their limits, and grows no faster than they do.

use std::fmt::Write as _;

use dlc_reload::{Format, Limits, Loader, Trigger, UnknownKeys, testing::Memory};

use crate::fixture::{BASE, Config, Dir, load, refused, yaml};

/// A text of so many lines that each set an unknown key.
fn unknown_keys(count: usize) -> String {
    let mut text = String::new();
    for at in 0..count {
        writeln!(text, "key-{at:05}: 1").unwrap();
    }
    text
}

#[test]
fn problems_are_listed_up_to_a_limit() {
    let error = refused(yaml(&unknown_keys(9000)));
    let problems = error.problems();
    assert_eq!(problems.len(), 51);
    assert_eq!(problems[49].origin.as_ref().unwrap().line, Some(50));
    assert_eq!(problems[50].to_string(), "and 8 950 more");
    assert!(problems[50].is_error());

    let limits = Limits::default().with_problems(2);
    let error = refused(yaml(&unknown_keys(4)).limits(limits.clone()));
    assert!(error.to_string().ends_with("\nand 2 more"), "{error}");
    let error = refused(yaml(&unknown_keys(2)).limits(limits));
    assert_eq!(error.problems().len(), 2, "{error}");
}

#[test]
fn errors_are_listed_before_warnings() {
    let text = unknown_keys(60) + "ratio: x\n";
    let error = refused(yaml(&text).unknown_keys(UnknownKeys::Warn));
    let problems = error.problems();
    assert_eq!(problems.len(), 51);
    assert!(problems[0].message.contains("expected a number"), "{error}");
    assert_eq!(problems[50].to_string(), "warning: and 11 more");

    let boot = load(yaml(&unknown_keys(60)).unknown_keys(UnknownKeys::Warn));
    assert_eq!(boot.warnings().len(), 51);
}

#[test]
fn variables_that_name_no_key_are_listed_up_to_the_limit() {
    let variables = (0..200).map(|at| (format!("T_NOTHING_{at}"), "1".to_owned()));
    let loader = yaml("{}").source(dlc_reload::source::Env::new("T").of(variables));
    let boot = load(loader);
    assert_eq!(boot.warnings().len(), 51);
    assert_eq!(boot.warnings()[50].message, "and 150 more");
}

#[test]
fn syntax_errors_are_listed_up_to_the_limit() {
    let error = refused(yaml("{}").text("toml", "a b\n".repeat(3000)));
    assert_eq!(error.problems().len(), 51);
    assert_eq!(error.problems()[50].message, "and 2 950 more");
}

#[test]
fn too_many_files_are_one_problem() {
    let dir = Dir::new();
    for at in 0..20 {
        dir.write(&format!("d/{at:02}.yaml"), "motd: x");
    }
    let loader = yaml("{}").directory(dir.join("d")).limits(Limits::default().with_files(4));
    let error = refused(loader);
    assert_eq!(dir.strip(&error.to_string()), "d/04.yaml: more than 4 files, join some");
}

#[test]
fn a_long_line_is_cut_around_the_place() {
    let mut json = String::from("{\"motd\": \"x\"");
    for at in 0..2000 {
        write!(json, ",\"key-{at:04}\": 1").unwrap();
    }
    json.push('}');
    let error = refused(yaml("{}").text("json", &json));
    let excerpts = error.excerpts().to_string();
    let widest = excerpts.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(widest <= 180, "{widest}:\n{excerpts}");
    assert!(excerpts.len() < 51 * 700, "{} bytes", excerpts.len());
    let tenth: Vec<_> = excerpts.split("\n\n").nth(9).unwrap().lines().collect();
    let column = json.find("\"key-0009").unwrap() + 1;
    assert_eq!(tenth[1], format!(" --> text:1:{column}"), "{excerpts}");
    let (line, marks) = (tenth[3], tenth[4]);
    let at = marks.find('^').unwrap();
    let pointed: String = line.chars().skip(at).take(9).collect();
    assert_eq!(pointed, "\"key-0009", "{excerpts}");
    assert!(line.contains('…'), "{line}");
}

#[test]
fn a_secret_is_not_shown_where_a_line_is_cut_through_it() {
    let secret = "hunter2-".repeat(40);
    let (before, after) = ("a".repeat(300), "b".repeat(300));
    for at in [0, 20, 130] {
        let filler = "c".repeat(at);
        let text = format!(
            "{{motd: \"{before} {secret} {filler}\", ratio: x, secret: {secret}, labels: {{{after}: 1}}}}"
        );
        let error = refused(Loader::<Config>::new().text("yaml", BASE).text("yaml", &text));
        let excerpts = error.excerpts().to_string();
        assert!(excerpts.contains("expected a number"), "{excerpts}");
        assert!(!excerpts.contains("unter2"), "{excerpts}");
    }
}

#[test]
fn aliases_and_merge_keys_count_the_bytes_that_they_copy() {
    let long = "x".repeat(100_000);
    let aliases = ["*a"; 500].join(",");
    let mut merges = format!("x-a: &a {{level: {long}}}\nx-b:\n");
    let mut keys = format!("x-a: &a {long}\nx-b:\n");
    let mut nested = format!("x-a: &a {long}\nx-b: ");
    for at in 0..500 {
        writeln!(merges, "  k{at}: {{<<: *a}}").unwrap();
        writeln!(keys, "- {{*a : 1}}").unwrap();
    }
    for at in 0..60 {
        write!(nested, "&b{at} [").unwrap();
    }
    nested += &["*a"; 10].join(",");
    nested += &"]".repeat(60);
    let list = format!("x-a: &a {long}\nx-b: [{aliases}]");
    for text in [list, merges, keys, nested] {
        let error = refused(yaml("{}").text("yaml", &text));
        let said = error.to_string();
        assert!(said.contains("aliases copy too much text, write fewer of them"), "{said}");
        assert_eq!(error.problems().len(), 1, "{said}");
    }
    let few = format!("x-a: &a {long}\nx-b: [{}]", ["*a"; 100].join(","));
    load(yaml("{}").text("yaml", few));
}

#[test]
fn the_limits_hold_for_all_sources_together() {
    let dir = Dir::new();
    let limits = Limits::default();
    let file = dir.write("a.yaml", format!("motd: {}", "x".repeat(94)));
    let includes = |count: usize| format!("include: [{}]", vec!["a.yaml"; count].join(", "));
    let base = u64::try_from(BASE.len()).unwrap() + 2;

    let text = includes(10);
    let enough = base + u64::try_from(text.len()).unwrap() + 1000;
    let root = dir.write("root.yaml", &text);
    load(yaml("{}").file(&root).limits(limits.clone().with_bytes(enough)));
    let less = limits.clone().with_bytes(enough - 1);
    let expected = format!("with this, all sources are larger than {} bytes", enough - 1);
    let error = refused(yaml("{}").file(&root).limits(less.clone()));
    assert!(error.to_string().contains(&expected), "{error}");
    // What comes after it is not read, and one problem is enough.
    let error = refused(yaml("{}").file(dir.write("root.yaml", includes(40))).limits(less.clone()));
    assert_eq!(error.problems().len(), 1, "{error}");

    let variable = ("T_MOTD".to_owned(), "x".repeat(usize::try_from(enough).unwrap() - 10));
    let env = dlc_reload::source::Env::new("T").of([variable]);
    let error = refused(yaml("{}").source(env).limits(less.clone()));
    assert!(error.to_string().contains(&expected), "{error}");
    let error = refused(yaml("{}").set("motd", "x".repeat(1000)).file(&file).limits(less));
    assert!(error.to_string().contains(&expected), "{error}");

    let values = limits.with_values(12);
    load(yaml("labels: {a: 1, b: 2}").file(&file).limits(values.clone()));
    let error =
        refused(yaml("labels: {a: 1, b: 2}").file(&file).file(&file).file(&file).limits(values));
    assert!(error.to_string().contains("more than 12 values in all sources"), "{error}");
    assert_eq!(error.problems().len(), 1, "{error}");
}

#[test]
fn c7_a_name_of_any_length_is_shown_up_to_a_width() {
    let name = "x".repeat(100_000);
    let text = |value: &str| format!("{{\"labels\": {{\"{name}\": {value}}}}}");
    let found = refused(yaml("{}").text("json", text("true"))).to_string();
    assert!(found.contains("… (99807 more bytes): invalid type"), "{found}");
    assert!(found.len() < 500, "{found}");

    let layer = Memory::new(Format::Json, "{}");
    let loader = yaml("{}").source(layer.clone()).text("json", text("1"));
    let reloader = loader.load().unwrap().reloader().start().unwrap();
    layer.write(text("2"));
    let trigger = Trigger::api(&*name).actor(&*name);
    let report = reloader.reload(trigger).wait().unwrap();
    assert_eq!(report.shadowed().len(), 1);
    let shown = report.to_string();
    assert!(shown.len() < 1000, "{shown}");
}
