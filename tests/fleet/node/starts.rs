//! Starts of nodes: with the store, without it, and with versions that do not let them start.
