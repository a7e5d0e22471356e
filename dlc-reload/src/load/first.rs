//! The first configuration: what the sources say, or what they say where some of it is refused and a source gives way.

use crate::{
    candidate::{Candidate, Sources},
    error::Problem,
    hook::caught,
    section::Reloadable,
    source::Reading,
};

/// The number of times that a source may give way.
const MOST: usize = 16;

/// Reads all sources and builds a configuration from them; the problems where it is refused and no source gives way.
pub(super) fn first<C: Reloadable>(
    sources: &Sources<C>,
    is_start: bool,
) -> (Reading, Result<Candidate<C>, Vec<Problem>>) {
    let mut left = MOST;
    loop {
        let reading = sources.with_files(sources.read_for(is_start, |_, read| read()));
        let built = sources.candidate(&reading.document).map_err(Vec::from);
        let Err(problems) = &built else { return (reading, built) };
        // One that panics does not; what the panic says is in the error output of the process.
        let gives_way = sources
            .layers
            .iter()
            .any(|(_, source)| caught(|| source.gives_way(problems)).unwrap_or_default());
        if left == 0 || !gives_way {
            return (reading, built);
        }
        left -= 1;
    }
}
