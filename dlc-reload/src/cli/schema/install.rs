//! `schema --install`: the schema is written, and configuration files name it.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{
    mark,
    paths::{absolute, below, directory, relative, workspace},
    settings::{self, Association},
};
use crate::{
    cli::shared::failure::{Failure, Fault},
    durable,
    source::{Format, Watched, is_drop_in},
};

/// The things that are asked for.
pub(super) struct Wanted<'w> {
    /// The text of the schema.
    pub(super) text: &'w str,
    /// The name of the program, after which the file of the schema is called.
    pub(super) program: &'w str,
    /// The file for the schema, if it is named.
    pub(super) schema: Option<&'w Path>,
    /// The directory that VS Code opens, if it is named.
    pub(super) workspace: Option<&'w Path>,
    /// The files and directories to give a schema; without any, those that the service reads.
    pub(super) paths: &'w [PathBuf],
    /// The files and directories that the service reads.
    pub(super) read: &'w [Watched],
}

/// All that is to be written, so that nothing is where a part of it cannot be.
#[derive(Debug, Serialize)]
pub(super) struct Plan {
    pub(super) files: Vec<Written>,
    /// The things that were left out, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) notes: Vec<String>,
}

/// A file, and what is to be in it.
#[derive(Debug, Serialize)]
pub(super) struct Written {
    pub(super) path: PathBuf,
    pub(super) part: Part,
    /// True if it is not so already.
    pub(super) changed: bool,
    /// The pieces that go and that come.
    pub(super) pieces: Vec<Piece>,
    #[serde(skip)]
    text: String,
}

/// The part that a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Part {
    /// It is the schema.
    Schema,
    /// It is a configuration file, which names the schema.
    Configuration,
    /// It has settings of VS Code.
    Settings,
}

/// A piece of a line.
#[derive(Debug, Serialize)]
pub(super) struct Piece {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) old: Option<String>,
    pub(super) new: String,
}

/// The files that get a mark, and those that are not there and get a setting, all by their absolute paths.
#[derive(Default)]
struct Targets {
    files: Vec<(PathBuf, Format)>,
    absent: Vec<(PathBuf, Format)>,
    directories: BTreeSet<PathBuf>,
}

impl Plan {
    /// Reads all files, and finds what is to be written.
    pub(super) fn new(wanted: &Wanted<'_>) -> Result<Self, Failure> {
        let targets = Targets::of(wanted)?;
        let schema = schema_path(wanted, &targets)?;
        let (mut files, mut notes) = (vec![schema_file(wanted.text, &schema)?], Vec::new());
        for (path, format) in &targets.files {
            if *path != schema {
                files.push(marked(path, *format, &relative(directory(path), &schema)?)?);
            }
        }
        files.extend(settings(wanted, &targets, &schema, &mut notes)?);
        for file in &mut files {
            file.path = shown(&file.path);
        }
        Ok(Self { files, notes })
    }

    /// Writes what is not so already.
    pub(super) fn write(&self) -> Result<(), Failure> {
        for file in self.files.iter().filter(|file| file.changed) {
            let failed =
                |error: &dyn std::fmt::Display| Failure::new(Fault::Output, error.to_string());
            if file.part == Part::Settings {
                fs::create_dir_all(directory(&file.path)).map_err(|error| failed(&error))?;
            }
            durable::rewrite(&file.path, file.text.as_bytes()).map_err(|error| failed(&error))?;
        }
        Ok(())
    }
}

