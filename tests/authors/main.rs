//! What authors have for their editors and pull requests: schema, reference and command line, across the crates.

mod agreement;
