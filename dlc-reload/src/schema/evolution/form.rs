//! The forms of a value: a schema without choices in it, each form one way to write the value.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use super::names::Names;
use crate::{
    schema::{hover::REQUIRED, lookup::members},
    section::OTHER_NAME,
};

/// The greatest number of forms of one place.
const MAX_FORMS: usize = 512;

/// The schema that nothing follows.
static NOTHING: Json = Json::Bool(false);

/// The keywords that limit no value.
const ANNOTATIONS: [&str; 18] = [
    "title",
    "description",
    "markdownDescription",
    "enumDescriptions",
    "markdownEnumDescriptions",
    "doNotSuggest",
    "default",
    "defaultSnippets",
    "examples",
    "deprecated",
    "deprecationMessage",
    "readOnly",
    "writeOnly",
    "$comment",
    "$schema",
    "$id",
    "$defs",
    "definitions",
];

/// The keywords that are compared.
const KNOWN: [&str; 30] = [
    "$ref",
    "allOf",
    "anyOf",
    "oneOf",
    "type",
    "enum",
    "const",
    "required",
    "properties",
    "patternProperties",
    "additionalProperties",
    "unevaluatedProperties",
    "minProperties",
    "maxProperties",
    "items",
    "prefixItems",
    "additionalItems",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "propertyNames",
];

/// The kind of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Null,
    Bool,
    /// A number without a fraction.
    Integer,
    /// Any other number.
    Fraction,
    Text,
    List,
    Map,
}

impl Kind {
    const ALL: [Self; 7] =
        [Self::Null, Self::Bool, Self::Integer, Self::Fraction, Self::Text, Self::List, Self::Map];

    /// Returns the kind of a value.
    pub(super) fn of(value: &Json) -> Self {
        match value {
            Json::Null => Self::Null,
            Json::Bool(_) => Self::Bool,
            Json::Number(number) => match number.as_f64() {
                Some(number) if number.fract() != 0.0 => Self::Fraction,
                _ => Self::Integer,
            },
            Json::String(_) => Self::Text,
            Json::Array(_) => Self::List,
            Json::Object(_) => Self::Map,
        }
    }

    /// Returns the kinds that the word of a schema stands for.
    fn named(word: &str) -> &'static [Self] {
        match word {
            "null" => &[Self::Null],
            "boolean" => &[Self::Bool],
            "integer" => &[Self::Integer],
            "number" => &[Self::Integer, Self::Fraction],
            "string" => &[Self::Text],
            "array" => &[Self::List],
            "object" => &[Self::Map],
            _ => &[],
        }
    }
}

/// The entries that a map may have beside those with a name in the schema.
#[derive(Clone, Debug)]
pub(super) enum Further<'s> {
    /// There are none.
    Closed,
    /// They follow all of these schemas.
    Open(Vec<&'s Json>),
    /// The schema says nothing of the entries of a map, which may be a struct without fields.
    Unsaid,
}

/// The form is one of too many.
#[derive(Debug)]
pub(super) struct TooMany;

/// One way to write a value, which follows all of some schemas.
#[derive(Clone, Debug)]
pub(super) struct Form<'s> {
    pub(super) kinds: BTreeSet<Kind>,
    /// The only values, if the schema lists them.
    pub(super) words: Option<Vec<&'s Json>>,
    schemas: Vec<&'s Map<String, Json>>,
    /// The names of which a map has to have exactly one, for each field that has several.
    one_of: Vec<BTreeSet<&'s str>>,
    /// The names that a map cannot have at once.
    pub(super) not_at_once: Vec<BTreeSet<&'s str>>,
}

