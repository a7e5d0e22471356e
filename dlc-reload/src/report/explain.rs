//! The explanation of a value: what each source says of its key, and which one wins.

use std::{collections::BTreeMap, fmt, ops::Range, sync::Arc};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value as Json};

use super::width;
use crate::{
    document::{
        Document, Integer, Layer, Node, Place, Scalar, ScalarKind, SourceId, Value, float,
        in_words, shown, shown_below_mut, shown_float, similar,
    },
    place::{Key, Origin, Segment},
    schema::{Shape, Target},
    section::{Found, Table, variable},
    source::OVERRIDE,
};

/// The reason why a key has its value: one row for each source, those that do not set it included.
///
/// ```
/// # use dlc_reload::{Loader, Reloadable};
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(restart)] port: u16 }
/// let boot = Loader::<Config>::new().text("yaml", "port: 80").set("port", 81).load()?;
/// let explanation = boot.explain("port");
/// assert_eq!(explanation.rows[1].origin.to_string(), "text:1:7");
/// assert_eq!(explanation.rows[2].value, Some(81.into()));
/// # Ok::<(), dlc_reload::Error>(())
/// ```
///
/// It displays as a table, in the order in which sources apply:
///
/// ```text
/// logging.level
///     default                                           shadowed by environment variable DLC_LOGGING__LEVEL
///     config.yaml:7:10                         "debug"  shadowed by environment variable DLC_LOGGING__LEVEL
///     config.local.yaml                                 does not set it
///   > environment variable DLC_LOGGING__LEVEL  "info"   wins: no later source sets it
///     override                                          does not set it
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Explanation {
    /// The key that is explained.
    pub key: Key,
    /// True if its values are hidden because they are, or may hold, secrets.
    pub hidden: bool,
    /// One row for each source, in the order in which they apply; later ones win.
    pub rows: Vec<ExplanationRow>,
}

/// One row of an [`Explanation`]: the value that one source gives to the key, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct ExplanationRow {
    /// The source and, if it sets the key, the place.
    #[serde(flatten)]
    pub origin: Origin,
    /// The value it gives, unless it is hidden or only a part of the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Json>,
    /// The references that the value is written with, such as `${PORT}`, where the source is
    /// [interpolated](crate::Loader::interpolate).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
    /// The outcome for this source: it wins, or another one does.
    pub standing: RowOutcome,
}

/// The outcome for one source: its value wins, is merged, has no effect, or is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RowOutcome {
    /// Its value is the value of the key.
    Wins,
    /// The key is a map, and some of its entries are from this source.
    Merged,
    /// Its value is `null`, which erases the values of earlier sources: the key has its default.
    Erases,
    /// A later source sets the key and wins.
    Shadowed {
        /// The place of the value that wins.
        by: Origin,
    },
    /// It does not set the key.
    Unset,
    /// The source is optional and does not exist.
    Absent,
    /// A rollback put this value in force, and the sources still say what it turned away from.
    RolledBack,
    /// The sources say something else by now, at this place, and are refused for it or for another key.
    Refused {
        /// The number of the first reload that refused them.
        since: u64,
    },
    /// No field has this key.
    Unknown {
        /// The key that was probably meant.
        #[serde(skip_serializing_if = "Option::is_none")]
        meant: Option<Key>,
    },
}

/// A value that a source gives to a key; `live` if it is a part of the result.
struct Contribution<'d> {
    source: SourceId,
    node: &'d Node,
    live: bool,
}