impl Targets {
    fn of(wanted: &Wanted<'_>) -> Result<Self, Failure> {
        let mut targets = Self::default();
        for path in wanted.paths {
            if path.is_dir() {
                targets.directory(path)?;
            } else if !path.exists() {
                let message = format!("{} does not exist, correct the path", path.display());
                return Err(Failure::usage(message));
            } else if !targets.file(path)? {
                let endings = "`.yaml`, `.yml`, `.toml` or `.json`";
                let message = format!("{} does not end in {endings}, rename it", path.display());
                return Err(Failure::usage(message));
            }
        }
        for read in wanted.read.iter().filter(|_| wanted.paths.is_empty()) {
            match read {
                Watched::File(path) => _ = targets.file(path)?,
                Watched::DropIns(path) if path.is_dir() => targets.directory(path)?,
                Watched::DropIns(_) | Watched::Directory(_) => {}
            }
        }
        if targets.files.is_empty() && targets.absent.is_empty() && targets.directories.is_empty() {
            let message = "the service reads no files, name some behind `--install`";
            return Err(Failure::usage(message));
        }
        Ok(targets)
    }

    /// Adds a file, and returns false where its name does not say its format.
    fn file(&mut self, path: &Path) -> Result<bool, Failure> {
        let Some(format) = Format::from_path(path) else { return Ok(false) };
        let known = if path.exists() { &mut self.files } else { &mut self.absent };
        let path = absolute(path)?;
        if !known.iter().any(|(known, _)| *known == path) {
            known.push((path, format));
        }
        Ok(true)
    }

    fn directory(&mut self, path: &Path) -> Result<(), Failure> {
        let entries = fs::read_dir(path).map_err(|error| unreadable(path, &error))?;
        let names: BTreeSet<_> =
            entries.filter_map(|entry| Some(entry.ok()?.file_name())).collect();
        for name in names.iter().filter(|name| is_drop_in(Path::new(name))) {
            let file = path.join(name);
            if file.is_file() {
                self.file(&file)?;
            }
        }
        self.directories.insert(absolute(path)?);
        Ok(())
    }
}

/// Returns the absolute path of the schema. It lies in no directory of drop-ins, where the service would read it as
/// one.
fn schema_path(wanted: &Wanted<'_>, targets: &Targets) -> Result<PathBuf, Failure> {
    let read = wanted.read.iter().filter_map(|read| match read {
        Watched::DropIns(path) => path.canonicalize().ok(),
        Watched::File(_) | Watched::Directory(_) => None,
    });
    let named = targets.directories.iter().filter_map(|path| path.canonicalize().ok());
    let drop_ins: BTreeSet<_> = read.chain(named).collect();
    if let Some(path) = wanted.schema {
        let path = absolute(path)?;
        if drop_ins.contains(directory(&path)) && is_drop_in(&path) {
            let reason = "the service would read it as a part of its configuration";
            let shown = shown(&path);
            let message = format!("{}: {reason}, choose another directory", shown.display());
            return Err(Failure::usage(message));
        }
        return Ok(path);
    }
    let all = targets.files.iter().chain(&targets.absent).map(|(path, _)| path);
    let first = all.chain(&targets.directories).next();
    let mut beside = first.map_or_else(|| Path::new("."), |first| directory(first));
    while drop_ins.contains(beside) && beside.parent().is_some() {
        beside = directory(beside);
    }
    Ok(beside.join(format!("{}.schema.json", wanted.program)))
}

fn schema_file(text: &str, path: &Path) -> Result<Written, Failure> {
    let old = if path.exists() { Some(read(path)?) } else { None };
    let new = format!("the schema of a configuration file, {} lines", text.lines().count());
    Ok(Written {
        path: path.to_owned(),
        part: Part::Schema,
        changed: old.as_deref() != Some(text),
        pieces: vec![Piece { line: None, old: None, new }],
        text: text.to_owned(),
    })
}

fn marked(path: &Path, format: Format, schema: &str) -> Result<Written, Failure> {
    let text = read(path)?;
    let edit = mark::edit(format, &text, schema);
    let edit = edit.map_err(|reason| invalid(path, &reason))?;
    let piece = edit.as_ref().map(|edit| {
        let (old, new) = edit.pieces(&text);
        Piece { line: Some(edit.line(&text)), old: old.map(str::to_owned), new: new.to_owned() }
    });
    Ok(Written {
        path: path.to_owned(),
        part: Part::Configuration,
        changed: edit.is_some(),
        pieces: piece.into_iter().collect(),
        text: edit.map_or(text.clone(), |edit| edit.of(&text)),
    })
}