/// Returns the forms of a value that follows all of the schemas; none where no value does.
pub(super) fn forms<'s>(root: &'s Json, heads: &[&'s Json]) -> Result<Vec<Form<'s>>, TooMany> {
    let anything = Form {
        kinds: Kind::ALL.into(),
        words: None,
        schemas: Vec::new(),
        one_of: Vec::new(),
        not_at_once: Vec::new(),
    };
    heads.iter().try_fold(vec![anything], |forms, head| all(root, forms, head, &[]))
}

/// Returns the forms that also follow a schema.
fn all<'s>(
    root: &'s Json,
    mut forms: Vec<Form<'s>>,
    schema: &'s Json,
    referred: &[&'s str],
) -> Result<Vec<Form<'s>>, TooMany> {
    let Json::Object(keywords) = schema else {
        return Ok(if *schema == Json::Bool(true) { forms } else { Vec::new() });
    };
    forms.retain_mut(|form| form.limit(keywords));
    if let Some(reference) = keywords.get("$ref").and_then(Json::as_str)
        && !referred.contains(&reference)
    {
        let referred = [referred, &[reference]].concat();
        let definition = definition(root, reference).unwrap_or(&NOTHING);
        forms = all(root, forms, definition, &referred)?;
    }
    for part in members(schema, "allOf") {
        forms = all(root, forms, part, referred)?;
    }
    for choice in
        ["anyOf", "oneOf"].into_iter().filter_map(|keyword| keywords.get(keyword)?.as_array())
    {
        if let Some(names) = names_of_one_field(choice) {
            forms.iter_mut().for_each(|form| form.one_of.push(names.clone()));
            continue;
        }
        let mut chosen = Vec::new();
        for member in choice {
            chosen.extend(all(root, forms.clone(), member, referred)?);
            if chosen.len() > MAX_FORMS {
                return Err(TooMany);
            }
        }
        forms = chosen;
    }
    Ok(forms)
}

/// Returns the schema that a reference means.
pub(super) fn definition<'s>(root: &'s Json, reference: &str) -> Option<&'s Json> {
    root.pointer(reference.strip_prefix('#')?)
}

/// Returns the names of a choice that only says which name of a field is there.
fn names_of_one_field(choice: &[Json]) -> Option<BTreeSet<&str>> {
    choice
        .iter()
        .map(only_required)
        .map(|names| match *names? {
            [ref name] => name.as_str(),
            _ => None,
        })
        .collect()
}

/// Returns the names of a schema that only says which are there.
fn only_required(schema: &Json) -> Option<&[Json]> {
    let keywords = schema.as_object().filter(|keywords| keywords.len() == 1)?;
    keywords.get("required")?.as_array().map(Vec::as_slice)
}

impl<'s> Form<'s> {
    /// Adds a schema, and returns false where no value is left.
    fn limit(&mut self, keywords: &'s Map<String, Json>) -> bool {
        let kinds = kinds(keywords);
        if let Some(kinds) = kinds {
            self.kinds.retain(|kind| kinds.contains(kind));
        }
        let listed = keywords.get("enum").and_then(Json::as_array).map(|all| quoted(all));
        let only = keywords.get("const").map(|only| vec![only]);
        for words in listed.into_iter().chain(only) {
            let words: Vec<&Json> = words;
            self.words = Some(match self.words.take() {
                Some(known) => known.into_iter().filter(|word| words.contains(word)).collect(),
                None => words,
            });
        }
        if let Some(words) = &mut self.words {
            words.retain(|word| self.kinds.contains(&Kind::of(word)));
            self.kinds = words.iter().map(|word| Kind::of(word)).collect();
        }
        match keywords.get("not") {
            Some(Json::Bool(true)) => return false,
            Some(Json::Object(refused)) if refused.is_empty() => return false,
            Some(refused) => {
                let names = only_required(refused).into_iter().flatten().filter_map(Json::as_str);
                let names: BTreeSet<_> = names.collect();
                if !names.is_empty() {
                    self.not_at_once.push(names);
                }
            }
            None => {}
        }
        self.schemas.push(keywords);
        !self.kinds.is_empty()
    }

