//! What a fleet does, with nodes in one process and a store in memory.

mod desk;
mod hostile;
mod node;
mod sealed;
mod told;
mod wait;
