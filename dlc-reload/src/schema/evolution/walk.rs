//! The walk through both schemas, place by place.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{
    change::{SchemaChange, SchemaChangeKind as Change, child},
    form::{Form, Kind, forms},
    marks::{Marked, Marks},
    step::{Below, Pair, Step, allows},
    words,
};

/// The greatest number of places that are compared; types that hold themselves in many forms have no end of them.
const MAX_PLACES: usize = 50_000;

/// Two schemas, and the place in them.
pub(super) struct Walk<'s> {
    old: &'s Json,
    new: &'s Json,
    /// The places that are being compared, by the addresses of their schemas. A type that holds itself leads to them
    /// again: its values are right if those around them are.
    open: Vec<[Vec<usize>; 2]>,
    /// The changes of classes of the units around the place.
    classes: Vec<(Option<&'s str>, Option<&'s str>)>,
    places: usize,
}

impl<'s> Walk<'s> {
    pub(super) const fn new(old: &'s Json, new: &'s Json) -> Self {
        Self { old, new, open: Vec::new(), classes: Vec::new(), places: 0 }
    }

    /// Returns the changes at a place and below it.
    pub(super) fn place(&mut self, below: &Below<'s>) -> Vec<SchemaChange> {
        let Below { key, old, new, may_be_left_out } = below;
        let identity = [old, new]
            .map(|all| all.iter().map(|schema| std::ptr::from_ref(*schema).addr()).collect());
        if self.open.contains(&identity) {
            return Vec::new();
        }
        self.places += 1;
        let (Ok(olds), Ok(news), true) =
            (forms(self.old, old), forms(self.new, new), self.places <= MAX_PLACES)
        else {
            let message = "cannot tell: the schema has too many forms";
            return vec![SchemaChange::new(key, Change::Undecided, message)];
        };
        if olds.is_empty() {
            return Vec::new();
        }
        let marks = [Marks::of(self.old, old), Marks::of(self.new, new)];
        if news.is_empty() {
            return vec![removed(key, &marks[1])];
        }
        let classes = (marks[0].class, marks[1].class);
        let told = self.classes.contains(&classes);
        let marked = Marked { key, old: (&marks[0], &olds), new: (&marks[1], &news) };
        let mut found = marked.changes(told);
        self.open.push(identity);
        self.classes.push(classes);
        let kinds = |forms: &[Form<'_>]| {
            forms.iter().flat_map(|form| form.kinds.clone()).collect::<BTreeSet<_>>()
        };
        let now = kinds(&news);
        let of_kinds = olds.iter().filter(|form| form.words.is_none());
        for form in of_kinds.clone() {
            for kind in form.kinds.intersection(&now) {
                found.extend(self.kind(key, form, *kind, &news));
            }
        }
        let gone: BTreeSet<_> =
            of_kinds.flat_map(|form| form.kinds.difference(&now)).copied().collect();
        // The loader takes `null` for a key that is not set where the type has none.
        let gone: BTreeSet<_> =
            gone.into_iter().filter(|kind| *kind != Kind::Null || !may_be_left_out).collect();
        found.extend(kinds_gone(key, &gone, &olds, &news));
        self.classes.pop();
        self.open.pop();
        found.extend(lost_words(key, &olds, &news));
        found.extend(read_otherwise(key, &olds, &news));
        let (before, now) = (words::values(&olds), words::values(&news));
        if before != now && !found.iter().any(SchemaChange::is_breaking) {
            let change = SchemaChange::new(key, Change::Widened, "takes more values");
            found.push(change.with_values(Some(before), Some(now)));
        }
        found
    }