    /// Returns the values of a keyword.
    pub(super) fn keyword(&self, keyword: &str) -> impl Iterator<Item = &'s Json> {
        self.schemas.iter().filter_map(move |schema| schema.get(keyword))
    }

    /// Returns the keywords, with their values, that are not compared but for being the same.
    pub(super) fn others(&self) -> impl Iterator<Item = (&'s str, &'s Json)> {
        let is_known = |keyword: &str, value: &Json| match keyword {
            "not" => only_required(value).is_some(),
            // Of draft 4.
            "exclusiveMinimum" | "exclusiveMaximum" => value.is_number(),
            _ => {
                KNOWN.contains(&keyword)
                    || ANNOTATIONS.contains(&keyword)
                    || keyword.starts_with("x-")
            }
        };
        let all = self.schemas.iter().flat_map(|schema| schema.iter());
        all.map(|(keyword, value)| (keyword.as_str(), value))
            .filter(move |(keyword, value)| !is_known(keyword, value))
    }

    /// Returns the names that the schema has properties for.
    pub(super) fn names(&self) -> BTreeSet<&'s str> {
        let properties = self.keyword("properties").filter_map(Json::as_object);
        properties.flat_map(Map::keys).map(String::as_str).collect()
    }

    /// Returns the schemas of an entry.
    pub(super) fn entry(&self, name: &str) -> Vec<&'s Json> {
        let follows = |pattern: &str| Names::of(pattern).is_some_and(|names| names.have(name));
        let patterns = self.patterns().into_iter().filter(|(pattern, _)| follows(pattern));
        let patterns: Vec<_> = patterns.map(|(_, schema)| schema).collect();
        if self.names().contains(name) {
            let named = self.schemas.iter().filter_map(|schema| {
                let property = schema.get("properties").and_then(|all| all.get(name));
                property.or_else(|| schema.get("additionalProperties"))
            });
            return named.chain(patterns).collect();
        }
        match self.further() {
            _ if !patterns.is_empty() => patterns,
            Further::Closed => vec![&NOTHING],
            Further::Open(schemas) => schemas,
            Further::Unsaid => Vec::new(),
        }
    }

    /// Returns what is said of entries without a name of their own.
    pub(super) fn further(&self) -> Further<'s> {
        let mut found: Vec<_> = self.keyword("additionalProperties").collect();
        if found.is_empty() {
            found = self.keyword("unevaluatedProperties").collect();
        }
        if found.iter().any(|schema| **schema == Json::Bool(false)) {
            return Further::Closed;
        }
        match found.is_empty() {
            false => Further::Open(found),
            true if self.keyword("properties").next().is_some() => Further::Closed,
            true if self.keyword("patternProperties").next().is_some() => Further::Open(found),
            true if self.keyword("type").next().is_some() => Further::Unsaid,
            true => Further::Open(found),
        }
    }

    /// Returns the schemas of entries whose names follow a pattern.
    pub(super) fn patterns(&self) -> Vec<(&'s str, &'s Json)> {
        let patterns = self.keyword("patternProperties").filter_map(Json::as_object).flatten();
        patterns.map(|(pattern, schema)| (pattern.as_str(), schema)).collect()
    }

    /// Returns the names of the entries that a map has to have. What a file need not set, because another source
    /// can, is
    /// marked at the property.
    pub(super) fn required(&self) -> BTreeSet<&'s str> {
        let listed = self.keyword("required").filter_map(Json::as_array).flatten();
        let others = self.other_names();
        let is_alone = |name: &&str| others.iter().all(|(other, own)| other != name && own != name);
        listed.filter_map(Json::as_str).chain(self.marked_as_required().filter(is_alone)).collect()
    }

    /// Returns the names of which a map has to have exactly one, for each field that has several.
    pub(super) fn one_of(&self) -> Vec<BTreeSet<&'s str>> {
        let mut all: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (other, own) in self.other_names() {
            all.entry(own).or_default().extend([other, own]);
        }
        let marked: BTreeSet<_> = self.marked_as_required().collect();
        let marked =
            all.into_iter().filter(|(own, _)| marked.contains(own)).map(|(_, names)| names);
        let mut found: Vec<_> = self.one_of.iter().cloned().chain(marked).collect();
        found.sort();
        found.dedup();
        found
    }

    fn marked_as_required(&self) -> impl Iterator<Item = &'s str> {
        let properties = self.keyword("properties").filter_map(Json::as_object).flatten();
        let is_marked = |schema: &Json| schema.get(REQUIRED) == Some(&Json::Bool(true));
        properties.filter(move |(_, schema)| is_marked(schema)).map(|(name, _)| name.as_str())
    }

    /// Returns the other names of fields, each with the name of its field.
    pub(super) fn other_names(&self) -> BTreeSet<(&'s str, &'s str)> {
        let properties = self.keyword("properties").filter_map(Json::as_object).flatten();
        let named = properties.filter_map(|(other, schema)| {
            Some((other.as_str(), schema.get(OTHER_NAME)?.as_str()?))
        });
        named.collect()
    }

    /// Returns the tags of a map: the entries that can only be one text.
    pub(super) fn tags(&self) -> Vec<(&'s str, &'s str)> {
        let properties = self.keyword("properties").filter_map(Json::as_object).flatten();
        properties
            .filter_map(|(name, schema)| Some((name.as_str(), schema.get("const")?.as_str()?)))
            .collect()
    }

    /// Returns the schema of the item at an index; nothing may stand there where the list ends before.
    pub(super) fn item(&self, index: usize) -> Vec<&'s Json> {
        self.schemas
            .iter()
            .filter_map(|schema| {
                let (first, others) = items(schema);
                first.get(index).or(others)
            })
            .collect()
    }

    /// Returns the number of items that differ by their places.
    pub(super) fn first_items(&self) -> usize {
        self.schemas.iter().map(|schema| items(schema).0.len()).max().unwrap_or(0)
    }
}

