//! The texts of a source that may be shown.
//!
//! There is one rule: a value is shown where the schema describes it and nothing there may be a secret, a name where it
//! is one of the schema's or plain.

use std::rc::Rc;

use super::{
    alternatives::Alternatives,
    level::{Level, Secrecy},
    shape::Shape,
};
use crate::{
    document::{Node, Place, Value, is_unseen},
    place::{Key, Segment},
    section::{EntriesType, FieldInfo, FieldKind, Found, Table},
};

/// One part of a source that has text: the name of an entry, with its place, or a scalar.
#[derive(Clone, Copy)]
pub(crate) enum Part<'n> {
    Name(&'n str, Place),
    Scalar(&'n Node),
}

/// The visibility of a part: shown in messages, or the reason why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visibility {
    /// It is known to be harmless.
    Shown,
    /// It is a secret, or most likely one.
    Secret,
    /// No field and no schema describes it.
    Unknown,
}

/// The target of a key.
pub(crate) enum Target<'s> {
    /// A section, or the root.
    Section(&'static Table),
    /// A collection whose entries are sections.
    Entries(&'static EntriesType),
    /// A leaf or a value inside of one, with what its schema allows.
    Inside(Rc<Level<'s>>),
    /// A secret or something inside of one, or most likely so.
    Secret,
    /// No field.
    Nowhere,
}

impl<'s> Target<'s> {
    fn of(level: Rc<Level<'s>>) -> Self {
        match level.secrecy() {
            Secrecy::Secret => Self::Secret,
            Secrecy::Unknown => Self::Nowhere,
            Secrecy::Harmless | Secrecy::HoldsSecret => Self::Inside(level),
        }
    }

    /// Returns the target of the items of a list.
    fn items(&self) -> Self {
        match self {
            Self::Inside(level) => Self::of(level.items()),
            Self::Secret => Self::Secret,
            Self::Entries(entries) if entries.identity.is_some() => Self::Section(entries.table),
            Self::Entries(_) | Self::Section(_) | Self::Nowhere => Self::Nowhere,
        }
    }
}

/// The greatest length of the name of an unknown key that is shown, in characters.
const LONGEST_NAME: usize = 40;

impl Shape {
    /// Returns the target of a key, as sources write it.
    pub(crate) fn target(&self, segments: &[Segment]) -> Target<'_> {
        let (first, below) = match self.table().find(segments) {
            Found::Section(table) => return Target::Section(table),
            Found::Leaf(_, role, _) if role.is_secret() => return Target::Secret,
            Found::Leaf(FieldInfo { entries: Some(entries), .. }, _, []) => {
                return Target::Entries(entries);
            }
            Found::Leaf(_, _, below) => {
                let above = &segments[..segments.len() - below.len()];
                let all = Alternatives::of(self.schema());
                let leaf = above.iter().fold(all, |above, segment| above.at(segment));
                (Target::of(Rc::new(Level::new(leaf))), below)
            }
            Found::Nothing => {
                let is_known =
                    |end: &usize| !matches!(self.table().find(&segments[..*end]), Found::Nothing);
                let known = (0..segments.len()).rev().find(is_known).unwrap_or_default();
                (Target::Nowhere, &segments[known..])
            }
        };
        below.iter().fold(first, |above, segment| match segment {
            Segment::Item(_) | Segment::Entry(_) => above.items(),
            Segment::Name(name) => self.entry(&above, name).1.unwrap_or(Target::Nowhere),
        })
    }

    /// Returns the visibility of the name of an entry, and the target of its value; none where the key of the section
    /// leads to it.
    fn entry<'s>(&'s self, above: &Target<'s>, name: &str) -> (Visibility, Option<Target<'s>>) {
        let (is_known, below) = match above {
            Target::Secret => return (Visibility::Secret, Some(Target::Secret)),
            Target::Nowhere if self.looks_secret(name) => (false, Some(Target::Secret)),
            Target::Nowhere => (false, Some(Target::Nowhere)),
            // Their names are those of a map of any other values.
            Target::Entries(entries) if entries.identity.is_none() => {
                (true, Some(Target::Section(entries.table)))
            }
            Target::Entries(_) => (false, Some(Target::Nowhere)),
            Target::Section(table) => match table.field(name).map(|field| &field.kind) {
                Some(FieldKind::Section { table, .. }) => (true, Some(Target::Section(table))),
                Some(FieldKind::Leaf(_)) => (true, None),
                None => (false, None),
            },
            Target::Inside(level) => {
                let entries = level.all_entries();
                // No schema knows the aliases inside of a leaf, so this may be one of the secret.
                let is_alias = || !entries.is_open && entries.have_secret();
                if !entries.name(name) && (is_alias() || self.looks_secret(name)) {
                    (false, Some(Target::Secret))
                } else {
                    // Beside secrets, a name may be a piece of one that lost its space or line break.
                    let is_entry = entries.is_open && level.secrecy() == Secrecy::Harmless;
                    (is_entry || entries.name(name), Some(Target::of(entries.below(name))))
                }
            }
        };
        let shown = is_known || is_plain(name);
        (if shown { Visibility::Shown } else { Visibility::Unknown }, below)
    }

    /// Returns true if this key names a secret, or a value inside of one.
    pub(crate) fn is_secret(&self, key: &Key) -> bool {
        matches!(self.target(key.segments()), Target::Secret)
    }

    /// Returns true if the value of this key may be shown: the schema has to describe it, and there must be no
    /// secret in what may stand there.
    pub(crate) fn is_shown(&self, key: &Key) -> bool {
        match self.target(key.segments()) {
            Target::Inside(level) => level.secrecy() == Secrecy::Harmless,
            Target::Section(_) | Target::Entries(_) | Target::Secret | Target::Nowhere => false,
        }
    }

    /// Returns true if every name and scalar at and below a key may be shown.
    pub(crate) fn shows(&self, node: &Node, key: &Key) -> bool {
        let mut shows = true;
        self.parts(node, key, &mut |_, visibility| shows &= visibility == Visibility::Shown);
        shows
    }

    /// Returns the part of a key that may be shown: up to the first name that is or may hold a secret.
    pub(crate) fn shown_key(&self, key: &Key) -> Key {
        let segments = key.segments();
        let mut above = self.target(&[]);
        let mut shown = 0;
        for segment in segments {
            let (visibility, below) = match segment {
                Segment::Name(name) => self.entry(&above, name),
                Segment::Item(_) | Segment::Entry(_) if matches!(above, Target::Secret) => break,
                Segment::Item(_) => (Visibility::Shown, Some(above.items())),
                // The key of an entry is that of a map, or a value that may be shown.
                Segment::Entry(_) => (Visibility::Shown, Some(above.items())),
            };
            if visibility != Visibility::Shown {
                break;
            }
            shown += 1;
            above = below.unwrap_or_else(|| self.target(&segments[..shown]));
        }
        segments[..shown].iter().cloned().collect()
    }

    /// Visits every name and scalar at and below a key, with its visibility.
    pub(crate) fn parts<'n>(
        &self,
        node: &'n Node,
        key: &Key,
        found: &mut impl FnMut(Part<'n>, Visibility),
    ) {
        let path = key.segments().to_vec();
        let target = self.target(&path);
        Walk { shape: self, path, found }.value(node, &target);
    }

    /// Returns the keys of a tree that hold a secret, each with the place of its value.
    pub(crate) fn secrets_in(&self, root: &Node) -> Vec<(Key, Place)> {
        let mut found = Vec::new();
        self.find_secrets(root, &self.target(&[]), &mut Vec::new(), &mut found);
        found
    }

    fn find_secrets<'s>(
        &'s self,
        node: &Node,
        target: &Target<'s>,
        path: &mut Vec<Segment>,
        found: &mut Vec<(Key, Place)>,
    ) {
        let mut below = |segment: Segment, node: &Node, target: Option<Target<'s>>| {
            path.push(segment);
            let target = target.unwrap_or_else(|| self.target(path));
            self.find_secrets(node, &target, path, found);
            path.pop();
        };
        match (target, &node.value) {
            (Target::Section(_) | Target::Entries(_), Value::Map(map)) => {
                for (name, entry) in map.iter() {
                    let (_, target) = self.entry(target, name);
                    below(Segment::Name(name.to_string().into()), &entry.node, target);
                }
            }
            (Target::Entries(_), Value::List(items)) => {
                for (index, item) in items.iter().enumerate() {
                    below(Segment::Item(index), item, Some(target.items()));
                }
            }
            _ => {
                let mut place = None;
                let note = &mut |part: Part<'_>, visibility| {
                    if let Part::Scalar(node) = part
                        && visibility == Visibility::Secret
                    {
                        place.get_or_insert(node.place);
                    }
                };
                Walk { shape: self, path: path.clone(), found: note }.value(node, target);
                found.extend(place.map(|place| (path.iter().cloned().collect(), place)));
            }
        }
    }
}

