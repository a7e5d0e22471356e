//! What authors and editors have beside the library: the schema, the command line, the reference.

mod agreement;
mod evolution;
mod names;
mod references;
mod schemas;
mod templates;
mod values;
