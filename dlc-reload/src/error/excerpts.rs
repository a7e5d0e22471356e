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
        Excerpts { error: self, colored: false }
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
}

impl Excerpts<'_> {
    /// Sets whether it is drawn with the colours of a terminal; off by default.
    pub const fn colored(self, colored: bool) -> Self {
        Self { colored, ..self }
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
        for (at, problem) in problems.iter().enumerate() {
            if at > 0 {
                f.write_str("\n\n")?;
            }
            let quote = self.error.quote(at);
            let drawn = renderer.render(&[group(problem, quote)]);
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

fn group<'p>(problem: &'p Problem, quote: Option<&'p Quote>) -> Group<'p> {
    let level = if problem.is_error() { Level::ERROR } else { Level::WARNING };
    let key = problem.key.as_ref().filter(|key| !key.is_root());
    let said = match key {
        Some(key) => format!("{key}: {}", problem.message),
        None => problem.message.clone(),
    };
    let title = |text: String| level.primary_title(text);
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

impl fmt::Debug for Excerpts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.error, f)
    }
}
