//! The workflows for pull requests: their commands, run in a real repository as GitHub runs them.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{harness::bare_command, versions::older};

/// The configuration of the base branch.
const BASE: &str = "\
server:
  port: 8080
logging:
  level: info
";

/// A repository, with the folders of a runner beside it.
struct Repository {
    folder: TempDir,
}

/// The end of a step.
struct Ran {
    code: i32,
    out: String,
    summary: String,
}

impl Repository {
    /// Makes a repository whose base branch has this configuration, if any.
    fn new(base: Option<&str>) -> Self {
        let repository = Self { folder: TempDir::new().unwrap() };
        fs::create_dir_all(repository.root().join("deploy")).unwrap();
        fs::create_dir(repository.folder.path().join("temp")).unwrap();
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        fs::write(repository.root().join("README.md"), "A service.\n").unwrap();
        if let Some(base) = base {
            repository.write(base);
        }
        repository.git(&["add", "."]);
        repository.git(&["commit", "--quiet", "--message=base"]);
        repository
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("repository")
    }

    fn write(&self, config: &str) {
        fs::write(self.root().join("deploy/config.yaml"), config).unwrap();
    }

    fn git(&self, arguments: &[&str]) {
        let mut command = Command::new("git");
        command.current_dir(self.root()).env("HOME", self.folder.path());
        command.args(["-c", "user.name=Test", "-c", "user.email=test@example.com"]);
        let Output { status, stderr, .. } = command.args(arguments).output().unwrap();
        assert!(status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&stderr));
    }

    /// Merges a pull request with this configuration into the base branch, as the checkout of a pull request is, and
    /// runs the step on it.
    fn plan(&self, config: &str) -> Ran {
        self.git(&["switch", "--quiet", "--create=edit"]);
        self.write(config);
        self.git(&["add", "."]);
        self.git(&["commit", "--quiet", "--message=edit"]);
        self.git(&["switch", "--quiet", "main"]);
        self.git(&["merge", "--quiet", "--no-ff", "--message=merge", "edit"]);
        self.step("config-plan.yml", "plan", "Plan", &[])
    }

    /// Runs a step of a workflow, with what GitHub tells it.
    fn step(&self, workflow: &str, job: &str, name: &str, told: &[(&str, &str)]) -> Ran {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/authors").join(workflow);
        let workflow: Value = serde_saphyr::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let job = &workflow["jobs"][job];
        let steps = job["steps"].as_array().unwrap();
        let step = steps.iter().find(|step| step["name"] == name).unwrap();
        let mut command = Command::new("bash");
        command.args(["-e", "-c", step["run"].as_str().unwrap()]).current_dir(self.root());
        command.env_clear().env("HOME", self.folder.path()).envs(told.iter().copied());
        for (name, value) in job["env"].as_object().into_iter().flatten() {
            command.env(name, value.as_str().unwrap());
        }
        let summary = self.folder.path().join("summary.md");
        command.env("GITHUB_WORKSPACE", self.root()).env("GITHUB_STEP_SUMMARY", &summary);
        command.env("RUNNER_TEMP", self.folder.path().join("temp"));
        let program = PathBuf::from(bare_command().get_program());
        let paths = env::split_paths(&env::var_os("PATH").unwrap()).collect::<Vec<_>>();
        let paths = [program.parent().unwrap().to_owned()].into_iter().chain(paths);
        command.env("PATH", env::join_paths(paths).unwrap());
        let Output { status, stdout, .. } = command.output().unwrap();
        Ran {
            code: status.code().unwrap(),
            out: String::from_utf8(stdout).unwrap(),
            summary: fs::read_to_string(summary).unwrap_or_default(),
        }
    }
}