/// Returns the settings of VS Code for the files that have no mark because they are not there yet.
fn settings(
    wanted: &Wanted<'_>,
    targets: &Targets,
    schema: &Path,
    notes: &mut Vec<String>,
) -> Result<Option<Written>, Failure> {
    let drop_ins = targets.directories.iter().flat_map(|directory| {
        let endings = [
            ("yaml", Format::Yaml),
            ("yml", Format::Yaml),
            ("toml", Format::Toml),
            ("json", Format::Json),
        ];
        endings.map(|(ending, format)| (directory.clone(), format!("*.{ending}"), format))
    });
    let absent = targets.absent.iter().filter_map(|(path, format)| {
        Some((directory(path).to_owned(), path.file_name()?.to_str()?.to_owned(), *format))
    });
    let later: Vec<_> = drop_ins.chain(absent).collect();
    if later.is_empty() {
        return Ok(None);
    }
    let found = match wanted.workspace {
        Some(path) => Some(path.canonicalize().map_err(|error| unreadable(path, &error))?),
        None => workspace(directory(schema)),
    };
    let own = found.as_ref().map(|found| below(found, schema)).transpose()?.flatten();
    let (Some(found), Some(own)) = (found, own) else {
        let reason = "the schema is in no directory that is known to be opened with VS Code";
        notes.push(format!("no settings were written: {reason}, name one with `--workspace`"));
        return Ok(None);
    };
    let named = |format| match (format, found.file_name().and_then(OsStr::to_str)) {
        // The extension for TOML takes this path from the directory around the workspace: tamasfe/taplo#479.
        (Format::Toml, Some(workspace)) => format!("./{workspace}/{own}"),
        _ => format!("./{own}"),
    };
    let mut associations = Vec::new();
    for (directory, name, format) in later {
        match below(&found, &directory)? {
            Some(directory) => {
                let pattern = [directory, name].into_iter().filter(|part| !part.is_empty());
                let pattern = pattern.collect::<Vec<_>>().join("/");
                associations.push(Association { format, pattern, schema: named(format) });
            }
            None => notes.push(format!(
                "{} is not below {}, for which settings are written",
                shown(&directory.join(name)).display(),
                found.display(),
            )),
        }
    }
    with_settings(&found.join(".vscode/settings.json"), &associations).map(Some)
}

fn with_settings(path: &Path, associations: &[Association]) -> Result<Written, Failure> {
    let old = if path.exists() { Some(read(path)?) } else { None };
    let before = old.as_deref().unwrap_or("{}\n");
    let text = settings::with(before, associations).map_err(|reason| invalid(path, &reason))?;
    let changed = text != before;
    let pieces = associations.iter().filter(|_| changed).map(|association| Piece {
        line: None,
        old: None,
        new: association.to_string(),
    });
    let pieces = pieces.collect();
    Ok(Written { path: path.to_owned(), part: Part::Settings, changed, pieces, text })
}

fn read(path: &Path) -> Result<String, Failure> {
    let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
    String::from_utf8(bytes).map_err(|_| invalid(path, "is not UTF-8, save it as such"))
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let shown = shown(path);
    Failure::new(Fault::Output, format!("{} cannot be read: {error}", shown.display()))
}

fn invalid(path: &Path, reason: &str) -> Failure {
    Failure::new(Fault::Invalid, format!("{} {reason}", shown(path).display()))
}

/// Returns a path as a user writes it: from the current directory, if it is below that.
fn shown(path: &Path) -> PathBuf {
    let current = fs::canonicalize(".").ok();
    let below = current.and_then(|current| path.strip_prefix(current).ok().map(Path::to_owned));
    below.unwrap_or_else(|| path.to_owned())
}