impl Explanation {
    /// Explains a key of the document. `config` was built from the document, and has the default where no
    /// source sets the key.
    pub(crate) fn new(
        document: &Document,
        shape: &Shape,
        key: &Key,
        config: &impl Serialize,
    ) -> Self {
        let key = shape.table().canonical(key);
        let shown = shape.is_shown(&key);
        let is_section = matches!(shape.target(key.segments()), Target::Section(_));
        let set_at = set_at(document, shape, &key);
        let found = contributions(document, &set_at);
        let live: Vec<_> = found.iter().filter(|one| one.live).collect();
        let winner = live.last().map(|one| document.place(one.node.place));
        let erased = live.iter().all(|one| one.node.is_null());
        let is_derived = document.is_derived(&key);

        let mut rows = vec![ExplanationRow {
            origin: Origin::default_value(),
            value: (erased && shown && !is_derived).then(|| value_in(config, &key)).flatten(),
            from: Vec::new(),
            standing: match winner.clone().filter(|_| !erased) {
                None if matches!(shape.target(key.segments()), Target::Nowhere) => {
                    RowOutcome::Unknown { meant: meant(&key, shape.table()) }
                }
                None => RowOutcome::Wins,
                // The default of a section fills in the keys that no source sets.
                Some(_) if is_section => RowOutcome::Merged,
                Some(by) => RowOutcome::Shadowed { by },
            },
        }];
        let mut hidden = !shown;
        for layer in &document.layers {
            let said = found.iter().rev().find(|one| layer.sources().contains(&one.source));
            rows.push(match said {
                None => silent(layer, &key, document, shape),
                Some(one) => {
                    let standing = match &winner {
                        Some(by) if !one.live => RowOutcome::Shadowed { by: by.clone() },
                        _ if one.node.is_null() => RowOutcome::Erases,
                        _ if live.len() > 1 => RowOutcome::Merged,
                        _ => RowOutcome::Wins,
                    };
                    let whole = shown && standing != RowOutcome::Merged && set_at == key;
                    // A key in it that no schema knows may be that of a secret.
                    let harmless = whole && shape.shows(one.node, &key);
                    hidden |= whole && !harmless;
                    ExplanationRow {
                        origin: document.place(one.node.place),
                        value: harmless.then(|| json(one.node)),
                        from: document.references.names(one.node.place).to_vec(),
                        standing,
                    }
                }
            });
        }
        Self { key, hidden, rows }.with_derived(document, config)
    }

    /// Returns the key of a field that was probably meant, where no field has this one; `None` where one has it.
    #[cfg(any(feature = "admin", feature = "cli"))]
    pub(crate) fn meant(&self) -> Option<&Key> {
        self.rows.iter().find_map(|row| match &row.standing {
            RowOutcome::Unknown { meant } => meant.as_ref(),
            _ => None,
        })
    }

    /// Adds the row with the value that a function of the author set.
    fn with_derived(self, document: &Document, config: &impl Serialize) -> Self {
        if !document.is_derived(&self.key) {
            return self;
        }
        let value = value_in(config, &self.key).filter(|_| !self.hidden);
        let origin = document.origin(&self.key);
        self.overruled(origin, value, RowOutcome::Wins)
    }
}

/// Returns the key at which sources set a value: its own, or that of the value around it where that is written in
/// another form (a name in place of a struct), or holds names that the schema does not know, of which one may be an
/// alias.
fn set_at(document: &Document, shape: &Shape, key: &Key) -> Key {
    let segments = key.segments();
    let Found::Leaf(_, _, below) = shape.table().find(segments) else { return key.clone() };
    if document.node(key).is_some() {
        return key.clone();
    }
    let leaf = segments.len() - below.len();
    let above = (leaf..segments.len()).rev().map(|end| Key::from_iter(segments[..end].to_vec()));
    for above in above {
        let Some(node) = document.node(&above) else { continue };
        let allowed = shape.alternatives(&above);
        let is_other = match node.as_map() {
            Some(map) => {
                map.keys().any(|name| allowed.property(name).is_none()) && !allowed.is_open()
            }
            None => !node.is_null(),
        };
        return if is_other { above } else { key.clone() };
    }
    key.clone()
}

impl Explanation {
    /// Adds the row with the value of a configuration that a rollback put in force, where it is another one
    /// than that of `desired`, which the sources ask for.
    pub(crate) fn with_rolled_back<C: Serialize>(
        self,
        document: &Document,
        base: &C,
        desired: &C,
    ) -> Self {
        let value = value_in(base, &self.key);
        if self.hidden || value == value_in(desired, &self.key) {
            return self;
        }
        let origin = document.origin(&self.key);
        self.overruled(origin, value, RowOutcome::RolledBack)
    }