#[test]
fn each_change_is_annotated_at_its_line() {
    let config = "\
server:
  port: 9090
logging:
  level: debug
api: {v2_enabled: true}
";
    let ran = Repository::new(Some(BASE)).plan(config);
    let expected = "\
::warning file=deploy/config.yaml,line=2,col=9,title=Needs a restart::server.port: 8080 → 9090
::notice file=deploy/config.yaml,line=4,col=10,title=Changes live::logging.level: \"info\" → \"debug\"
::notice file=deploy/config.yaml,line=5,col=19,title=Changes live::api.v2_enabled: false → true
::notice title=Configuration::2 values change live, and 1 value needs a restart
";
    assert_eq!((ran.code, &*ran.out), (0, expected));
    let expected = "\
### Configuration: 2 values change live, and 1 value needs a restart

| | Key | Change | Set in |
|---|---|---|---|
| Needs a restart | <code>server.port</code> | <code>8080 → 9090</code> | <code>deploy/config.yaml:2:9</code> |
";
    assert!(ran.summary.starts_with(expected), "{}", ran.summary);
    assert_eq!(ran.summary.lines().count(), 8, "{}", ran.summary);
}

#[test]
fn what_is_refused_fails_the_job() {
    let ran = Repository::new(Some(BASE)).plan(&BASE.replace("info", "inof"));
    let expected = "\
::error file=deploy/config.yaml,line=4,col=10,title=Invalid::logging.level: unknown variant `inof`, did you mean `info`?
::notice title=Configuration::the configuration is refused
";
    assert_eq!((ran.code, &*ran.out), (1, expected));
    assert!(ran.summary.contains("| Invalid | <code>logging.level</code> |"), "{}", ran.summary);
}

#[test]
fn nothing_is_said_of_an_edit_that_changes_nothing() {
    let ran = Repository::new(Some(BASE)).plan(&format!("# A comment\n{BASE}"));
    let expected = "::notice title=Configuration::nothing changes\n";
    assert_eq!((ran.code, &*ran.out), (0, expected));
    assert_eq!(ran.summary, "### Configuration: nothing changes\n\n");
}

#[test]
fn a_new_file_is_checked() {
    let ran = Repository::new(None).plan(BASE);
    let expected = "::notice title=Configuration::the configuration is valid\n";
    assert_eq!((ran.code, &*ran.out), (0, expected));
    let ran = Repository::new(None).plan("logging: {level: inof}");
    assert_eq!(ran.code, 1);
    assert!(ran.out.starts_with("::error file=deploy/config.yaml,line=1,col=18,"), "{}", ran.out);
}

#[test]
fn a_base_that_is_refused_fails_the_job() {
    let ran = Repository::new(Some("server: {port: http}")).plan(BASE);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("title=Invalid::server.port: invalid type"), "{}", ran.out);
}

#[test]
fn the_schema_is_compared_with_that_of_the_last_release() {
    for (old, code, said) in [
        (older(|_| ()), 0, "::notice title="),
        (older(|logging| logging["level"]["x-reload"] = json!("restart")), 0, "::warning"),
        (older(|logging| logging["file"] = logging["output"].clone()), 1, "::error"),
    ] {
        let repository = Repository::new(None);
        fs::write(repository.root().join("config.schema.json"), old.to_string()).unwrap();
        repository.git(&["add", "."]);
        repository.git(&["commit", "--quiet", "--message=release"]);
        repository.git(&["tag", "v1.4"]);
        // The checkout of a pull request has the base branch of the remote.
        repository.git(&["update-ref", "refs/remotes/origin/main", "main"]);
        let built = repository.root().join("target/debug");
        fs::create_dir_all(&built).unwrap();
        std::os::unix::fs::symlink(bare_command().get_program(), built.join("coach")).unwrap();
        let told = [("GITHUB_BASE_REF", "main")];
        let ran =
            repository.step("schema-diff.yml", "schema", "Compare with the last release", &told);
        assert_eq!(ran.code, code, "{}", ran.out);
        assert!(ran.out.starts_with(said), "{}", ran.out);
    }
}
