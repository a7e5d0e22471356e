//! Places that a schema describes, each looked up once: for a walk through many values of one type.

use std::{
    cell::{OnceCell, RefCell},
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use super::alternatives::Alternatives;
use crate::document::{Map, Node, ScalarKind, Value};

/// The values that may stand at a place.
pub(crate) struct Level<'s> {
    allowed: Alternatives<'s>,
    /// The names of the entries that say which variant of an enum a map is.
    tags: OnceCell<Vec<&'s str>>,
    /// The entries of each variant that was met.
    variants: RefCell<BTreeMap<Tags, Rc<Entries<'s>>>>,
    /// The entries of any variant.
    all: OnceCell<Rc<Entries<'s>>>,
    items: OnceCell<Rc<Self>>,
    /// The items of a tuple, each at its index.
    tuple: RefCell<BTreeMap<usize, Rc<Self>>>,
    secrecy: OnceCell<Secrecy>,
    kinds: OnceCell<Kinds<'s>>,
}

/// The kinds of values that may stand at a place.
struct Kinds<'s> {
    /// True if the schema does not describe the place.
    is_unknown: bool,
    null: bool,
    list: bool,
    map: bool,
    scalars: Vec<ScalarKind>,
    /// The texts that the schema names.
    words: Vec<&'s str>,
    any_text: bool,
}

/// The texts of the tags of a map, in the order of their names.
type Tags = Vec<Option<Box<str>>>;

/// The secrecy of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Secrecy {
    /// It is described, and nothing in it can be a secret.
    Harmless,
    /// It is none, and may hold one.
    HoldsSecret,
    Secret,
    /// The schema does not describe it.
    Unknown,
}

/// The entries that a map of one variant may have.
pub(crate) struct Entries<'s> {
    pub(crate) allowed: Alternatives<'s>,
    /// True if entries of any name may stand here.
    pub(crate) is_open: bool,
    pub(crate) names: Vec<&'s str>,
    /// The names of the entries that a flattened `Option` may swallow.
    swallowed: BTreeSet<&'s str>,
    properties: RefCell<BTreeMap<Box<str>, Rc<Level<'s>>>>,
    values: OnceCell<Rc<Level<'s>>>,
    has_secret: OnceCell<bool>,
    optional_parts: OnceCell<Vec<Alternatives<'s>>>,
}

impl<'s> Level<'s> {
    pub(crate) fn new(allowed: Alternatives<'s>) -> Self {
        Self {
            allowed,
            tags: OnceCell::new(),
            variants: RefCell::default(),
            all: OnceCell::new(),
            items: OnceCell::new(),
            tuple: RefCell::default(),
            secrecy: OnceCell::new(),
            kinds: OnceCell::new(),
        }
    }

