//! The book, followed by a machine: each page with commands is done literally in an empty folder, and what comes is
//! compared with what the page shows. `cargo test -p dlc-reload-docs --test followed -- tasks/listener` does it for one
//! page.
//!
//! The grammar of such a page is in `docs/WRITING.md`.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

mod expected;
mod links;
mod page;
mod place;
mod service;
mod shell;
mod terminal;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
};

use libtest_mimic::{Arguments, Failed, Trial};

use self::{
    expected::Differences,
    page::{Page, Start, Step},
    place::Place,
    service::Service,
    shell::Shell,
};

/// The folder of the pages.
pub(crate) fn docs() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The places in which pages ended, for those that start there.
#[derive(Default)]
struct Ended(Mutex<BTreeMap<PathBuf, Result<Arc<Place>, String>>>);

impl Ended {
    /// Follows a page, unless that was done before, and returns the place in which it ended.
    fn follow(&self, path: &Path) -> Result<Arc<Place>, String> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(end) = known().get(path) {
            return end.clone();
        }
        let page = Page::read(path)?;
        let place = match &page.start {
            Start::Empty => Place::new(),
            Start::Page(first) => self.follow(first)?.again(),
            Start::Coach => Place::with_coach(),
        };
        let mut place = place.map_err(|error| error.to_string())?;
        if page.needs_etcd {
            place.with_etcd().map_err(|error| error.to_string())?;
        }
        let end = steps(&page, place).map(Arc::new);
        let _ = known().insert(path.to_owned(), end.clone());
        end
    }
}

/// Returns the service with a name.
fn running<'a>(
    services: &'a mut BTreeMap<&str, Service>,
    name: &str,
) -> Result<&'a mut Service, String> {
    services.get_mut(name).ok_or_else(|| "no such service is running".to_owned())
}

/// Takes the steps of a page one after the other, and returns the place in which they end.
fn steps(page: &Page, mut place: Place) -> Result<Place, String> {
    let mut shell = Shell::new(&place)?;
    let mut services = BTreeMap::<&str, Service>::new();
    let mut differences = Differences::default();
    for (line, step) in &page.steps {
        let here = |error: String| format!("{}:{line}: {error}", page.path.display());
        match step {
            Step::File { path, text } => {
                let path = shell.folder().map_err(here)?.join(path);
                let write = || {
                    fs::create_dir_all(path.parent().unwrap_or(&path))?;
                    fs::write(&path, place.with_ports(text))
                };
                write().map_err(|error| here(format!("{}: {error}", path.display())))?;
            }
            Step::Commands { commands, fails, on_terminal } => {
                for (number, command) in commands.iter().enumerate() {
                    let fails = *fails && number + 1 == commands.len();
                    let lines = shell.run(&place, command, fails, *on_terminal).map_err(here)?;
                    differences.compare(command, lines).map_err(here)?;
                }
            }
            Step::Service { name, command } => {
                // What listens must be gone before its successor does.
                drop(services.remove(&**name));
                let folder = shell.folder().map_err(here)?;
                let mut service = Service::start(&place, &folder, command).map_err(here)?;
                service.shows(&place, &command.output).map_err(here)?;
                let _ = services.insert(name, service);
            }
            Step::Log { name, lines } => {
                running(&mut services, name).map_err(here)?.shows(&place, lines).map_err(here)?;
            }
            Step::NoLog { name, lines } => {
                running(&mut services, name).map_err(here)?.shows_none_of(lines);
            }
        }
    }
    if let Some(unwanted) = services.values().flat_map(Service::unwanted).next() {
        return Err(format!(
            "{}: what shows that this does not come?\n{unwanted}",
            page.path.display()
        ));
    }
    differences.write(&page.path).map_err(|error| error.to_string())?;
    place.ends_in(shell.folder()?);
    Ok(place)
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // The pages share a target folder, and their programs have one name.
    arguments.test_threads = Some(1);
    let ended = Arc::new(Ended::default());
    let pages = page::pages();
    let mut trials = links::trials(&pages);
    trials.push(Trial::test("expected::rules", expected::rules));
    for path in pages.into_iter().filter(|path| page::has_commands(path)) {
        let root = docs().parent().unwrap_or(docs());
        let name = path.strip_prefix(docs()).or_else(|_| path.strip_prefix(root));
        let name = name.unwrap_or(&path).with_extension("");
        let ended = Arc::clone(&ended);
        let needs_etcd = fs::read_to_string(&path).is_ok_and(|page| page::needs_etcd(&page));
        let is_left_out = needs_etcd && place::etcd().is_none();
        let follow = move || ended.follow(&path).map(drop).map_err(Failed::from);
        let trial = Trial::test(name.display().to_string(), follow);
        trials.push(trial.with_ignored_flag(is_left_out));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}
