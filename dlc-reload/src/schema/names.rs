//! The aliases of serde in types that are no sections, which schemars does not know: the types themselves are asked.
//!
//! Before it reads a struct or enum, the code that serde derives names all fields or variants, aliases included. So
//! each place that the schema describes is read from a value made up for it, and what a name is taken for shows which
//! field or variant it means. What a type buffers is not asked for by its names: a struct with `flatten`, a variant
//! with an inner tag or without one. The keys of maps are found in the same way: the words of an enum, or the range of
//! an integer.

use std::{
    any::TypeId,
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

use serde_json::Value as Json;

use super::{
    aliases::{add_names, add_words},
    example::example,
    integers::Integers,
    lookup::{any_inside, definition_name, members},
};
use crate::{
    document::{Heard, Keys, Known, Node, Place},
    place::{Key, Segment},
    section::{NO_NAME, OTHER_NAME, Read, Reloadable, Step, asked, each_leaf, made_up},
    sync::lock,
};

/// The greatest depth of a place in a leaf.
const MAX_DEPTH: usize = 32;

/// The greatest number of attempts to read values that are made up.
const MAX_ATTEMPTS: usize = 20_000;

/// The JSON pointer to the schema of what has other names.
#[derive(Clone, PartialEq, Eq)]
enum Named {
    Field(String),
    Variant(String),
    /// A map whose keys are the words of an enum.
    Words(String),
    /// A map whose keys are integers.
    Integers(String, Integers),
}

/// The other names that were found.
type Found = Vec<(Named, Vec<String>)>;

/// Adds the other names of fields and variants that the types of leaves take. They are asked once in a process.
pub(super) fn add_other_names<C: Reloadable>(plain: &mut Json) {
    static KNOWN: Mutex<BTreeMap<TypeId, &Found>> = Mutex::new(BTreeMap::new());
    let known = lock(&KNOWN).get(&TypeId::of::<C>()).copied();
    let found = known.unwrap_or_else(|| {
        let found: &Found = Box::leak(Box::new(found::<C>(plain)));
        lock(&KNOWN).entry(TypeId::of::<C>()).or_insert(found)
    });
    // What lies in a map is found after it, and has its place by the keys that the map has before.
    for (place, names) in found.iter().rev() {
        match place {
            Named::Field(pointer) => {
                plain.pointer_mut(pointer).into_iter().for_each(|field| add_names(field, names));
            }
            Named::Variant(pointer) => {
                plain.pointer_mut(pointer).into_iter().for_each(|form| add_words(form, names));
            }
            Named::Words(pointer) => {
                plain.pointer_mut(pointer).into_iter().for_each(|map| name_keys(map, names));
            }
            Named::Integers(pointer, integers) => {
                plain.pointer_mut(pointer).into_iter().for_each(|map| limit_keys(map, *integers));
            }
        }
    }
}

fn found<C: Reloadable>(plain: &Json) -> Found {
    let search = Search { root: plain, attempts: 0, found: Vec::new() };
    let search = RefCell::new(search);
    each_leaf::<C>(&|key, read| search.borrow_mut().leaf(key, read));
    search.into_inner().found
}

/// A place in a leaf: the schemas of its value, and the way to it.
struct Spot {
    pointers: Vec<String>,
    way: Vec<Step>,
}

/// The names of one kind at a place, each with the schema that is marked with the other names.
type Own<'s> = Vec<(&'s str, Named)>;

/// The search along a schema.
struct Search<'s> {
    root: &'s Json,
    attempts: usize,
    found: Found,
}

impl<'s> Search<'s> {
    fn leaf(&mut self, key: &Key, read: Read<'_>) {
        let mut pointers = vec![String::new()];
        for segment in key.segments() {
            let Segment::Name(name) = segment else { return };
            let step = format!("/properties/{}", escaped(name));
            let below = self.parts(&pointers).into_iter().map(|part| part + &step);
            pointers = below.filter(|pointer| self.root.pointer(pointer).is_some()).collect();
        }
        // A type may hold itself.
        let mut seen = BTreeSet::new();
        let mut pending = vec![Spot { pointers, way: Vec::new() }];
        while let Some(spot) = pending.pop() {
            let parts = self.parts(&spot.pointers);
            let known = self.listen(&spot.way, Node::empty_map(Place::NONE), read).known;
            let before = seen.len();
            match known {
                None => continue,
                // What is buffered may be read at another place.
                Some(Known::Anything) => {}
                Some(known) => {
                    seen.extend(parts.iter().cloned());
                    if seen.len() > before {
                        self.names(known, &parts, &spot.way, read);
                        let key = self.keys(&parts, &spot.way, read);
                        pending.extend(self.below(&parts, &spot.way, key.unwrap_or("name")));
                    }
                }
            }
            self.tags(&parts, &spot.way, read);
        }
    }