    /// Adds the row of a value that is in force in place of all others.
    fn overruled(mut self, origin: Origin, value: Option<Json>, standing: RowOutcome) -> Self {
        for row in &mut self.rows {
            use RowOutcome::{Erases, Shadowed, Wins};
            if matches!(row.standing, Wins | Erases | Shadowed { .. }) {
                row.standing = Shadowed { by: origin.clone() };
            }
        }
        self.rows.push(ExplanationRow { origin, value, from: Vec::new(), standing });
        self
    }

    /// Adds the row that the sources are refused since a reload. It shows no value: what is refused may be
    /// anything, such as a secret in the wrong place.
    pub(crate) fn with_refused(mut self, document: &Document, since: u64) -> Self {
        let place =
            reach(&document.root, self.key.segments()).map(|node| document.place(node.place));
        let origin = place.unwrap_or_else(|| Origin::source("the sources now"));
        self.rows.push(ExplanationRow {
            origin,
            value: None,
            from: Vec::new(),
            standing: RowOutcome::Refused { since },
        });
        self
    }
}

/// Finds the key of a field or section that is written almost the same.
fn meant(key: &Key, table: &'static Table) -> Option<Key> {
    let leaves = table.leaves();
    let fields = leaves.iter().map(|leaf| leaf.key.segments());
    let sections = fields.clone().flat_map(|key| (1..key.len()).map(|end| &key[..end]));
    let known = fields.chain(sections).map(|key| Key::from_iter(key.to_vec()).to_string());
    let known: Vec<_> = known.collect();
    similar(&key.to_string(), known.iter().map(String::as_str)).map(Key::from)
}

fn value_in(config: &impl Serialize, key: &Key) -> Option<Json> {
    shown_below_mut(&mut shown(config), key.segments()).map(Json::take)
}

/// Returns the names by which values were set in code.
fn setters(sources: &Range<SourceId>, document: &Document) -> String {
    let sources = (sources.start.0..sources.end.0).map(|id| Place::whole(SourceId(id)));
    let mut names: Vec<_> = sources.map(|place| document.place(place).source).collect();
    names.dedup();
    if names.is_empty() { OVERRIDE.to_owned() } else { names.join(", ") }
}

fn silent(layer: &Layer, key: &Key, document: &Document, shape: &Shape) -> ExplanationRow {
    let origin = match layer {
        Layer::One(source) => document.place(Place::whole(*source)),
        Layer::Absent(name) => Origin::source(Arc::clone(name)),
        Layer::Variables { prefix, .. } => {
            let name = variable(shape.table(), prefix, key);
            let all = || format!("environment variables {prefix}…");
            Origin::source(name.map_or_else(all, |name| format!("environment variable {name}")))
        }
        Layer::Overrides { sources } => Origin::source(setters(sources, document)),
    };
    let standing = match layer {
        Layer::Absent(_) => RowOutcome::Absent,
        _ => RowOutcome::Unset,
    };
    ExplanationRow { origin, value: None, from: Vec::new(), standing }
}

/// Returns every value that a source gives to a key, in the order of the sources.
fn contributions<'d>(document: &'d Document, key: &Key) -> Vec<Contribution<'d>> {
    let mut found = Vec::new();
    if let Some(node) = reach(&document.root, key.segments()) {
        parts(node, &mut found);
    }
    for replaced in &document.replaced {
        let node = if replaced.key.covers(key) {
            reach(&replaced.node, &key.segments()[replaced.key.segments().len()..])
        } else {
            key.covers(&replaced.key).then_some(&replaced.node)
        };
        found.extend(node.map(|node| Contribution {
            source: node.place.source,
            node,
            live: false,
        }));
    }
    found.sort_by_key(|one| (one.source, one.live));
    found
}

