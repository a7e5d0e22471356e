//! The links of the documentation: each leads to a file that is there, and to a heading that is there.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use libtest_mimic::{Failed, Trial};
use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::{
    docs,
    page::{blocks, has_commands, links, resolved, step},
};

/// Returns the trials about what leads where.
pub(crate) fn trials(pages: &[PathBuf]) -> Vec<Trial> {
    let pages = pages.to_vec();
    vec![
        Trial::test("links::every_block_is_held", blocks_are_held),
        Trial::test("links::every_page_is_in_the_book", move || in_the_book(&pages)),
        Trial::test("links::every_link_leads_somewhere", leads_somewhere),
    ]
}

/// Returns the Markdown files below a folder.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("target") && !path.ends_with("node_modules") {
            found.append(&mut below(&path));
        } else if path.extension().is_some_and(|end| end == "md") && !path.is_symlink() {
            found.push(path);
        }
    }
    found
}

/// Looks for blocks that nothing holds. A reader's step is followed, an example is a doctest, and of any other block a
/// comment before it says why, or of which file it is a part.
fn blocks_are_held() -> Result<(), Failed> {
    let doctests = fs::read_to_string(docs().join("lib.rs"))?;
    let mut loose = Vec::new();
    for page in below(docs()) {
        let name = page.strip_prefix(docs())?.display().to_string();
        let is_doctest = doctests.contains(&format!("\"{name}\""));
        let is_followed = has_commands(&page);
        for block in blocks(&fs::read_to_string(&page)?) {
            let at = format!("{name}:{}", block.line);
            let is_held = match &block.declared {
                Some(declared) => is_part(&block.text, declared)?,
                None if is_doctest && ["rust", "rust,no_run"].contains(&&*block.info) => true,
                None => is_followed && step(block)?.is_some(),
            };
            loose.extend((!is_held).then_some(at));
        }
    }
    if !loose.is_empty() {
        return Err(format!("no test looks at these blocks:\n{}", loose.join("\n")).into());
    }
    Ok(())
}

/// Returns true if a block is in the file of which it is said to be a part, or if something else is said.
fn is_part(text: &str, declared: &str) -> io::Result<bool> {
    let Some(path) = declared.strip_prefix("part of: ") else { return Ok(true) };
    Ok(fs::read_to_string(docs().join("..").join(path))?.contains(text))
}

fn in_the_book(pages: &[PathBuf]) -> Result<(), Failed> {
    let missing = below(docs())
        .into_iter()
        .filter(|path| !path.ends_with("SUMMARY.md") && !pages.contains(path));
    let missing: Vec<_> = missing.collect();
    if !missing.is_empty() {
        return Err(format!("not in docs/SUMMARY.md: {missing:#?}").into());
    }
    Ok(())
}

fn leads_somewhere() -> Result<(), Failed> {
    let root = resolved(&docs().join("x"), "..");
    let mut wrong = Vec::new();
    let folders = ["docs", "examples", "dlc-reload", "dlc-reload-derive", "tests"];
    let pages = folders.iter().flat_map(|folder| below(&root.join(folder)));
    let top = fs::read_dir(&root)?.flatten().map(|entry| entry.path());
    let top = top.filter(|path| path.extension().is_some_and(|end| end == "md"));
    for page in pages.chain(top) {
        for (link, line) in links(&fs::read_to_string(&page)?) {
            // Those of rustdoc lead to items.
            let is_elsewhere =
                link.contains("://") || link.starts_with("mailto:") || link.contains("::");
            let (path, heading) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() { page.clone() } else { resolved(&page, path) };
            let is_out = page.starts_with(docs()) && !target.starts_with(docs());
            let leads = is_elsewhere
                || target.exists()
                    && !is_out
                    && (heading.is_empty() || headings(&target).contains(heading));
            if !leads && (path.contains(['.', '/']) || path.is_empty()) {
                wrong.push(format!(
                    "{}:{line}: {link}",
                    page.strip_prefix(&root).unwrap_or(&page).display()
                ));
            }
        }
    }
    if !wrong.is_empty() {
        return Err(format!("these lead nowhere, or out of the book:\n{}", wrong.join("\n")).into());
    }
    Ok(())
}

/// Returns the names that links to the headings of a page have.
fn headings(page: &Path) -> BTreeSet<String> {
    let source = fs::read_to_string(page).unwrap_or_default();
    let (mut names, mut heading) = (BTreeSet::new(), None::<String>);
    for event in Parser::new(&source) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => names.extend(heading.take().as_deref().map(slug)),
            Event::Html(html) | Event::InlineHtml(html) => {
                names.extend(
                    html.split("id=\"")
                        .skip(1)
                        .filter_map(|rest| rest.split('"').next())
                        .map(str::to_owned),
                );
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            _ => {}
        }
    }
    names
}

/// Returns the name of a heading, as GitHub and mdBook make it.
fn slug(heading: &str) -> String {
    let kept = heading.to_lowercase();
    let kept = kept.chars().filter(|sign| sign.is_alphanumeric() || " -_".contains(*sign));
    kept.map(|sign| if sign == ' ' { '-' } else { sign }).collect()
}
