//! The comparison of lists.

use serde_json::Value as Json;

use super::{
    change::SchemaChange,
    step::{Below, Pair, Step},
    words::lengths,
};

impl<'s> Pair<'_, 's> {
    /// Compares two forms of a list, whose lengths are compared already.
    pub(super) fn lists(&self) -> Step<'s> {
        let Self { key, old, new } = *self;
        let mut step = Step::default();
        let is_set = |form: &super::form::Form<'_>| {
            form.keyword("uniqueItems").any(|it| *it == Json::Bool(true))
        };
        if is_set(new) && !is_set(old) {
            step.found.push(self.once());
        }
        let first = old.first_items().max(new.first_items());
        let (_, longest) = lengths(old, "minItems", "maxItems");
        for index in 0..first {
            if longest.is_none_or(|longest| (index as u64) < longest) {
                let key = format!("{key}[{index}]");
                step.below.push(Below::new(key, old.item(index), new.item(index)));
            }
        }
        if longest.is_none_or(|longest| (first as u64) < longest) {
            let key = format!("{key}[]");
            step.below.push(Below::new(key, old.item(first), new.item(first)));
        }
        step
    }

    fn once(&self) -> SchemaChange {
        self.narrowed("each item may stand there once")
    }
}