    pub(crate) const fn allowed(&self) -> &Alternatives<'s> {
        &self.allowed
    }

    /// Returns true if the value is or may hold a secret, as far as the schema describes it.
    pub(crate) fn secrecy(&self) -> Secrecy {
        *self.secrecy.get_or_init(|| match &self.allowed {
            allowed if allowed.is_secret() => Secrecy::Secret,
            allowed if allowed.is_unknown() => Secrecy::Unknown,
            allowed if allowed.hold_secret() => Secrecy::HoldsSecret,
            _ => Secrecy::Harmless,
        })
    }

    fn kinds(&self) -> &Kinds<'s> {
        use ScalarKind::{Bool, Float, Integer, String};
        self.kinds.get_or_init(|| {
            let allowed = &self.allowed;
            let scalars =
                [Bool, Integer, Float, String].into_iter().filter(|one| allowed.fit(*one));
            Kinds {
                is_unknown: allowed.is_unknown(),
                null: allowed.admit("null"),
                list: allowed.admit("array"),
                map: allowed.admit("object"),
                scalars: scalars.collect(),
                words: allowed.words(),
                any_text: allowed.take_any_text(),
            }
        })
    }

    /// Returns the words for what the schema wants in place of a scalar, unless it allows that.
    pub(crate) fn refusal(&self, scalar: &Node) -> Option<String> {
        let Kinds { is_unknown, scalars, words, any_text, .. } = self.kinds();
        let kind = scalar.kind().filter(|_| !is_unknown)?;
        let is_word = || scalar.text().is_some_and(|text| words.contains(&text));
        if !scalars.contains(&kind) && !scalars.contains(&ScalarKind::String) {
            Some(self.allowed.forms().join(" or "))
        } else if !words.is_empty() && !any_text && !is_word() {
            Some(format!("`{}`", words.join("` or `")))
        } else {
            None
        }
    }

    /// Returns true if a value is written as something that the schema does not describe here, itself or in a part.
    /// Numbers that are to be texts count, and so does a `null`.
    pub(crate) fn doubts(&self, node: &Node) -> bool {
        let kinds = self.kinds();
        if kinds.is_unknown {
            return false;
        }
        let fits = |kind| kinds.scalars.contains(&kind);
        match &node.value {
            Value::Null => !kinds.null,
            Value::Scalar(scalar) => !fits(scalar.kind),
            Value::Untyped(text) => !fits(text.kind()) && !text.bracketed,
            Value::List(items) => {
                let mut items = items.iter().enumerate();
                !kinds.list || items.any(|(at, item)| self.item(at).doubts(item))
            }
            Value::Map(map) => {
                let entries = self.entries(map);
                let mut all = map.iter();
                !kinds.map || all.any(|(name, entry)| entries.below(name).doubts(&entry.node))
            }
        }
    }

    /// Returns true if a text in brackets can only be meant as that text.
    pub(crate) fn wants_brackets(&self) -> bool {
        self.allowed.want_brackets()
    }

    /// Returns the level of the items of a list.
    pub(crate) fn items(&self) -> Rc<Self> {
        Rc::clone(self.items.get_or_init(|| Rc::new(Self::new(self.allowed.items()))))
    }

    /// Returns the level of one item, which in a tuple has a place of its own.
    pub(crate) fn item(&self, index: usize) -> Rc<Self> {
        if !self.allowed.is_tuple() {
            return self.items();
        }
        let mut tuple = self.tuple.borrow_mut();
        let level = || Rc::new(Self::new(self.allowed.item(index)));
        Rc::clone(tuple.entry(index).or_insert_with(level))
    }

    /// Returns the entries that a map may have.
    pub(crate) fn entries(&self, map: &Map) -> Rc<Entries<'s>> {
        let tags = self.tags.get_or_init(|| self.allowed.tag_names());
        let text = |tag: &&str| map.get(*tag)?.node.text().map(Box::from);
        let variant: Tags = tags.iter().map(text).collect();
        let mut variants = self.variants.borrow_mut();
        let entries = variants
            .entry(variant)
            .or_insert_with(|| Rc::new(Entries::new(self.allowed.of_variant(map))));
        Rc::clone(entries)
    }

    /// Returns the entries that a map of any variant may have.
    pub(crate) fn all_entries(&self) -> Rc<Entries<'s>> {
        Rc::clone(self.all.get_or_init(|| Rc::new(Entries::new(self.allowed.clone()))))
    }
}

impl<'s> Entries<'s> {
    fn new(allowed: Alternatives<'s>) -> Self {
        let names = allowed.names();
        let swallowed = names.iter().copied().filter(|name| allowed.may_swallow(name));
        Self {
            is_open: allowed.is_open(),
            swallowed: swallowed.collect(),
            names,
            allowed,
            properties: RefCell::default(),
            values: OnceCell::new(),
            has_secret: OnceCell::new(),
            optional_parts: OnceCell::new(),
        }
    }

    /// Returns what is flattened here and may be left out as a whole.
    pub(crate) fn optional_parts(&self) -> &[Alternatives<'s>] {
        self.optional_parts.get_or_init(|| self.allowed.optional_parts())
    }

    /// Returns true if one of the described entries is a secret.
    pub(crate) fn have_secret(&self) -> bool {
        *self.has_secret.get_or_init(|| self.allowed.have_secret_member())
    }

    /// Returns true if an entry has this name of its own, and is not one of a map.
    pub(crate) fn name(&self, name: &str) -> bool {
        self.names.binary_search(&name).is_ok()
    }

    /// Returns true if an entry of this name is described.
    pub(crate) fn know(&self, name: &str) -> bool {
        self.is_open || self.name(name)
    }

    /// Returns true if an entry that is set may be left out with a struct around it.
    pub(crate) fn may_swallow(&self, name: &str) -> bool {
        self.swallowed.contains(name)
    }

    /// Returns the level of an entry.
    pub(crate) fn below(&self, name: &str) -> Rc<Level<'s>> {
        if !self.name(name) {
            let values = || Rc::new(Level::new(self.allowed.values()));
            return Rc::clone(self.values.get_or_init(values));
        }
        let known = self.properties.borrow().get(name).map(Rc::clone);
        known.unwrap_or_else(|| {
            let level = Rc::new(Level::new(self.allowed.entry(name)));
            self.properties.borrow_mut().insert(name.into(), Rc::clone(&level));
            level
        })
    }
}
