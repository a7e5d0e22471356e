//! The pictures of the documentation: each is drawn from the text beside it, and is committed as it is drawn.

use std::{env, fs, path::PathBuf};

/// Redraws the pictures where it is set.
const REDRAW: &str = "REDRAW_PICTURES";

/// The colour of lines and free words, legible on white and on black, and the lighter one for those who read on dark.
const INK: (&str, &str) = ("#767676", "#a3abb5");

#[test]
fn pictures_are_drawn_from_their_texts() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("pictures");
    let style = fs::read_to_string(folder.join("style.pikchr")).unwrap();
    let files = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let texts = files.filter(|path| path.extension().is_some_and(|it| it == "pikchr"));
    let mut stale = Vec::new();
    let mut pictures = 0;
    for path in texts.filter(|path| !path.ends_with("style.pikchr")) {
        pictures += 1;
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
    assert!(pictures >= 4, "only {pictures} pictures are left");
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
