//! Values that are the content of files.

use dlc_reload::{
    Limits, Loader, ProblemKind, Trigger, Verdict, Watching,
    source::{File, Interpolated},
};

use super::Config;
use crate::fixture::{Dir, load, mode, problems, refused, warnings};

fn loader(dir: &Dir, name: &str) -> Loader<Config> {
    Loader::new().file(dir.join(name)).interpolate()
}

#[test]
fn point_11_a_file_is_relative_to_the_file_with_the_value() {
    let dir = Dir::new();
    dir.write("motd", "of the root\r\n");
    dir.write("conf/motd", "of the folder\n\n");
    dir.write("port", "80\n");
    dir.write("conf/token", "hunter2\n");
    let absolute = dir.join("port").display().to_string();
    dir.write("a.yaml", "include: [conf/b.yaml]\nmotd: ${file:motd}");
    let text = format!(
        "motd: x\nhosts: ['${{file:motd}}']\nport: ${{file:{absolute}}}\ntoken: ${{file:token}}"
    );
    dir.write("conf/b.yaml", text);
    let boot = load(loader(&dir, "a.yaml"));
    assert_eq!(boot.motd, "of the root", "one line break at the end is taken off");
    assert_eq!(boot.hosts, ["of the folder\n"]);
    assert_eq!((boot.port, boot.token.expose().as_str()), (80, "hunter2"));
    let origin = boot.handle().get().origin("port").to_string();
    assert_eq!(dir.strip(&origin), "conf/b.yaml:3:7");
}

#[test]
fn point_11_the_names_of_included_files_may_refer_too() {
    let dir = Dir::new();
    dir.write("eu.yaml", "port: 81");
    dir.write("a.yaml", "include: ['${REGION}.yaml']");
    let file = || Interpolated::new(File::required(dir.join("a.yaml")));
    let boot = load(Loader::<Config>::new().source(file().of([("REGION", "eu")])));
    assert_eq!(boot.port, 81);
    let found = problems(Loader::<Config>::new().source(file().of([("X", "")])));
    let expected = "a.yaml:1:11: include[0]: environment variable REGION is not set: set it, or write `${REGION:-default}`";
    assert_eq!(dir.strip(&found), expected);
}

#[cfg(unix)]
#[test]
fn point_11_a_file_that_cannot_be_read_is_told_of_at_the_line() {
    let dir = Dir::new();
    dir.write("text", [b'a', 0xff]);
    dir.write("large", "x".repeat(600));
    mode(&dir.write("open", "x"), 0o666);
    std::fs::create_dir(dir.join("folder")).unwrap();
    for (name, reason, kind) in [
        ("none", "no such file, create it", ProblemKind::Unreadable),
        ("text", "not UTF-8", ProblemKind::Unreadable),
        ("large", "larger than 500 bytes, shorten it", ProblemKind::Unreadable),
        (
            "open",
            "every user can change it, take that away with `chmod o-w`",
            ProblemKind::Permission,
        ),
        (
            "folder",
            "a directory and not a file, put a regular file in its place",
            ProblemKind::Unreadable,
        ),
    ] {
        dir.write("a.yaml", format!("port: 1\nmotd: ${{file:{name}}}"));
        let limits = Limits::default().with_bytes(500);
        let error = refused(loader(&dir, "a.yaml").limits(limits));
        let found = error.to_string().replace(&dir.path().display().to_string(), "DIR");
        let expected = format!("DIR/a.yaml:2:7: motd: `${{file:{name}}}` (DIR/{name}): {reason}");
        assert_eq!((found, error.problems()[0].kind), (expected, kind));
    }
    dir.write("empty", "\n");
    dir.write("a.yaml", "token: ${file:empty}\nmotd: ${file:empty}");
    let found = dir.strip(&problems(loader(&dir, "a.yaml")));
    assert_eq!(
        found,
        "a.yaml:1:8: token: a secret cannot be empty, and `${file:empty}` is: set it"
    );
}

#[test]
fn point_11_a_renewed_file_is_reported_like_any_value_of_its_leaf() {
    let dir = Dir::new();
    let renew = |motd: &str, token: &str| {
        dir.write("motd", motd);
        dir.write("token", token);
    };
    renew("one", "hunter2");
    dir.write("a.yaml", "motd: ${file:motd}\ntoken: ${file:token}");
    let boot = load(loader(&dir, "a.yaml"));
    let reloader = boot.reloader().watch(Watching::Off).start().unwrap();
    renew("two", "swordfish");
    let report = reloader.reload(Trigger::api("a test")).wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Applied);
    let said = dir.strip(&report.to_string());
    assert!(said.contains("~ motd   \"one\" → \"two\""), "{said}");
    assert!(said.contains("a.yaml:1:7") && said.contains("a.yaml:2:8"), "{said}");
    let status = serde_json::to_string(&reloader.status()).unwrap();
    for text in [said, status, format!("{report:?}")] {
        assert!(!text.contains("hunter2") && !text.contains("swordfish"), "{text}");
    }
    assert_eq!(reloader.status().pending[0].change.key.to_string(), "token");
}

#[test]
fn point_11_a_secret_that_is_missing_is_not_the_text_of_its_reference() {
    let dir = Dir::new();
    let (secret, good) = (dir.write("secret", "hunter2"), dir.join("good.json"));
    let load = |text: &str| {
        dir.write("a.yaml", text);
        loader(&dir, "a.yaml").last_known_good(&good).load()
    };
    let text = "motd: hello\ntoken: ${file:secret}\n";
    drop(load(text).unwrap().reloader().watch(Watching::Off).start().unwrap());
    let boot = load(&format!("{text}port: ${{PORT_THAT_IS_NOT_SET}}")).unwrap();
    assert!(boot.last_known_good().is_some());
    assert_eq!((boot.motd.as_str(), boot.token.expose().as_str()), ("hello", "hunter2"));
    std::fs::remove_file(secret).unwrap();
    let error = load(text).unwrap_err().to_string();
    let expected =
        "`token` may hold a secret and is not kept, and the sources as they are now do not set it";
    assert!(error.contains("no such file") && error.contains(expected), "{error}");
}

#[cfg(unix)]
#[test]
fn point_11_the_file_with_the_secret_is_the_one_that_others_must_not_read() {
    let dir = Dir::new();
    let (token, config) = (dir.write("token", "hunter2"), dir.join("a.yaml"));
    let warned = |text: &str| {
        mode(&dir.write("a.yaml", text), 0o644);
        let found = dir.strip(&warnings(loader(&dir, "a.yaml")));
        found.split(": warning: every user").next().unwrap().to_owned()
    };
    assert_eq!(warned("token: ${file:token}"), "");
    assert_eq!(warned("token: ${HOME}"), "");
    assert_eq!(warned("token: hunter2"), "a.yaml");
    assert_eq!(warned("token: ${NONE:-hunter2}"), "a.yaml");
    mode(&token, 0o644);
    assert_eq!(warned("token: ${file:token}"), "token");
    assert_eq!(warned("motd: ${file:token}"), "");
    dir.write("a.yaml", "include: [b.yaml]\ntoken: ${file:token}");
    dir.write("b.yaml", "token: ${file:token}");
    assert_eq!(load(loader(&dir, "a.yaml")).warnings().len(), 1, "once");
    // Where it is not interpolated, the text is the secret.
    mode(&dir.write("a.yaml", "token: ${HOME}"), 0o644);
    assert!(!warnings(Loader::<Config>::new().file(config)).is_empty());
}
