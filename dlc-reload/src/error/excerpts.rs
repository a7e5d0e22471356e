//! Problems with the lines they are about, drawn for a terminal.

use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet, renderer::DecorStyle};

use super::{Error, Problem, Quote};

impl Error {
    /// Returns the problems with the lines they are about, to be shown in a terminal. [`Display`] stays one
    /// line for each problem, as logs want it.
    ///
    /// ```
    /// # use dlc_reload::{Loader, Reloadable};
    /// # #[derive(Clone, Debug, serde::Serialize, serde::Deserialize, Reloadable)]
    /// # struct Config { #[reload(restart)] port: u16 }
    /// let error = Loader::<Config>::new().text("yaml", "port: http").load().unwrap_err();
    /// let expected = r#"error: port: invalid type: string "http", expected an integer from 0 to 65535
    ///  --> text:1:7
    ///   |
    /// 1 | port: http
    ///   |       ^^^^"#;
    /// assert_eq!(error.excerpts().to_string(), expected);
    /// ```
    ///
    /// [`Display`]: fmt::Display
    pub const fn excerpts(&self) -> Excerpts<'_> {
        Excerpts { error: self, colored: false, width: None }
    }
}

/// The problems of an [`Error`], each with the line it is about; what may be a secret is masked.
///
/// ```text
/// error: logging.level: unknown variant `verbose`, expected one of `trace`, `debug`, `info`
///  --> config.yaml:7:10
///   |
/// 7 |   level: verbose
///   |          ^^^^^^^
/// ```
#[derive(Clone, Copy)]
#[must_use = "it does nothing unless it is displayed"]
pub struct Excerpts<'e> {
    error: &'e Error,
    colored: bool,
    /// The width of the terminal.
    width: Option<u16>,
}

impl Excerpts<'_> {
    /// Sets whether it is drawn with the colours of a terminal; off by default.
    pub const fn colored(self, colored: bool) -> Self {
        Self { colored, ..self }
    }

    /// Sets the width of the terminal, where it is known: the lines of sources are cut to it.
    #[cfg(feature = "cli")]
    pub(crate) const fn width(self, width: Option<u16>) -> Self {
        Self { width, ..self }
    }
}

impl fmt::Display for Excerpts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problems = self.error.problems();
        if problems.is_empty() {
            return fmt::Display::fmt(self.error, f);
        }
        let renderer = if self.colored { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.decor_style(DecorStyle::Ascii);
        let renderer = match self.width {
            Some(width) => renderer.term_width(usize::from(width)),
            None => renderer,
        };
        for (at, problem) in problems.iter().enumerate() {
            if at > 0 {
                f.write_str("\n\n")?;
            }
            let quote = self.error.quote(at);
            let drawn = renderer.render(&[group(problem, quote, self.width)]);
            f.write_str(&in_source(drawn, problem, quote))?;
        }
        Ok(())
    }
}

/// Returns a drawing with the place in the source: the renderer counts the columns of what is shown, of which a part
/// may be masked or cut off.
fn in_source(drawn: String, problem: &Problem, quote: Option<&Quote>) -> String {
    let (Some(quote), Some(origin)) = (quote, problem.place()) else { return drawn };
    let (Some(line), Some(column)) = (origin.line, origin.column) else { return drawn };
    let shown = quote.text[..quote.span.start].chars().count() + 1;
    let place = |column: &dyn fmt::Display| format!("{}:{line}:{column}", origin.source);
    drawn.replacen(&place(&shown), &place(&column), 1)
}

fn group<'p>(problem: &'p Problem, quote: Option<&'p Quote>, width: Option<u16>) -> Group<'p> {
    let level = if problem.is_error() { Level::ERROR } else { Level::WARNING };
    let key = problem.key.as_ref().filter(|key| !key.is_root());
    let said = match key {
        Some(key) => format!("{key}: {}", problem.message),
        None => problem.message.clone(),
    };
    let title = |text: String| {
        level.primary_title(match width {
            Some(width) => wrapped(&text, usize::from(width)),
            None => text,
        })
    };
    match (quote, problem.place()) {
        (Some(quote), Some(origin)) => title(said).element(
            Snippet::source(quote.text.as_str())
                .line_start(quote.line as usize)
                .path(&*origin.source)
                .annotation(AnnotationKind::Primary.span(quote.span.clone())),
        ),
        (None, Some(origin)) => Group::with_title(title(format!("{origin}: {said}"))),
        _ => Group::with_title(title(said)),
    }
}

/// Returns a text that is broken between words, so that no line after `warning: ` is wider than the terminal.
fn wrapped(text: &str, width: usize) -> String {
    let room = width.saturating_sub("warning: ".len());
    let (mut wrapped, mut used) = (String::with_capacity(text.len()), 0);
    for word in text.split(' ') {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > room {
            wrapped.push('\n');
            used = 0;
        } else if used > 0 {
            wrapped.push(' ');
            used += 1;
        }
        wrapped += word;
        used += length;
    }
    wrapped
}

impl fmt::Debug for Excerpts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.error, f)
    }
}
