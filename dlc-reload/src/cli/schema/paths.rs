//! Paths as editors read them: relative, with slashes, and without what means something else to them.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

use crate::cli::shared::failure::{Failure, Fault};

/// Returns the absolute path of a file or directory, which need not exist. The links above it are followed, and one
/// that stands there itself is not: an editor looks beside it.
pub(super) fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    let failed = |error: io::Error| {
        let message =
            format!("{}: {error}, create the directory or correct the path", path.display());
        Failure::new(Fault::Output, message)
    };
    match path.file_name() {
        Some(name) => Ok(directory(path).canonicalize().map_err(failed)?.join(name)),
        // `.`, `..` or `/`.
        None => path.canonicalize().map_err(failed),
    }
}

/// Returns the directory that holds a file.
pub(super) fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => path,
    }
}

/// Returns the path that leads from a directory to a file, both absolute. It begins with `./` or `../`, by which
/// editors tell it from an address.
///
/// # Errors
///
/// It has a letter that ends the name of a schema, or means something else in it.
pub(super) fn relative(from: &Path, to: &Path) -> Result<String, Failure> {
    let (from, to): (Vec<_>, Vec<_>) = (from.components().collect(), to.components().collect());
    let shared = from.iter().zip(&to).take_while(|(from, to)| from == to).count();
    let up = from.len() - shared;
    let mut relative = if up == 0 { "./".to_owned() } else { "../".repeat(up) };
    for (at, component) in to[shared..].iter().enumerate() {
        relative += if at > 0 { "/" } else { "" };
        relative += name(*component)?;
    }
    Ok(relative)
}

/// Returns the path of a file below a directory, both absolute; `None` where it is elsewhere.
pub(super) fn below(directory: &Path, path: &Path) -> Result<Option<String>, Failure> {
    let Ok(below) = path.strip_prefix(directory) else { return Ok(None) };
    let names: Vec<_> = below.components().map(name).collect::<Result<_, _>>()?;
    Ok(Some(names.join("/")))
}

fn name(component: Component<'_>) -> Result<&str, Failure> {
    let ends = |letter: char| letter.is_whitespace() || "#?%*[]{}()!\\".contains(letter);
    match component.as_os_str().to_str() {
        Some(name) if !name.contains(ends) => Ok(name),
        _ => {
            let shown = component.as_os_str().display();
            let advice = "choose another place with `--schema`, or rename it";
            let message = format!("editors cannot read a path with `{shown}` in it, {advice}");
            Err(Failure::usage(message))
        }
    }
}

/// Returns the directory that VS Code probably opens to show what is in this one: the nearest above it with settings or
/// a repository, or else the current one.
pub(super) fn workspace(directory: &Path) -> Option<PathBuf> {
    let is_one = |above: &&Path| above.join(".vscode").is_dir() || above.join(".git").exists();
    let current = || fs::canonicalize(".").ok().filter(|current| directory.starts_with(current));
    directory.ancestors().find(is_one).map(Path::to_owned).or_else(current)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_path_leads_from_one_directory_to_another() {
        let cases = [
            ("/a/b", "/a/b/x.json", "./x.json"),
            ("/a/b", "/a/b/c/x.json", "./c/x.json"),
            ("/a/b/c", "/a/x.json", "../../x.json"),
            ("/a/b", "/c/x.json", "../../c/x.json"),
        ];
        for (from, to, expected) in cases {
            assert_eq!(relative(Path::new(from), Path::new(to)).unwrap(), expected);
        }
        for wrong in ["/a/my schema.json", "/a/b#/x.json", "/a/100%.json"] {
            let refused = relative(Path::new("/a"), Path::new(wrong)).unwrap_err();
            assert!(refused.message.contains("--schema"), "{}", refused.message);
        }
        assert_eq!(below(Path::new("/a"), Path::new("/a/b/c")).unwrap().as_deref(), Some("b/c"));
        assert_eq!(below(Path::new("/a"), Path::new("/b")).unwrap(), None);
    }
}
