//! What `after.rs` was before.

pub fn gone() {}

pub fn other(_: u32) {}

pub struct Shared(u32);
