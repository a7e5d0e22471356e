//! What became of `before.rs`: a function went, one came, one takes something else, and a type is for one thread.

pub fn came() {}

pub fn other(_: u64) {}

pub struct Shared(std::cell::Cell<u32>);
