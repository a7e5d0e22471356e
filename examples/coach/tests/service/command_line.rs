//! `coach config …`, the real program: its exit codes, its JSON and its screens.

use std::{
    fs,
    io::{Read, pipe},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output, Stdio},
};

use rustix::process::geteuid;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    harness::{CONFIG, Coach, SECRETS, bare_command, edited, write_private},
    terminal::on_terminal,
};

/// A folder with the file `config.yaml`, in which the program runs.
struct Folder(TempDir);

/// The end of a run.
#[derive(Debug)]
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Folder {
    fn new(config: &str) -> Self {
        let folder = Self(TempDir::new().unwrap());
        folder.write("config.yaml", config);
        folder
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        write_private(&path, text).unwrap();
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Returns the command `coach --config config.yaml config …`.
    fn command(&self, arguments: &[&str]) -> Command {
        self.command_with("config.yaml", arguments)
    }

    /// Returns the command `coach --config FILE config …`.
    fn command_with(&self, file: &str, arguments: &[&str]) -> Command {
        let mut command = self.bare(&["--config", file, "config"]);
        command.args(arguments);
        command
    }

    /// Returns the command `coach …`.
    fn bare(&self, arguments: &[&str]) -> Command {
        let mut command = bare_command();
        command.current_dir(self.path()).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        run(self.command(arguments))
    }
}

/// Runs the program, and makes sure that no secret is printed.
fn run(mut command: Command) -> Ran {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let (out, err) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    let ran = Ran { code: status.code().unwrap(), out, err };
    for secret in SECRETS.iter().chain([&PLANTED]) {
        assert!(!ran.out.contains(secret) && !ran.err.contains(secret), "{command:?}: {ran:#?}");
    }
    assert!(!ran.err.contains("panicked") && !ran.out.contains('\u{1b}'), "{command:?}: {ran:#?}");
    ran
}

impl Ran {
    #[track_caller]
    fn ends(&self, code: i32, out: &str, err: &str) -> &Self {
        assert_eq!(self.code, code, "{self:#?}");
        assert!(self.out.contains(out) && self.err.contains(err), "`{out}`, `{err}`: {self:#?}");
        self
    }

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

/// A secret in the wrong places, which must never appear.
const PLANTED: &str = "planted-hunter2";

#[test]
fn a_check_says_all_that_is_wrong() {
    let folder = Folder::new(CONFIG);
    folder.run(&["check"]).ends(0, "the configuration is valid: config.yaml\n", "");
    assert_eq!(folder.run(&["check", "--json"]).json(), json!({ "valid": true, "problems": [] }));

    let set = ["check", "--set", "server.port=9090", "--set", "server.names=a,b"];
    folder.run(&set).ends(0, "valid: config.yaml and 2 arguments\n", "");
    let mut command = folder.command(&["check"]);
    command.env("DLC_LOGGING__LEVEL", "warn");
    run(command).ends(0, "valid: config.yaml and 1 environment variable\n", "");

    folder.write("config.yaml", &edited("port: 0", "port: http").replace("ratio: 1.0", "ratio: 2"));
    let ran = folder.run(&["check"]);
    ran.ends(1, " --> config.yaml:3:9\n", "").ends(
        1,
        "the configuration is refused: 2 errors\n",
        "",
    );
    let judged = folder.run(&["check", "--json"]).json();
    assert_eq!(judged["valid"], false);
    let places: Vec<_> =
        judged["problems"].as_array().unwrap().iter().map(|one| &one["line"]).collect();
    assert_eq!(places, [3, 13]);
}

#[test]
fn a_warning_is_refused_where_that_is_asked_for() {
    let folder = Folder::new(CONFIG);
    let mut set = vec!["check", "--set", "database.password=planted-hunter2"];
    let told = "every user can see this secret in the list of processes";
    folder.run(&set).ends(0, told, "").ends(0, "valid, with 1 warning: config.yaml and 1 arg", "");
    set.push("--deny-warnings");
    folder.run(&set).ends(1, told, "").ends(1, "the configuration is refused: 1 warning", "");
    set.push("--json");
    let judged = folder.run(&set).json();
    assert_eq!(
        (&judged["valid"], &judged["problems"][0]["severity"]),
        (&json!(false), &json!("warning"))
    );
    // The whole section at once hides it no better, and a section without a secret is not warned of.
    folder.run(&["check", "--set", "database={password: planted-hunter2}"]).ends(0, told, "");
    folder.run(&["check", "--set", "database={name: x}"]).ends(0, "is valid: ", "");
}

#[test]
fn a_wrong_command_line_is_told() {
    let folder = Folder::new(CONFIG);
    for (arguments, told) in [
        (&["check", "--set", "planted-hunter2"][..], "`--set` has no `=`"),
        (&["check", "--set", "=planted-hunter2"], "`--set` has no key"),
        (&["chekc"], "'check'"),
        (&["explain"], "<KEY>"),
        (&["explain", "loging.level"], "did you mean `logging.level`?"),
        (&["explain", "loging"], "did you mean `logging`?"),
        (&["explain", "nonsense.of.mine"], "no field has the key `nonsense.of.mine`\n"),
        (&["explain", "webhooks[0].url"], "there is no value at `webhooks[0].url`"),
        (&["show", "servr"], "did you mean `server`?"),
        (&["plan", "--from", "config.yaml"], "--to <PATH>"),
        (&["plan"], "knows nothing of `--config`"),
        (&["check", "--config", "config.yaml"], "`--config` stands before and after a subcommand"),
        (&["man", "config", "nonsense"], "there is no command `nonsense`"),
    ] {
        folder.run(arguments).ends(64, "", told);
    }
    for (arguments, told) in [
        (&["config", "plan"][..], "no service: give `--url http://…`"),
        (&["config", "plan", "--set", "server.port=1"], "knows nothing of `--set`"),
        (&["--set", "server.port=1", "config", "show", "--set=server.port=2"], "`--set` stands"),
    ] {
        run(folder.bare(arguments)).ends(64, "", told);
    }
    let failed = folder.run(&["show", "servr", "--json"]).ends(64, "", "did you mean").json();
    assert!(failed["error"].as_str().unwrap().contains("did you mean `server`?"), "{failed}");
    folder.run(&["--help"]).ends(0, "Print JSON", "");
    folder.run(&["check", "--set", "nonsense=1"]).ends(1, "--set: nonsense: unknown key", "");
    folder.run(&["check", "--set", "server=1"]).ends(
        1,
        "--set: server: a text here, but a map in config.yaml:2:3",
        "",
    );
    folder.run(&["check", "--set", "server.port="]).ends(1, "--set: server.port: ", "");
    folder.run(&["check", "--set", "a\u{1b}[31m\n=1"]).ends(1, "--set: unknown key", "");
}

#[test]
fn what_cannot_be_read_is_told() {
    let folder = Folder::new(CONFIG);
    let check = |paths: &[&str]| {
        let mut command = folder.bare(&["config", "check"]);
        command.args(paths.iter().flat_map(|path| ["--config", path]));
        run(command)
    };
    check(&["absent.yaml"]).ends(1, "absent.yaml: ", "");
    check(&["config"]).ends(1, "config: ", "");
    folder.write("config.ini", "");
    check(&["config.ini"]).ends(1, "config.ini: ", "");
    folder.write("empty.yaml", "");
    check(&["empty.yaml"]).ends(1, "empty.yaml: holds no keys, write `{}` if that is meant", "");
    folder.write("none.yaml", "{}");
    check(&["none.yaml"]).ends(1, "auth.jwt_secret: required, but no source sets it", "");
    check(&["config.yaml", "none.yaml"]).ends(0, "valid: config.yaml and none.yaml", "");
    check(&["config.yaml", "config.yaml"]).ends(0, "is valid: config.yaml", "");
    fs::create_dir(folder.path().join("conf.d")).unwrap();
    check(&["config.yaml", "conf.d"]).ends(0, "is valid: config.yaml\n", "");
    folder.write("conf.d/20-port.toml", "server.port = 'http'");
    check(&["config.yaml", "conf.d"]).ends(1, " --> conf.d/20-port.toml:1:15\n", "");
    let unreadable = folder.path().join("conf.d/20-port.toml");
    fs::set_permissions(unreadable, fs::Permissions::from_mode(0o000)).unwrap();
    if !geteuid().is_root() {
        check(&["config.yaml", "conf.d"]).ends(1, "conf.d/20-port.toml: ", "");
    }
}

#[test]
fn the_standard_input_is_a_file_as_well() {
    let folder = Folder::new(CONFIG);
    let check = |config: &str| {
        let file = folder.path().join("input");
        write_private(&file, config).unwrap();
        let mut command = bare_command();
        command.args(["config", "check", "--config", "-"]).stdin(fs::File::open(file).unwrap());
        run(command)
    };
    check(CONFIG).ends(0, "valid: standard input\n", "");
    check(&edited("port: 0", "port: http")).ends(1, " --> standard input:3:9\n", "");
    check("{\"server\": {\"port\": true}}").ends(1, "standard input", "");
}

#[test]
fn a_template_passes_the_check_through_a_pipe() {
    let mut command = bare_command();
    command.args(["config", "template"]).stdout(Stdio::piped());
    let mut template = command.spawn().unwrap();
    let mut check = bare_command();
    check.args(["config", "check", "--config", "-"]).stdin(template.stdout.take().unwrap());
    run(check).ends(0, "valid", "").ends(0, "standard input", "");
    assert!(template.wait().unwrap().success());
}

#[test]
fn values_are_shown_with_their_origins() {
    let folder = Folder::new(CONFIG);
    let ran = folder.run(&["show", "--origin", "--set", "logging.level=debug"]);
    ran.ends(0, "logging.level               hot      \"debug\"", "");
    ran.ends(0, "telemetry.enabled           restart  true", "").ends(0, "config.yaml:10:12\n", "");
    ran.ends(0, "auth.jwt_secret             restart  (secret)", "");
    let section = folder.run(&["show", "logging"]);
    assert_eq!(section.out.lines().count(), 4, "{section:?}");
    assert!(!section.out.contains("SET IN"), "{section:?}");
    let one = folder.run(&["show", "server.port", "--json"]).json();
    let field = &one["fields"][0];
    assert_eq!((&field["effective"], &field["origin"]["line"]), (&json!(0), &json!(3)), "{one}");
    assert_eq!(one["fields"].as_array().unwrap().len(), 1);

    folder.write("config.yaml", &edited("port: 0", "port: http"));
    folder.run(&["show"]).ends(1, " --> config.yaml:3:9", "");
    assert_eq!(folder.run(&["explain", "server", "--json"]).json()["valid"], false);
}

#[test]
fn one_key_is_explained() {
    let folder = Folder::new(CONFIG);
    let mut command = folder.command(&["explain", "logging.level", "--set", "logging.level=warn"]);
    command.env("DLC_LOGGING__LEVEL", "error");
    let expected = "\
logging.level
  Least severe level that is written.

  value    \"warn\"
  type     one of trace, debug, info, warn, error
  class    hot: a new value takes effect at once
  default  \"info\"

sources, each over those above it
    default                                           shadowed
    config.yaml:5:10                         \"info\"   shadowed
    environment variable DLC_LOGGING__LEVEL  \"error\"  shadowed
  > --set                                    \"warn\"   wins
";
    assert_eq!(run(command).out, expected);
    let secret = folder.run(&["explain", "auth.jwt_secret"]);
    secret.ends(0, "value  (secret)", "").ends(0, "class  restart: ", "");
    secret.ends(0, "environment variable DLC_AUTH__JWT_SECRET            does not set it", "");
    folder.run(&["explain", "database"]).ends(0, "database, a section\n", "");
    let inside = folder.run(&["explain", "telemetry.sampler.ratio"]);
    inside.ends(0, "Share of the traces", "").ends(0, "value    1.0", "");
    let hook = "webhooks=[{url: 'https://ops.example.com/x', secrets: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw]}]";
    let inside = folder.run(&["explain", "webhooks[0].url", "--set", hook, "--json"]).json();
    assert_eq!((&inside["is"], &inside["inside"]["class"]), (&json!("inside"), &json!("restart")));
    assert_eq!(inside["effective"], "https://ops.example.com/x");
    let secrets = folder.run(&["explain", "webhooks", "--set", hook]);
    assert!(!secrets.out.contains("whsec_Mf"), "{secrets:?}");
}

#[test]
fn the_service_that_runs_is_asked_for_its_plan() {
    let coach = Coach::start(CONFIG);
    let folder = Folder::new(CONFIG);
    folder.write("token", &coach.log_in());
    let url = coach.url("/admin/config");
    let plan = |more: &[&str]| {
        let arguments = [&["config", "plan", "--url", &url, "--token-file", "token"], more];
        run(folder.bare(&arguments.concat()))
    };
    plan(&[]).ends(0, "a reload would change nothing\n", "");
    coach.write(&edited("level: info", "level: debug"));
    plan(&[]).ends(2, "~ logging.level  \"info\" → \"debug\"", "");
    coach.write(&edited("level: info", "level: debug").replace("port: 0", "port: 9"));
    plan(&[]).ends(3, "! server.port", "");
    let json = plan(&["--json"]).json();
    assert_eq!(json["pending"][0]["key"], "server.port");
    coach.write(&edited("level: info", "level: inof"));
    plan(&[]).ends(1, "", "unknown variant `inof`");
    assert_eq!(plan(&["--json"]).json()["problems"][0]["line"], 5);
    plan(&["--format", "github"]).ends(
        1,
        "line=5,col=10,title=Invalid::logging.level: unknown",
        "",
    );
    folder.write("token", "nonsense");
    plan(&[]).ends(6, "", "does not let you");
    drop(coach);
    plan(&[]).ends(6, "", "cannot reach");
    // What is compared with has to be right itself.
    folder.write("wrong.yaml", &edited("port: 0", "port: http"));
    let wrong = folder.run(&["plan", "--from", "wrong.yaml", "--to", "config.yaml"]);
    wrong.ends(1, " --> wrong.yaml:3:9", "nothing runs with the configuration of `--from`");
    let wrong = folder.run(&["plan", "--from", "wrong.yaml", "--to", "config.yaml", "--json"]);
    assert_eq!((wrong.code, &wrong.json()["valid"]), (1, &json!(false)));
    // A service may refuse what needs a restart.
    folder.write("restart.yaml", &edited("port: 0", "port: 9"));
    let between = ["plan", "--from", "config.yaml", "--to", "restart.yaml"];
    folder.run(&between).ends(3, "server.port", "");
    let refuses = [&between[..], &["--reject-restarts"]].concat();
    folder.run(&refuses).ends(1, "server.port: ", "").ends(1, "restart.yaml:3:9", "");
}

#[test]
fn completions_and_pages_are_of_the_whole_program() {
    let folder = Folder::new(CONFIG);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = folder.run(&["completions", shell]);
        ran.ends(0, "coach", "").ends(0, "explain", "").ends(0, "set", "");
    }
    folder.run(&["man"]).ends(0, ".TH coach 1", "").ends(0, "coach\\-config(1)", "");
    folder.run(&["man", "config", "plan"]).ends(0, "\\-\\-from", "");
}

#[test]
fn a_terminal_has_colours_and_its_width() {
    let folder = Folder::new(&edited("port: 0", "port: http"));
    let (code, shown) = on_terminal(folder.command(&["check"]), 80);
    assert_eq!(code, 1);
    assert!(shown.contains("\u{1b}[1m\u{1b}[31merror") || shown.contains("\u{1b}["), "{shown:?}");
    let mut command = folder.command(&["check"]);
    command.env("NO_COLOR", "1");
    let (_, plain) = on_terminal(command, 80);
    assert!(!plain.contains('\u{1b}'), "{plain:?}");
    folder.write("config.yaml", CONFIG);
    folder.write("new.yaml", &edited("level: info", "level: debug").replace("port: 0", "port: 9"));
    let plan = ["plan", "--from", "config.yaml", "--to", "new.yaml"];
    for columns in [20, 40, 80, 120] {
        for arguments in [&["show", "--origin"][..], &["explain", "telemetry.sampler"], &plan] {
            let mut command = folder.command(arguments);
            command.env("NO_COLOR", "1");
            let (_, shown) = on_terminal(command, columns);
            let widest = shown.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(widest <= usize::from(columns.max(40)), "{columns}: {shown}");
        }
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_told_nothing() {
    let names: String = (0..10_000).map(|number| format!("    - n{number}.example\n")).collect();
    let folder = Folder::new(&edited("  port: 0\n", &format!("  port: 0\n  names:\n{names}")));
    let wrong: String = (0..10_000).map(|number| format!("nonsense{number}: 1\n")).collect();
    folder.write("wrong.yaml", &format!("{CONFIG}{wrong}"));
    folder.run(&["check"]).ends(0, "is valid", "");
    let many = folder.run(&["plan", "--from", "config.yaml", "--to", "wrong.yaml"]);
    many.ends(1, "is refused: 50 errors and 9 950 more\n", "");
    for (file, arguments) in [
        ("config.yaml", &["show"][..]),
        ("wrong.yaml", &["check"]),
        ("config.yaml", &["show", "--json"]),
    ] {
        let (reader, writer) = pipe().unwrap();
        // Before it writes: a part of it would fit into the pipe.
        drop(reader);
        let mut command = folder.command_with(file, arguments);
        let mut child = command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
        let mut told = String::new();
        child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        assert_eq!(told, "");
        assert_eq!(child.wait().unwrap().code(), Some(74), "{arguments:?}");
    }
}

#[test]
fn no_secret_and_nothing_that_steers_a_terminal_is_printed() {
    let steering = "\\e[31m\\u2028";
    let config = CONFIG.replace("the-database-password", PLANTED).replace("  user: coach\n", "");
    let folder = Folder::new(&config);
    folder.write("steers.yaml", &format!("{config}  name: \"x{steering}\"\n"));
    // A secret beside a mistake, as a key, and in a text that is no YAML.
    folder.write("beside.yaml", &config.replace("level: info", "level: inof"));
    folder.write("key.yaml", &format!("{config}  {PLANTED}: 1\n"));
    folder.write("syntax.yaml", &config.replace(PLANTED, &format!("[{PLANTED}")));
    folder.write("keys.yaml", &format!("{config}\"k{steering}\": 1\n"));
    let other = config.replace("the-signing-secret", "planted-hunter2-2");
    folder.write("other.yaml", &other);
    for name in ["config", "steers", "beside", "key", "syntax", "keys", "other"] {
        let file = format!("{name}.yaml");
        for form in [&[][..], &["--json"], &["--format", "github"]] {
            for arguments in [
                &["check"][..],
                &["show", "--origin"],
                &["explain", "database"],
                &["explain", "database.password"],
                &["plan", "--from", "config.yaml", "--to", &file],
                &["plan", "--from", &file, "--to", "config.yaml"],
            ] {
                if form.len() == 2 && arguments[0] != "plan" {
                    continue;
                }
                let ran = run(folder.command_with(&file, &[arguments, form].concat()));
                assert!(!ran.out.contains('\u{2028}'), "{ran:#?}");
            }
        }
    }
}