    fn at(&self, pointer: &str) -> &'s Json {
        self.root.pointer(pointer).unwrap_or(&Json::Null)
    }

    /// Returns the pointers to all schemas of a value: what they refer to, their parts and their forms.
    fn parts(&self, pointers: &[String]) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let mut pending = pointers.to_vec();
        while let Some(pointer) = pending.pop() {
            if found.contains(&pointer) {
                continue;
            }
            let schema = self.at(&pointer);
            let name = schema.get("$ref").and_then(definition_name);
            pending.extend(name.map(|name| format!("/$defs/{}", escaped(name))));
            for keyword in ["allOf", "anyOf", "oneOf"] {
                let count = members(schema, keyword).count();
                pending.extend((0..count).map(|index| format!("{pointer}/{keyword}/{index}")));
            }
            found.push(pointer);
        }
        found
    }

    /// Finds the other names of the fields or variants of the value itself.
    fn names(&mut self, known: Known, parts: &[String], way: &[Step], read: Read<'_>) {
        let mut own: Own<'s> = Vec::new();
        match known {
            Known::Fields(known) => {
                for part in parts {
                    let keys = properties(self.at(part)).map(|(name, _)| name);
                    own.extend(keys.map(|name| (name, Named::Field(property_of(part, name)))));
                }
                self.assign(known, own, |search, name| {
                    let named = Step::entry(name).around(Node::null(Place::NONE));
                    search.listen(way, named, read).meaning
                });
            }
            Known::Variants(known) => {
                for part in parts {
                    let schema = self.at(part);
                    let forms = properties(schema).map(|(name, _)| name);
                    let all = words(schema).into_iter().chain(forms);
                    own.extend(all.map(|name| (name, Named::Variant(part.clone()))));
                }
                self.assign(known, own, |search, name| {
                    search.listen(way, made_up(&name.into()), read).meaning
                });
            }
            Known::Map | Known::List | Known::Tuple(_) | Known::Anything => {}
        }
    }

    /// Finds the keys that the value may have, if it is a map of words or integers. Returns one of the words.
    fn keys(&mut self, parts: &[String], way: &[Step], read: Read<'_>) -> Option<&'static str> {
        let maps: Vec<_> = parts.iter().filter(|part| is_map(self.at(part))).cloned().collect();
        if maps.is_empty() {
            return None;
        }
        let mut heard = |name: &str| {
            self.listen(way, Step::entry(name).around(Node::null(Place::NONE)), read).keys
        };
        let (keys, has_zero) = heard("0")?;
        let (named, words) = match keys {
            Keys::Integers(ty) => {
                let integers = Integers::of(ty, has_zero)?;
                let named = maps.into_iter().map(|map| Named::Integers(map, integers));
                (named.collect::<Vec<_>>(), Vec::new())
            }
            Keys::Words(all) => {
                let mut is_taken = |name: &str| heard(name).is_some_and(|(_, is_taken)| is_taken);
                if is_taken(NO_NAME) {
                    return None;
                }
                let words = all.iter().copied().filter(|word| is_taken(word));
                (maps.into_iter().map(Named::Words).collect(), words.collect())
            }
        };
        let names: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
        for place in named {
            if !self.found.iter().any(|(known, _)| *known == place) {
                self.found.push((place, names.clone()));
            }
        }
        words.first().copied()
    }

    /// Finds the other names of variants that stand in an entry of the map which is the value.
    fn tags(&mut self, parts: &[String], way: &[Step], read: Read<'_>) {
        let Some((tag, _)) = parts.iter().find_map(|part| tag_of(self.at(part))) else { return };
        let way = [way, &[Step::entry(tag)]].concat();
        let Some(Known::Variants(known)) = self.listen(&way, made_up(&NO_NAME.into()), read).known
        else {
            return;
        };
        let tagged = parts.iter().filter_map(|part| {
            let (name, word) = tag_of(self.at(part))?;
            (name == tag).then(|| (word, Named::Variant(part.clone())))
        });
        self.assign(known, tagged.collect(), |search, name| {
            search.listen(&way, made_up(&name.into()), read).meaning
        });
    }

    /// Takes note of the names that a type knows beside its own, where it can tell one field or variant from another.
    fn assign(
        &mut self,
        known: &[&str],
        own: Own<'s>,
        mut meaning: impl FnMut(&mut Self, &str) -> Option<String>,
    ) {
        let others: Vec<_> =
            known.iter().filter(|name| !own.iter().any(|(o, _)| o == *name)).collect();
        if others.is_empty() {
            return;
        }
        let mut meanings: BTreeMap<String, &str> = BTreeMap::new();
        let nothing = meaning(self, NO_NAME);
        for (name, _) in &own {
            // What means nothing is that of a field beside a flattened one.
            let meaning = meaning(self, name).filter(|meaning| nothing.as_ref() != Some(meaning));
            let Some(meaning) = meaning else { continue };
            if *meanings.entry(meaning).or_insert(name) != *name {
                return;
            }
        }
        for other in others {
            let Some(meaning) = meaning(self, other) else { continue };
            let Some(name) = meanings.get(&meaning) else { continue };
            for (_, place) in own.iter().filter(|(own, _)| own == name) {
                match self.found.iter_mut().find(|(known, _)| known == place) {
                    Some((_, names)) => names.push((*other).to_owned()),
                    None => self.found.push((place.clone(), vec![(*other).to_owned()])),
                }
            }
        }
    }

    /// Returns the places inside of a value in which there may be names. `key` is that of an entry of a map.
    fn below(&self, parts: &[String], way: &[Step], key: &str) -> Vec<Spot> {
        if way.len() >= MAX_DEPTH {
            return Vec::new();
        }
        let mut below = Vec::new();
        for part in parts {
            let schema = self.at(part);
            let tag = tag_of(schema).map(|(tag, word)| (tag.to_owned(), Json::from(word)));
            for (name, _) in properties(schema) {
                let (tag, name) = (tag.clone().filter(|(tag, _)| tag != name), name.to_owned());
                below.push((property_of(part, &name), Step::Entry { tag, name }));
            }
            let patterns = schema.get("patternProperties").and_then(Json::as_object);
            for pattern in patterns.into_iter().flat_map(|all| all.keys()) {
                // The names of a map are numbers.
                let pointer = format!("{part}/patternProperties/{}", escaped(pattern));
                below.push((pointer, Step::entry("1")));
            }
            below.push((format!("{part}/additionalProperties"), Step::entry(key)));
            below.push((format!("{part}/items"), Step::item()));
            let items: Vec<_> = members(schema, "prefixItems").collect();
            for index in 0..items.len() {
                let before = items[..index].iter().map(|item| example(self.root, item)).collect();
                below.push((format!("{part}/prefixItems/{index}"), Step::Item { before }));
            }
        }
        let has_names = |schema: &Json| {
            schema.get("properties").is_some() || !words(schema).is_empty() || is_map(schema)
        };
        below.retain(|(pointer, _)| {
            let schema = self.root.pointer(pointer);
            schema.is_some_and(|schema| any_inside(schema, self.root, has_names))
        });
        let spot = |(pointer, step)| Spot { pointers: vec![pointer], way: [way, &[step]].concat() };
        below.into_iter().map(spot).collect()
    }

    /// Reads a leaf with a value at the end of a way, and returns what the type says of the names there.
    fn listen(&mut self, way: &[Step], value: Node, read: Read<'_>) -> Heard {
        self.attempts += 1;
        if self.attempts > MAX_ATTEMPTS {
            return Heard::default();
        }
        asked(way, value, read)
    }
}

