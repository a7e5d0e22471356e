//! The folder in which a page is followed, and the ports and variables there.

use std::{
    env, fs, io,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{self, Command},
    sync::LazyLock,
};

use regex::Regex;
use tempfile::TempDir;

use crate::docs;

/// A port that pages name, and the one that is free on this machine, each with what finds it as a word of its own.
struct Port {
    named: &'static str,
    is_named: Regex,
    free: String,
    is_free: Regex,
}

/// The ports that pages name, and as many that are free on this machine, with four digits too, so that tables keep
/// their width.
static PORTS: LazyLock<[Port; 5]> = LazyLock::new(|| {
    let first = 7000 + u16::try_from(process::id() % 3000).unwrap_or_default();
    let is_free = |port: &u16| TcpListener::bind(("0.0.0.0", *port)).is_ok();
    // Not those that pages name for something else.
    let mut free = (first..10_000).chain(7000..first).filter(|port| port % 10 > 4 && is_free(port));
    ["8080", "8081", "8082", "2379", "2380"].map(|named| {
        let port = free.next().unwrap_or_default().to_string();
        let word = |port: &str| Regex::new(&format!(r"\b{port}\b")).unwrap();
        Port { named, is_named: word(named), is_free: word(&port), free: port }
    })
});

/// A folder that was empty, or that another page left.
pub(crate) struct Place {
    root: TempDir,
    /// The folder in which commands begin, below the root.
    pub(crate) folder: PathBuf,
    /// True if the reader has installed the programs of this repository.
    has_programs: bool,
}

impl Place {
    /// Makes an empty folder.
    pub(crate) fn new() -> io::Result<Self> {
        let root = TempDir::new()?;
        let own = ["dlc-reload", "dlc-reload-derive"].map(|name| patch(name, name));
        let patches = own.into_iter().collect::<io::Result<String>>()?;
        fs::create_dir(root.path().join(".cargo"))?;
        fs::write(root.path().join(".cargo/config.toml"), format!("[patch.crates-io]\n{patches}"))?;
        let folder = root.path().join("home");
        fs::create_dir(&folder)?;
        Ok(Self { root, folder, has_programs: false })
    }

    /// Makes a folder with the configurations of the two example services, and builds what a reader of them types.
    pub(crate) fn with_coach() -> io::Result<Self> {
        let mut place = Self::new()?;
        let workspace = docs().join("..");
        let build = ["-c", "cargo build --quiet -p coach -p gateway -p dlc-reload-command"];
        if !place.bash().args(build).current_dir(&workspace).status()?.success() {
            return Err(io::Error::other("the programs of the example services were not built"));
        }
        for (service, file) in [("coach", "config.yaml"), ("gateway", "gateway.yaml")] {
            let config = workspace.join("examples").join(service).join("config.yaml");
            let config = place.with_ports(&fs::read_to_string(config)?);
            fs::write(place.folder.join(file), config)?;
        }
        place.has_programs = true;
        Ok(place)
    }

    /// Gives the reader etcd, which listens where it does by default, and a command that knows it.
    pub(crate) fn with_etcd(&mut self) -> io::Result<()> {
        let build = ["-c", "cargo build --quiet -p dlc-reload-command --features etcd"];
        if !self.bash().args(build).current_dir(docs().join("..")).status()?.success() {
            return Err(io::Error::other("the command was not built with etcd"));
        }
        let config = self.root.path().join(".cargo/config.toml");
        let patches =
            fs::read_to_string(&config)? + &patch("dlc-reload-etcd", "dlc-reload/stores/etcd")?;
        self.has_programs = true;
        fs::write(config, patches)
    }

    /// Makes a copy of this folder, as it is now.
    pub(crate) fn again(&self) -> io::Result<Self> {
        let mut place = Self { has_programs: self.has_programs, ..Self::new()? };
        copy(&self.root.path().join("home"), &place.folder)?;
        let below = self.folder.strip_prefix(self.root.path().join("home"));
        place.folder.push(below.unwrap_or(Path::new("")));
        // It knows only what that page needed.
        let _ = fs::remove_file(place.folder.join("Cargo.lock"));
        Ok(place)
    }

