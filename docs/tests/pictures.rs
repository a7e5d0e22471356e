//! The pictures of the documentation: each is drawn from the text beside it, and is committed as it is drawn.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// Redraws the pictures where it is set.
const REDRAW: &str = "REDRAW_PICTURES";

/// The colour of lines and free words, legible on white and on black, and the lighter one for those who read on dark.
const INK: (&str, &str) = ("#767676", "#a3abb5");

/// Returns the texts of the pictures.
fn texts() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pictures");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let texts = files.filter(|path| path.extension().is_some_and(|it| it == "pikchr"));
    let texts: Vec<_> = texts.filter(|path| !path.ends_with("style.pikchr")).collect();
    assert!(texts.len() >= 4, "{texts:?}");
    texts
}

/// Adds what the pages below a folder hold.
fn read_pages(folder: &Path, pages: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_pages(&path, pages);
        } else if path.extension().is_some_and(|it| it == "md") {
            pages.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn pictures_are_shown_and_told_in_words() {
    let mut pages = String::new();
    read_pages(Path::new(env!("CARGO_MANIFEST_DIR")), &mut pages);
    for path in texts() {
        let picture = path.with_extension("svg");
        let link = format!("pictures/{})", picture.file_name().unwrap().display());
        let mut shown = 0;
        for (at, _) in pages.match_indices(&link) {
            shown += 1;
            let (before, _) = pages[..at].rsplit_once("](").unwrap();
            let (_, words) = before.rsplit_once("![").unwrap();
            assert!(words.len() > 100, "{link}: who cannot see it is told no more than {words:?}");
        }
        assert!(shown > 0, "{link} is on no page");
    }
}

#[test]
fn pictures_are_drawn_from_their_texts() {
    let style = Path::new(env!("CARGO_MANIFEST_DIR")).join("pictures/style.pikchr");
    let style = fs::read_to_string(style).unwrap();
    let mut stale = Vec::new();
    for path in texts() {
        let text = fs::read_to_string(&path).unwrap();
        let drawn =
            draw(&style, &text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let picture = path.with_extension("svg");
        if env::var_os(REDRAW).is_some() {
            fs::write(&picture, drawn).unwrap();
        } else if fs::read_to_string(&picture).ok() != Some(drawn) {
            stale.push(picture.file_name().unwrap().to_owned());
        }
    }
    assert!(
        stale.is_empty(),
        "{stale:?} are not what their texts say. Draw them again, and look at them:\n\
         {REDRAW}=1 cargo test -p dlc-reload-docs --test pictures"
    );
}

/// Draws a picture. Its first line, a comment, is its title.
fn draw(style: &str, text: &str) -> Result<String, String> {
    let title = text.lines().next().and_then(|line| line.strip_prefix("# "));
    let title = title.ok_or("begin with a line `# TITLE`")?;
    let (ink, on_dark) = INK;
    let svg = pikru::pikchr(&format!("{style}\n{text}"))?.replace("rgb(0,0,0)", ink);
    let open = svg.find('>').ok_or("no picture")?;
    let head = format!(
        r#" role="img" font-family="system-ui, sans-serif" font-size="20"><title>{title}</title><style>
@media (prefers-color-scheme: dark) {{
  [fill="{ink}"] {{ fill: {on_dark} }}
  [style*="fill:{ink}"] {{ fill: {on_dark} !important }}
  [style*="stroke:{ink}"] {{ stroke: {on_dark} !important }}
}}
</style>"#
    );
    let svg = format!("{}{head}{}", &svg[..open], &svg[open + 1..]);
    // A line for each shape, so that a change of one shows as one.
    Ok(svg.replace("><", ">\n<") + "\n")
}
