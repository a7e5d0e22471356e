//! What a node does, with services in one process as nodes.

mod fixture;
mod hostile;
mod inconsistent;
mod rollouts;
mod signed;
mod starts;
