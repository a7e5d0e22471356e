//! Faults that a watcher must survive, each made for real: real files, links, mounts and limits.

mod checkouts;
mod drop_in_directory;
mod environment;
mod harness;
mod in_place;
mod links;
mod named_files;
mod overload;
mod partial_writes;
mod path_changes;
mod polling;
mod unreadable;
mod writers;
