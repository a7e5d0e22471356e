//! The width of what people read.

use super::*;
use crate::{
    log_lines::Lines,
    subprocess::{is_alone, passes, this_binary},
};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Wide {
    #[reload(hot, live)]
    text: String,
    #[reload(restart)]
    names: BTreeMap<String, String>,
    #[reload(hot, live)]
    set: BTreeSet<u32>,
}

fn long(c: char, length: usize) -> String {
    std::iter::repeat_n(c, length).collect()
}

fn widest(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap()
}

#[test]
fn case_f5_a_row_is_cut_and_the_report_is_not() {
    let wide = edited!(Wide, &format!("text: {}x\nset: [1]", long('a', 5000)));
    let name = long('n', 300);
    let next = format!(
        "text: {}y\nset: [{}]\nnames: {{{name}: \"{}\", short: a}}",
        long('a', 5000),
        (0..2000).map(|number| number.to_string()).collect::<Vec<_>>().join(", "),
        long('é', 400)
    );
    let report = wide.edit(&next);
    let shown = report.to_string();
    assert!(widest(&shown) <= 200, "{shown}");
    // The row shows the part that differs.
    let text = shown.lines().find(|line| line.contains("~ text")).unwrap();
    assert!(text.contains("…aaaaa") && text.contains("x\" → ") && text.contains("y\""), "{text}");
    assert!(shown.contains("waits for a restart") && shown.contains("nn…"), "{shown}");
    assert_eq!(report.changes()[0].new, Some(format!("{}y", long('a', 5000)).into()));
    let json = serde_json::to_string(&report).unwrap();
    let back: Report = serde_json::from_str(&json).unwrap();
    assert_eq!(back.changes(), report.changes());
}

#[test]
fn case_f5_a_line_of_the_log_is_cut() {
    // The reload thread logs, so that the whole process is heard.
    if !is_alone() {
        return passes(this_binary("case_reports::rows::case_f5_a_line_of_the_log_is_cut"));
    }
    let lines = Lines::default();
    lines.hear_all();
    let wide = edited!(Wide, "text: a");
    lines.take();
    let quotes = format!("'{}'", long('"', 900));
    wide.edit(&format!(
        "text: {quotes}\nset: [1, 2]\nnames: {{{}: {}, short: \"a\\u2028b\"}}",
        long('n', 300),
        long('c', 900)
    ));
    let said = lines.take();
    let starting = |start: &str| said.iter().filter(|line| line.contains(start)).count();
    assert_eq!((starting("configuration changed"), starting("waits for a restart")), (2, 2));
    assert!(said.iter().all(|line| widest(line) <= 200 && line.lines().count() == 1), "{said:#?}");
    let set = "INFO configuration changed reload=1 key=set class=hot old=[] new=[1,2] origin=";
    assert!(said.iter().any(|line| line.starts_with(set)), "{said:#?}");
}

#[test]
fn case_f5_a_value_beyond_the_limit_is_cut_in_the_report_too() {
    let wide = edited!(Wide, "text: a");
    let report = wide.edit(&format!("text: {}", long('b', 200_000)));
    let new = report.changes()[0].new.as_ref().unwrap().as_str().unwrap();
    assert!(new.len() < 70_000 && new.contains('…'), "{}", new.len());
    assert_eq!(report.changes()[0].old, Some("a".into()));
}

#[test]
fn case_f5_a_leaf_with_too_many_differences_is_one_row() {
    let wide = edited!(Wide, "names: {a: b}");
    let names = |count: usize| {
        let names: Vec<_> = (0..count).map(|number| format!("n{number}: x")).collect();
        format!("names: {{{}}}", names.join(", "))
    };
    assert_eq!(wide.edit(&names(999)).pending().len(), 1000);
    let report = wide.edit(&names(1001));
    assert_eq!(report.pending().len(), 1);
    assert_eq!(report.pending()[0].change.key.to_string(), "names");
    assert!(widest(&report.to_string()) <= 200);
}
