//! The pages for authors: what they show is what comes.

use std::{env, fs, path::Path, process::Command};

use tempfile::TempDir;

use crate::{harness::bare_command, terminal::on_terminal};

/// The columns of the terminal of the pages.
const COLUMNS: u16 = 100;

/// A part of a page.
enum Part<'p> {
    Prose(&'p str),
    /// Commands that are run, and whose output does not count.
    Run(&'p str),
    /// Commands, each after a `$`, with the output of each.
    Shown(&'p str),
}

/// The walk of the page, in one shell. With `BLESS=1` in the environment, the page is written.
#[test]
fn the_walk_of_the_command_line_shows_what_comes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/authors/command-line.md");
    let page = fs::read_to_string(&path).unwrap();
    let parts = parts(&page);
    let folder = TempDir::new().unwrap();
    let output = folder.path().join("output");
    fs::create_dir(&output).unwrap();
    fs::write(folder.path().join("walk.sh"), script(&parts)).unwrap();
    let program = bare_command().get_program().to_owned();
    let program = Path::new(&program).parent().unwrap();
    let mut command = Command::new("sh");
    let paths = env::join_paths([program, Path::new("/usr/bin"), Path::new("/bin")]).unwrap();
    command.arg("walk.sh").current_dir(folder.path()).env_clear();
    command.env("PATH", paths).env("NO_COLOR", "1");
    let (code, shown) = on_terminal(command, COLUMNS);
    assert_eq!(code, 0, "{shown}");

    let mut came = shown.split('\u{1}');
    came.next();
    let made: String = parts
        .iter()
        .map(|part| match part {
            Part::Prose(text) => (*text).to_owned(),
            Part::Run(text) => format!("```sh\n{text}```\n"),
            Part::Shown(_) => format!("```text\n{}```\n", came.next().unwrap()),
        })
        .collect();
    if env::var_os("BLESS").is_some() {
        fs::write(path, made).unwrap();
    } else {
        assert_eq!(made, page, "BLESS=1 cargo test -p coach --test service pages");
    }
}

/// Returns the parts of a page.
fn parts(page: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = page;
    let starts = |text: &str| ["```sh\n", "```text\n"].map(|start| (text.find(start), start));
    while let Some((at, start)) =
        starts(rest).into_iter().filter_map(|(at, start)| Some((at?, start))).min()
    {
        let (prose, block) = rest.split_at(at);
        let (block, after) = block[start.len()..].split_once("```\n").unwrap();
        parts.push(Part::Prose(prose));
        let is_run = start == "```sh\n";
        parts.push(if is_run { Part::Run(block) } else { Part::Shown(block) });
        rest = after;
    }
    parts.push(Part::Prose(rest));
    parts
}

/// Returns one script of all commands, which shows the mark of a block before each block that is shown.
fn script(parts: &[Part<'_>]) -> String {
    let mut script = String::from("code=0\n");
    for part in parts {
        match part {
            Part::Prose(_) => {}
            Part::Run(commands) => script += commands,
            Part::Shown(block) => {
                script += "printf '\\001'\n";
                for line in block.lines().filter_map(|line| line.strip_prefix("$ ")) {
                    let quoted = line.replace('\'', "'\\''");
                    // For a command that shows the exit code of the one before.
                    script +=
                        &format!("printf '%s\\n' '$ {quoted}'\n(exit $code)\n{line}\ncode=$?\n");
                }
            }
        }
    }
    script + "exit 0\n"
}
