//! What authors and editors have beside the library: the schema, the command line, the reference.

mod evolution;
mod references;
mod templates;