struct Walk<'s, 'f, F> {
    shape: &'s Shape,
    /// The key of the section that the walk is in.
    path: Vec<Segment>,
    found: &'f mut F,
}

impl<'n, 's, F: FnMut(Part<'n>, Visibility)> Walk<'s, '_, F> {
    fn value(&mut self, node: &'n Node, target: &Target<'s>) {
        match &node.value {
            Value::Map(map) => {
                for (name, entry) in map.iter() {
                    let (visibility, below) = self.shape.entry(target, name);
                    (self.found)(Part::Name(name, entry.key), visibility);
                    if matches!(target, Target::Section(_) | Target::Entries(_)) {
                        self.path.push(Segment::Name(name.to_string().into()));
                        let below = below.unwrap_or_else(|| self.shape.target(&self.path));
                        self.value(&entry.node, &below);
                        self.path.pop();
                    } else {
                        self.value(&entry.node, &below.unwrap_or(Target::Nowhere));
                    }
                }
                return;
            }
            Value::List(items) => {
                let below = target.items();
                for (index, item) in items.iter().enumerate() {
                    self.path.push(Segment::Item(index));
                    self.value(item, &below);
                    self.path.pop();
                }
                return;
            }
            Value::Untyped(text) if text.bracketed || text.text.contains(',') => {
                // A list or map in one text, the parts of which are read alone.
                if !matches!(target, Target::Inside(level) if level.wants_brackets()) {
                    text.shape.iter().for_each(|shape| self.value(shape, target));
                }
            }
            Value::Untyped(_) | Value::Scalar(_) | Value::Null => {}
        }
        let visibility = match target {
            Target::Secret => Visibility::Secret,
            // A scalar where a value with a secret in it belongs.
            Target::Inside(level) if level.secrecy() == Secrecy::HoldsSecret => Visibility::Secret,
            Target::Section(table) if table.has_secret() => Visibility::Secret,
            Target::Entries(entries) if entries.table.has_secret() => Visibility::Secret,
            Target::Inside(_) => Visibility::Shown,
            Target::Section(_) | Target::Entries(_) | Target::Nowhere => Visibility::Unknown,
        };
        (self.found)(Part::Scalar(node), visibility);
    }
}

/// Returns true if the name of an unknown key looks like one, and not like a piece of other text. A character that
/// cannot be seen is no such piece, and the message names it; one that separates words is, but for the ends.
pub(crate) fn is_plain(name: &str) -> bool {
    let is_part =
        |c: char| c.is_alphanumeric() || "_-.".contains(c) || is_unseen(c) && !c.is_whitespace();
    let is_plain =
        name.trim_matches(is_unseen).chars().all(is_part) && name.chars().count() <= LONGEST_NAME;
    is_plain && !name.is_empty() || name == "$schema"
}
