//! Faults that a watcher must survive, each made for real: real files, links, mounts and limits.

pub(crate) mod alone;
mod content;
mod droppings;
mod environment;
mod harness;
mod in_place;
mod links;
mod places;
mod pressure;
mod refused;
mod torn;
mod writers;