/// Returns the value at a key, or the `null` above it that erases it.
fn reach<'n>(node: &'n Node, segments: &[Segment]) -> Option<&'n Node> {
    let [first, below @ ..] = segments else {
        return Some(node);
    };
    if node.is_null() {
        return Some(node);
    }
    reach(node.below(std::slice::from_ref(first))?, below)
}

/// Adds the sources that a value is from; more than one where it is a map.
fn parts<'d>(node: &'d Node, found: &mut Vec<Contribution<'d>>) {
    // The first value inside of the map that is from each source.
    let mut firsts = BTreeMap::new();
    let mut pending = vec![node];
    while let Some(part) = pending.pop() {
        match &part.value {
            Value::Map(map) if !map.is_empty() => {
                pending.extend(map.values().rev().map(|entry| &entry.node));
            }
            _ => _ = firsts.entry(part.place.source).or_insert(part),
        }
    }
    let is_whole = firsts.len() == 1;
    found.extend(firsts.into_iter().map(|(source, first)| Contribution {
        source,
        node: if is_whole { node } else { first },
        live: true,
    }));
}

fn json(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Untyped(untyped) => Json::from(&*untyped.text),
        Value::List(items) => items.iter().map(json).collect(),
        Value::Map(map) => Json::Object(
            map.iter().map(|(name, entry)| (name.to_string(), json(&entry.node))).collect(),
        ),
        Value::Scalar(Scalar { text, kind, .. }) => {
            let shown = match kind {
                ScalarKind::Bool => return Json::from(text.eq_ignore_ascii_case("true")),
                ScalarKind::String => None,
                ScalarKind::Float => float(text).map(shown_float),
                ScalarKind::Integer => Integer::parse(text).and_then(|integer| match integer {
                    Integer::Unsigned(value) => Number::from_u128(value).map(Json::Number),
                    Integer::Negative(value) => Number::from_i128(value).map(Json::Number),
                }),
            };
            // A number that JSON cannot hold is shown as it is written.
            shown.unwrap_or_else(|| Json::from(&**text))
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.key)?;
        let cells: Vec<_> = self
            .rows
            .iter()
            .map(|row| {
                let value = match &row.value {
                    Some(value) => value.to_string(),
                    None if self.hidden && row.sets() => "(hidden)".to_owned(),
                    None => String::new(),
                };
                (row.origin.to_string(), value)
            })
            .collect();
        let first = width(cells.iter().map(|(origin, _)| origin));
        let second = width(cells.iter().map(|(_, value)| value));
        for (row, (origin, value)) in self.rows.iter().zip(&cells) {
            let mark = match row.standing {
                RowOutcome::Wins | RowOutcome::Merged | RowOutcome::RolledBack => '>',
                _ => ' ',
            };
            let line = format!("  {mark} {origin:first$}  {value:second$}  {}", row.standing);
            write!(f, "\n{}", line.trim_end())?;
            if !row.from.is_empty() {
                write!(f, " (from {})", in_words(&row.from))?;
            }
        }
        Ok(())
    }
}

impl ExplanationRow {
    /// Returns true if the source sets the key.
    fn sets(&self) -> bool {
        !matches!(
            self.standing,
            RowOutcome::Unset | RowOutcome::Absent | RowOutcome::Refused { .. }
        ) && self.origin != Origin::default_value()
    }
}

impl fmt::Display for RowOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wins => f.write_str("wins: no later source sets it"),
            Self::Merged => f.write_str("is merged with the others, entry by entry"),
            Self::Erases => f.write_str("erases what earlier sources say, so the default is used"),
            Self::Shadowed { by } => write!(f, "shadowed by {by}"),
            Self::Unset => f.write_str("does not set it"),
            Self::Absent => f.write_str("does not exist"),
            Self::RolledBack => {
                f.write_str("in force since a rollback, until other content is accepted")
            }
            Self::Refused { since } => {
                write!(f, "the sources differ now, and are refused since reload #{since}")
            }
            Self::Unknown { meant: None } => f.write_str("no field has this key"),
            Self::Unknown { meant: Some(key) } => {
                write!(f, "no field has this key, did you mean `{key}`?")
            }
        }
    }
}
