//! The names by which sources are told apart.

use super::Sources;
use crate::source::Source;

impl<C> Sources<C> {
    /// Adds a source after the others. One whose name another one has is given a number: a metric and the status know a
    /// source by its name alone.
    pub(crate) fn add(&mut self, source: impl Source) {
        let is_free = |name: &String| !self.layers.iter().any(|(known, _)| **known == **name);
        let name = source.name().into_owned();
        let numbered = (2_u32..).map(|number| format!("{name} {number}"));
        let name = std::iter::once(name.clone()).chain(numbered).find(is_free).unwrap_or(name);
        self.layers.push((name.into(), Box::new(source)));
    }
}
