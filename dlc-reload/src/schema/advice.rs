//! The advice of the schema on values that do not fit.

use super::shape::Shape;
use crate::{
    document::{Node, Retry},
    place::Key,
    section::Advice,
};

impl Advice for Shape {
    fn teach(&self, key: &Key, leaf: &Node, retry: &Retry) {
        self.teach_texts(key, leaf, retry);
    }

    fn describes(&self, key: &Key) -> bool {
        self.alternatives(key).anything().next().is_none()
    }

    fn requires(&self, key: &Key, map: &Node, name: &str) -> bool {
        let Some(entries) = map.as_map() else { return false };
        self.alternatives(key).of_variant(entries).require(name)
    }
}
