//! The words that a type says of names while it reads one value: which ones it knows, and which of them mean the same.

/// The words of a type about the names at one value.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// The names that it knows, aliases included. `None` if nothing read the value.
    pub(crate) known: Option<Known>,
    /// The meaning of the name that it was given: two names of one field or variant have the same.
    pub(crate) meaning: Option<String>,
}

/// The names that a type knows at a value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Known {
    /// Those of the fields of a struct.
    Fields(&'static [&'static str]),
    /// Those of the variants of an enum.
    Variants(&'static [&'static str]),
    /// None: it is a list or map, whose items and entries may know some.
    Inside,
    /// None: it takes whatever is there, and may look at it later.
    Anything,
}