/// Returns true if a schema may be that of a map.
fn is_map(schema: &Json) -> bool {
    schema.get("additionalProperties").is_some() || schema.get("patternProperties").is_some()
}

/// Has a map take no other keys than these.
fn name_keys(map: &mut Json, words: &[String]) {
    let Some(keywords) = map.as_object_mut() else { return };
    let known = keywords.remove("properties").unwrap_or_default();
    let known = known.as_object();
    let any = keywords.insert("additionalProperties".into(), false.into());
    let any = any.filter(|any| *any != Json::Bool(false));
    let any = any.or_else(|| known?.values().next().cloned()).unwrap_or(Json::Bool(true));
    let named = words.iter().map(|word| {
        let own = known.and_then(|known| known.get(word));
        (word.clone(), own.unwrap_or(&any).clone())
    });
    let named: serde_json::Map<_, _> = named.collect();
    keywords.insert("properties".into(), named.into());
}

/// Has a map take no other keys than these integers.
fn limit_keys(map: &mut Json, integers: Integers) {
    let patterns = map.get_mut("patternProperties").and_then(Json::as_object_mut);
    if let Some(patterns) = patterns {
        let named = std::mem::take(patterns).into_iter().map(|(pattern, entry)| {
            let is_wide = Integers::of_pattern(&pattern).is_some();
            (if is_wide { integers.pattern() } else { pattern }, entry)
        });
        patterns.extend(named);
    }
}

/// Returns the properties of a schema that are no other names.
fn properties(schema: &Json) -> impl Iterator<Item = (&str, &Json)> {
    let all = schema.get("properties").and_then(Json::as_object).into_iter().flatten();
    let own = all.filter(|(_, property)| property.get(OTHER_NAME).is_none());
    own.map(|(name, property)| (name.as_str(), property))
}

/// Returns the words that a schema names.
fn words(schema: &Json) -> Vec<&str> {
    members(schema, "enum").chain(schema.get("const")).filter_map(Json::as_str).collect()
}

/// Returns the tag of a form, and the word in it.
fn tag_of(schema: &Json) -> Option<(&str, &str)> {
    properties(schema).find_map(|(name, property)| Some((name, property.get("const")?.as_str()?)))
}

fn property_of(part: &str, name: &str) -> String {
    format!("{part}/properties/{}", escaped(name))
}

/// Returns a name as a JSON pointer has it.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
