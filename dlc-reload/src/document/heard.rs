//! The words that a type says of names while it reads one value: which ones it knows, and which of them mean the same.

/// The words of a type about the names at one value.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// The names that it knows, aliases included. `None` if nothing read the value.
    pub(crate) known: Option<Known>,
    /// The meaning of the name that it was given: two names of one field or variant have the same.
    pub(crate) meaning: Option<String>,
    /// True if anything read the value.
    pub(crate) is_read: bool,
    /// True if anything asked for the entries of the value.
    pub(crate) wants_entries: bool,
    /// The type of the keys of a map, and true if it took the key that it was given.
    pub(crate) keys: Option<(Keys, bool)>,
}

/// The type of the keys of a map, if it has no others than some.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Keys {
    /// An integer, as Rust names its type.
    Integers(&'static str),
    /// An enum with these variants.
    Words(&'static [&'static str]),
}

/// The names that a type knows at a value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Known {
    /// Those of the fields of a struct.
    Fields(&'static [&'static str]),
    /// Those of the variants of an enum.
    Variants(&'static [&'static str]),
    /// None: it is a map, whose entries may know some.
    Map,
    /// None: it is a list, whose items may know some.
    List,
    /// None: it is a list of so many items, each of which may know some.
    Tuple(usize),
    /// None: it takes whatever is there, and may look at it later.
    Anything,
}
