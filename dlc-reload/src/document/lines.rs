//! The lines and columns of byte offsets.

use std::cell::Cell;

use super::node::{Place, SourceId, narrow};

/// The number of bytes between two known counts of characters.
const STEP: usize = 512;

/// An index of a text, which gives the line and column of an offset fast, on long lines too.
pub(crate) struct LineIndex<'t> {
    source: SourceId,
    text: &'t str,
    starts: Vec<usize>,
    /// The line of the last place. The next one is most often there, or in the line after it.
    last: Cell<usize>,
    /// The number of characters before every `STEP`th byte; empty where every character is a byte.
    counts: Vec<usize>,
}

impl<'t> LineIndex<'t> {
    pub(crate) fn new(source: SourceId, text: &'t str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        // By and large; lines are seldom shorter.
        let mut starts = Vec::with_capacity(text.len() / 16 + 1);
        starts.push(0);
        starts.extend(breaks);
        let mut counts = Vec::new();
        if !text.is_ascii() {
            let mut count = 0;
            for chunk in text.as_bytes().chunks(STEP) {
                counts.push(count);
                count += starting(chunk);
            }
        }
        Self { source, text, starts, last: Cell::new(0), counts }
    }

    pub(crate) fn place(&self, offset: usize) -> Place {
        let offset = offset.min(self.text.len());
        let (line, start) = self.line(offset);
        let column = self.characters(offset) - self.characters(start) + 1;
        Place { source: self.source, line: narrow(line + 1), column: narrow(column) }
    }

    /// Returns the place at which a line starts, counted from one.
    #[cfg(feature = "json")]
    pub(crate) fn start_of(&self, line: usize) -> Place {
        self.place(self.starts.get(line.saturating_sub(1)).copied().unwrap_or_default())
    }

    /// Returns the index of the line of an offset, and the offset at which the line starts.
    fn line(&self, offset: usize) -> (usize, usize) {
        let is_here = |line: usize| {
            let start = self.starts.get(line).filter(|start| **start <= offset)?;
            let is_end = self.starts.get(line + 1).is_none_or(|next| offset < *next);
            is_end.then_some((line, *start))
        };
        let last = self.last.get();
        let found = is_here(last).or_else(|| is_here(last + 1)).unwrap_or_else(|| {
            let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
            (line, self.starts.get(line).copied().unwrap_or_default())
        });
        self.last.set(found.0);
        found
    }

    fn characters(&self, offset: usize) -> usize {
        match self.counts.get(offset / STEP) {
            Some(count) => count + starting(&self.text.as_bytes()[offset / STEP * STEP..offset]),
            // Either every character is a byte, or the offset is the end of a text that fills its steps.
            None if self.counts.is_empty() => offset,
            None => starting(self.text.as_bytes()),
        }
    }
}

/// Returns the number of characters that start in these bytes.
fn starting(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| (**byte & 0xC0) != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let text = format!("é = 1\n{}x", "ü".repeat(700));
        let lines = LineIndex::new(SourceId(0), &text);
        let at = |offset: usize| {
            let place = lines.place(offset);
            (place.line, place.column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(3), (1, 3));
        assert_eq!(at(7), (2, 1));
        assert_eq!(at(text.len() - 1), (2, 701));
        assert_eq!(at(text.len()), (2, 702));
    }
}
