//! What a node does, with services in one process as nodes.

mod first;
mod fixture;
mod hostile;
mod inconsistent;
mod killers;
mod rollouts;
mod signed;
mod starts;