    /// Returns the changes of the values of one kind that one old form allows.
    fn kind(
        &mut self,
        key: &str,
        old: &Form<'s>,
        kind: Kind,
        news: &[Form<'s>],
    ) -> Vec<SchemaChange> {
        let of_kind: Vec<_> = news.iter().filter(|form| form.kinds.contains(&kind)).collect();
        let alike: Vec<_> =
            of_kind.iter().filter(|new| kind != Kind::Map || !are_apart(old, new)).collect();
        if alike.is_empty() {
            return vec![variant_gone(key, old)];
        }
        let mut best: Option<Vec<SchemaChange>> = None;
        for new in alike {
            let found = self.forms(&Pair { key, old, new }, kind);
            let count =
                |found: &[SchemaChange]| found.iter().filter(|change| change.is_breaking()).count();
            if count(&found) == 0 {
                return found;
            }
            if best.as_ref().is_none_or(|best| count(&found) < count(best)) {
                best = Some(found);
            }
        }
        best.unwrap_or_default()
    }

    /// Returns the changes from one form to another, of values of a kind that both have.
    fn forms(&mut self, pair: &Pair<'_, 's>, kind: Kind) -> Vec<SchemaChange> {
        let mut found = pair.local(kind);
        found.extend(pair.undecided(self.old, self.new));
        let root = self.old;
        let Step { found: more, below } = match kind {
            Kind::List => pair.lists(),
            Kind::Map => {
                pair.maps(&|schemas| forms(root, schemas).is_ok_and(|forms| !forms.is_empty()))
            }
            _ => Step::default(),
        };
        found.extend(more);
        for place in &below {
            found.extend(self.place(place));
        }
        found
    }
}

/// Returns the change that values of some kinds are refused.
fn kinds_gone(
    key: &str,
    gone: &BTreeSet<Kind>,
    olds: &[Form<'_>],
    news: &[Form<'_>],
) -> Option<SchemaChange> {
    let first = gone.first()?;
    let message = match gone.len() {
        1 => format!("{} may not stand here any more", words::kind(*first)),
        _ => "takes values of other kinds".to_owned(),
    };
    let said = (words::values(olds), words::values(news));
    Some(SchemaChange::new(key, Change::Narrowed, message).with_values(Some(said.0), Some(said.1)))
}

/// Returns the change of a key that is gone.
fn removed(key: &str, new: &Marks<'_>) -> SchemaChange {
    let reason = new.description.and_then(|text| text.strip_prefix("Removed: "));
    let change = SchemaChange::new(
        key,
        Change::Removed,
        match reason {
            Some(reason) => format!("is gone: {reason}"),
            None => "is gone".to_owned(),
        },
    );
    match reason {
        Some(_) => SchemaChange { remedy: None, ..change },
        None => change,
    }
}

/// Returns true if two maps are of different variants of an enum: their tags differ, or the one name that each has.
fn are_apart(old: &Form<'_>, new: &Form<'_>) -> bool {
    let (olds, news) = (old.tags(), new.tags());
    let mut both = olds.iter().flat_map(|one| news.iter().map(move |other| (one, other)));
    if both.any(|((one, tag), (other, now))| one == other && tag != now) {
        return true;
    }
    matches!((only_name(old), only_name(new)), (Some(one), Some(other)) if one != other)
}

/// Returns the name of the variant of an enum that is tagged from outside.
fn only_name<'s>(form: &Form<'s>) -> Option<&'s str> {
    let mut names = form.names().into_iter();
    let name = names.next().filter(|_| names.next().is_none())?;
    let is_closed = matches!(form.further(), super::form::Further::Closed);
    (is_closed && form.required().contains(name)).then_some(name)
}

/// Returns the change that no variant is like an old one.
fn variant_gone(key: &str, old: &Form<'_>) -> SchemaChange {
    match (old.tags().first(), only_name(old)) {
        (Some((name, tag)), _) => {
            let message = format!("`{tag}` is no choice any more");
            SchemaChange::new(&child(key, name), Change::Narrowed, message)
        }
        (None, name) => {
            let name = name.unwrap_or_default();
            SchemaChange::new(&child(key, name), Change::Removed, "is no choice any more")
        }
    }
}

/// Returns the change that words are none of the choices any more.
fn lost_words(key: &str, olds: &[Form<'_>], news: &[Form<'_>]) -> Option<SchemaChange> {
    let words = olds.iter().filter_map(|form| form.words.as_ref()).flatten();
    let lost = words.filter(|word| !news.iter().any(|form| allows(form, word)));
    let lost: Vec<_> = lost
        .map(|word| format!("`{}`", word.as_str().map_or_else(|| word.to_string(), str::to_owned)))
        .collect();
    let message = match lost.as_slice() {
        [] => return None,
        [one] => format!("{one} is no choice any more"),
        all => format!("{} are no choices any more", all.join(", ")),
    };
    let change = SchemaChange::new(key, Change::Narrowed, message);
    Some(change.with_values(None::<String>, words::values(news)))
}

/// Returns the change that a number or boolean without quotes, which YAML files can have where only a text is right, is
/// read as what it looks like, because that is right here now, and may not fit.
fn read_otherwise(key: &str, olds: &[Form<'_>], news: &[Form<'_>]) -> Option<SchemaChange> {
    let is_new = |kinds: &[Kind]| {
        let takes = |form: &Form<'_>| kinds.iter().any(|kind| form.kinds.contains(kind));
        news.iter().any(takes) && !olds.iter().any(takes)
    };
    let nouns = [("number", &[Kind::Integer, Kind::Fraction][..]), ("boolean", &[Kind::Bool])];
    let (noun, _) = nouns.into_iter().find(|(_, kinds)| {
        is_new(kinds) && olds.iter().any(|form| !stays_right(form, kinds, news))
    })?;
    let message =
        format!("a {noun} without quotes was read as text, and has to fit as a {noun} now");
    let change = SchemaChange::new(key, Change::Narrowed, message);
    Some(change.with_remedy("put such values into quotes in YAML files"))
}

/// Returns true if every text of a form that looks like a value of the kinds is right as that.
fn stays_right(old: &Form<'_>, kinds: &[Kind], news: &[Form<'_>]) -> bool {
    match &old.words {
        Some(words) => {
            words.iter().filter_map(|word| word.as_str()?.parse().ok()).all(|looks: Json| {
                !kinds.contains(&Kind::of(&looks)) || news.iter().any(|form| allows(form, &looks))
            })
        }
        None => !old.kinds.contains(&Kind::Text) || news.iter().any(|form| form.takes_all(kinds)),
    }
}