/// Returns the kinds that the `type` of a schema names. Where any text may stand, the schema also names what texts
/// look like
/// without quotes; this is no kind of its own, because only YAML has it.
fn kinds(keywords: &Map<String, Json>) -> Option<BTreeSet<Kind>> {
    let words: Vec<&str> = match keywords.get("type")? {
        Json::String(word) => vec![word],
        Json::Array(words) => words.iter().filter_map(Json::as_str).collect(),
        _ => return None,
    };
    let mut kinds: BTreeSet<_> = words.iter().copied().flat_map(Kind::named).copied().collect();
    let is_any_text = ["pattern", "format"].iter().all(|narrow| !keywords.contains_key(*narrow));
    if is_any_text && words.contains(&"string") && words.contains(&"boolean") {
        kinds.remove(&Kind::Bool);
        if words.contains(&"number") {
            kinds.remove(&Kind::Integer);
            kinds.remove(&Kind::Fraction);
        }
    }
    Some(kinds)
}

/// Returns the words of an enum without those that are others of them without quotes.
fn quoted(words: &[Json]) -> Vec<&Json> {
    let is_like = |word: &Json, text: &str| {
        let is_bool = |is: bool| text.eq_ignore_ascii_case(if is { "true" } else { "false" });
        text.parse().is_ok_and(|looks: Json| looks == *word) || word.as_bool().is_some_and(is_bool)
    };
    let texts = || words.iter().filter_map(Json::as_str);
    words
        .iter()
        .filter(|word| word.is_string() || !texts().any(|text| is_like(word, text)))
        .collect()
}

/// Returns the schemas of the first items of a list, each at its index, and that of the others; as both drafts have it.
fn items(schema: &Map<String, Json>) -> (&[Json], Option<&Json>) {
    let list = |keyword: &str| schema.get(keyword).and_then(Json::as_array).map(Vec::as_slice);
    match (list("prefixItems"), list("items")) {
        (Some(first), _) => (first, schema.get("items")),
        (None, Some(first)) => (first, schema.get("additionalItems")),
        (None, None) => (&[], schema.get("items")),
    }
}