    /// Remembers where the page ended.
    pub(crate) fn ends_in(&mut self, folder: PathBuf) {
        self.folder = folder;
    }

    /// Returns a text with ports that are free.
    pub(crate) fn with_ports(&self, text: &str) -> String {
        let replaced =
            |text: String, port: &Port| port.is_named.replace_all(&text, &port.free).into_owned();
        PORTS.iter().fold(text.to_owned(), replaced)
    }

    /// Returns an output with the ports and the folder that pages name.
    pub(crate) fn without_ports(&self, text: &str) -> String {
        let home = self.root.path().join("home").display().to_string();
        let text = text.replace(&home, "/home/you");
        let replaced =
            |text: String, port: &Port| port.is_free.replace_all(&text, port.named).into_owned();
        PORTS.iter().fold(text, replaced)
    }

    /// Returns a bash that knows nothing of this test.
    pub(crate) fn bash(&self) -> Command {
        let mut bash = Command::new("bash");
        let strange = |name: &str| {
            ["DLC_", "RUST_", "CARGO_PKG_", "CARGO_MANIFEST_"]
                .iter()
                .any(|start| name.starts_with(start))
        };
        for (name, _) in env::vars().filter(|(name, _)| strange(name)) {
            let _ = bash.env_remove(name);
        }
        let paths = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect::<Vec<_>>();
        let programs = self.has_programs.then(|| target().join("debug"));
        let own = programs.into_iter().chain(etcd());
        let paths = env::join_paths(own.chain(paths));
        for (name, port) in [("CLIENT", "2379"), ("PEER", "2380")] {
            let url = self.with_ports(&format!("http://127.0.0.1:{port}"));
            let _ = bash.env(format!("ETCD_LISTEN_{name}_URLS"), &url);
            let first = if name == "CLIENT" { "" } else { "INITIAL_" };
            let _ = bash.env(format!("ETCD_{first}ADVERTISE_{name}_URLS"), &url);
            match name {
                "PEER" => bash.env("ETCD_INITIAL_CLUSTER", format!("default={url}")),
                _ => bash.env("ETCDCTL_ENDPOINTS", &url),
            };
        }
        let _ = bash.env("PATH", paths.unwrap_or_default());
        let _ = bash.env("CARGO_TARGET_DIR", target()).env("CARGO_TERM_COLOR", "never");
        // As in `.cargo/config.toml`, so that what is built here needs not be built again there.
        let _ = bash.env("DLC_RELOAD_OWN_BUILD", "1");
        let _ = bash.env("NO_COLOR", "1").env("TERM", "dumb");
        bash
    }

    /// Lays the versions of dependencies that this repository knows into a new project, so that a page is the same
    /// tomorrow.
    pub(crate) fn lock(&self, folder: &Path) -> io::Result<()> {
        let lock = folder.join("Cargo.lock");
        if folder.join("Cargo.toml").exists() && !lock.exists() {
            let _ = fs::copy(docs().join("../Cargo.lock"), lock)?;
        }
        Ok(())
    }
}

/// Returns the line that has cargo take a crate from this checkout.
fn patch(name: &str, folder: &str) -> io::Result<String> {
    let path = docs().join("..").join(folder).canonicalize()?;
    Ok(format!("{name} = {{ path = {path:?} }}\n"))
}

/// Returns the folder with the programs of etcd, if there is one.
pub(crate) fn etcd() -> Option<PathBuf> {
    env::var_os("DLC_RELOAD_TEST_ETCD").map(PathBuf::from)
}

/// Returns the target folder of this test, in which most dependencies are built already.
fn target() -> PathBuf {
    let own = env::current_exe().unwrap_or_default();
    own.ancestors().nth(3).unwrap_or(&own).to_owned()
}

/// Copies a folder with what is in it, links as links.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, to) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            fs::create_dir(&to)?;
            copy(&entry.path(), &to)?;
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(entry.path())?, to)?;
        } else if kind.is_file() {
            let _ = fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}
