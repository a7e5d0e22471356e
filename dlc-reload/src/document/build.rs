//! The builder of a tree, which takes the parts that a parser finds one by one and within limits.

use super::{
    Finding, Limits,
    node::{Entry, Map, Node, Place, Text, Value},
};
use crate::{
    error::Severity,
    place::{Key, Segment},
};

/// The size of a tree.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Size {
    pub(crate) nodes: usize,
    pub(crate) height: usize,
    /// The bytes of its texts and names.
    pub(crate) bytes: usize,
}

impl Size {
    /// Returns the size of a node and all that is below it.
    pub(crate) fn of(node: &Node) -> Self {
        let mut size = Self::default();
        let mut left = vec![(node, 0)];
        while let Some((node, depth)) = left.pop() {
            size.nodes += 1;
            match &node.value {
                Value::List(items) => left.extend(items.iter().map(|item| (item, depth + 1))),
                Value::Map(map) => {
                    size.bytes += map.keys().map(|name| name.len()).sum::<usize>();
                    left.extend(map.values().map(|entry| (&entry.node, depth + 1)));
                }
                Value::Untyped(untyped) => {
                    size.bytes += untyped.text.len();
                    // The values are parts of the text, which are not counted twice.
                    let inside = untyped.shape.iter().map(|shape| Self::of(shape).nodes);
                    size.nodes += inside.sum::<usize>();
                    continue;
                }
                Value::Scalar(scalar) => {
                    size.bytes += scalar.text.len();
                    continue;
                }
                Value::Null => continue,
            }
            size.height = size.height.max(depth + 1);
        }
        size
    }
}

/// The depth that no limit exceeds: deeper, reading could exhaust the stack of a thread.
const DEEPEST: usize = 512;

/// A tree in the making, from the parts of one document in the order they are written.
///
/// It holds the open lists and maps on a stack of its own, so depth costs memory and never the
/// stack of the thread. Duplicate keys are noted and the work goes on; a limit ends it.
pub(crate) struct Builder<'l> {
    limits: &'l Limits,
    open: Vec<Frame>,
    spent: Spent,
    root: Option<Node>,
    findings: Vec<Finding>,
    /// The number of duplicate keys beyond those that are listed.
    more: usize,
    /// True if a finding could not be stepped over, so that there is no tree.
    broken: bool,
}

/// The part of the limits that is spent: they hold for all sources together.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    /// The bytes of the texts, and of what aliases copied.
    pub(crate) bytes: u64,
    pub(crate) values: usize,
    /// The values that aliases copied.
    #[cfg(feature = "yaml")]
    pub(crate) aliased: usize,
    /// True once there was more than a limit allows, and a finding said so.
    pub(crate) is_over: bool,
}

impl Spent {
    /// Takes so many bytes, if they are left.
    pub(crate) fn take_bytes(&mut self, bytes: usize, limits: &Limits) -> bool {
        let bytes = self.bytes.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        let fits = bytes <= limits.bytes;
        self.bytes = if fits { bytes } else { self.bytes };
        fits
    }

    /// Returns the part that is spent since an earlier moment.
    pub(crate) const fn since(&self, before: &Self) -> Self {
        Self {
            bytes: self.bytes - before.bytes,
            values: self.values - before.values,
            #[cfg(feature = "yaml")]
            aliased: self.aliased - before.aliased,
            is_over: self.is_over,
        }
    }

    /// Returns true if so much more is within the limits.
    pub(crate) fn leaves(&self, more: &Self, limits: &Limits) -> bool {
        let mut all = *self;
        all.add(more);
        #[cfg(feature = "yaml")]
        if all.aliased > limits.aliased {
            return false;
        }
        all.bytes <= limits.bytes && all.values <= limits.values
    }

    pub(crate) const fn add(&mut self, more: &Self) {
        self.bytes = self.bytes.saturating_add(more.bytes);
        self.values = self.values.saturating_add(more.values);
        #[cfg(feature = "yaml")]
        {
            self.aliased = self.aliased.saturating_add(more.aliased);
        }
    }

    /// Counts values, those that aliases copy included.
    pub(crate) fn count(
        &mut self,
        values: usize,
        place: Place,
        limits: &Limits,
    ) -> Result<(), Finding> {
        self.values = self.values.saturating_add(values);
        let most = limits.values;
        if self.values <= most {
            return Ok(());
        }
        self.is_over = true;
        let text = format!("more than {most} values in all sources, take some away");
        Err(Finding::error(place, text))
    }
}

/// A list or map whose end has not come yet.
enum Frame {
    List { place: Place, items: Vec<Node> },
    Map { place: Place, map: Map, key: Option<(Text, Place)> },
}

impl<'l> Builder<'l> {
    pub(crate) fn new(limits: &'l Limits) -> Self {
        Self::after(limits, Spent::default())
    }

    /// Makes one for a source after others, which have spent a part of the limits.
    pub(crate) const fn after(limits: &'l Limits, spent: Spent) -> Self {
        Self {
            limits,
            open: Vec::new(),
            spent,
            root: None,
            findings: Vec::new(),
            more: 0,
            broken: false,
        }
    }

    /// Returns the part of the limits that is spent so far.
    pub(crate) const fn spent(&self) -> Spent {
        self.spent
    }

    /// Returns the tree, unless it is broken, and every finding.
    pub(crate) fn finish(mut self) -> (Option<Node>, Vec<Finding>) {
        if self.more > 0 {
            self.findings.push(Finding::more(self.more, Severity::Error));
        }
        (self.root.filter(|_| !self.broken), self.findings)
    }

    /// Notes a finding that leaves the rest of the tree as it was meant.
    #[cfg(feature = "toml")]
    pub(crate) fn step_over(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Notes a finding after which the tree is not as it was meant, so that there is none.
    pub(crate) fn break_off(&mut self, finding: Finding) {
        self.findings.push(finding);
        self.broken = true;
    }

    #[cfg(feature = "toml")]
    pub(crate) const fn limits(&self) -> &'l Limits {
        self.limits
    }

    /// Returns true if the next part is the key of an entry.
    pub(crate) fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Frame::Map { key: None, .. }))
    }

    #[cfg(feature = "yaml")]
    pub(crate) fn depth(&self) -> usize {
        self.open.len()
    }

    pub(crate) fn start_list(&mut self, place: Place) -> Result<(), Finding> {
        self.descend(place)?;
        self.open.push(Frame::List { place, items: Vec::new() });
        Ok(())
    }

    pub(crate) fn start_map(&mut self, place: Place) -> Result<(), Finding> {
        self.descend(place)?;
        self.open.push(Frame::Map { place, map: Map::default(), key: None });
        Ok(())
    }

    /// Sets the key of the entry whose value comes next.
    pub(crate) fn key(&mut self, name: impl Into<Text>, place: Place) {
        if let Some(Frame::Map { key, .. }) = self.open.last_mut() {
            *key = Some((name.into(), place));
        }
    }

    /// Adds a whole value: a scalar, or a tree that an alias copies.
    pub(crate) fn value(&mut self, node: Node) -> Result<(), Finding> {
        self.count(1, node.place)?;
        self.put(node);
        Ok(())
    }

    /// Ends the innermost list or map.
    pub(crate) fn end(&mut self) {
        if let Some(node) = self.take() {
            self.put(node);
        }
    }

    /// Ends the innermost list or map and returns it, for [`put`](Self::put) to give it its place.
    pub(crate) fn take(&mut self) -> Option<Node> {
        Some(match self.open.pop()? {
            Frame::List { place, items } => Node { place, value: Value::List(items) },
            Frame::Map { place, map, .. } => Node { place, value: Value::Map(Box::new(map)) },
        })
    }

    /// Forgets the key that was given last, so that no value follows.
    #[cfg(feature = "yaml")]
    pub(crate) fn drop_key(&mut self) {
        if let Some(Frame::Map { key, .. }) = self.open.last_mut() {
            *key = None;
        }
    }

    /// Counts nodes against the limit, those that aliases copy included.
    pub(crate) fn count(&mut self, nodes: usize, place: Place) -> Result<(), Finding> {
        self.spent.count(nodes, place, self.limits)
    }

    /// Counts what is about to be copied against the limits for aliases.
    #[cfg(feature = "yaml")]
    pub(crate) fn copy(&mut self, size: Size, place: Place) -> Result<(), Finding> {
        self.spent.aliased = self.spent.aliased.saturating_add(size.nodes);
        let refused = |what: &str| {
            let text = format!("aliases copy too {what}, write fewer of them");
            Err(Finding::error(place, text))
        };
        if self.spent.aliased > self.limits.aliased {
            return refused("many values");
        }
        if !self.spent.take_bytes(size.bytes, self.limits) {
            return refused("much text");
        }
        Ok(())
    }

    fn descend(&mut self, place: Place) -> Result<(), Finding> {
        self.count(1, place)?;
        self.check_depth(self.open.len() + 1, place)
    }

    pub(crate) fn check_depth(&self, depth: usize, place: Place) -> Result<(), Finding> {
        if depth > self.deepest() {
            return Err(self.too_deep(place));
        }
        Ok(())
    }

    /// Returns the number of levels that a text may be nested.
    pub(crate) fn deepest(&self) -> usize {
        self.limits.depth.min(DEEPEST)
    }

    pub(crate) fn too_deep(&self, place: Place) -> Finding {
        let most = self.deepest();
        Finding::error(place, format!("nested more than {most} levels deep, flatten it"))
    }

    /// Puts a whole value where the next one goes.
    pub(crate) fn put(&mut self, node: Node) {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Frame::List { items, .. }) => items.push(node),
            Some(Frame::Map { map, key, .. }) => {
                let Some((name, place)) = key.take() else {
                    return;
                };
                match map.entry(name) {
                    indexmap::map::Entry::Vacant(free) => {
                        free.insert(Entry { key: place, node });
                    }
                    // The finding has the names of all maps around the key, which may be long.
                    indexmap::map::Entry::Occupied(_)
                        if self.findings.len() > self.limits.problems =>
                    {
                        self.more += 1;
                    }
                    indexmap::map::Entry::Occupied(taken) => {
                        let (name, first) = (taken.key().to_string(), taken.get().key.line);
                        let key = self.path().child(name);
                        self.findings.push(Finding::duplicate(place, key, first));
                    }
                }
            }
        }
    }

    /// Returns the key of the innermost open list or map.
    fn path(&self) -> Key {
        let above = self.open.split_last().map_or(&[][..], |(_, above)| above);
        above
            .iter()
            .filter_map(|frame| match frame {
                Frame::List { items, .. } => Some(Segment::Item(items.len())),
                Frame::Map { key, .. } => {
                    key.as_ref().map(|(name, _)| Segment::Name(name.to_string().into()))
                }
            })
            .collect()
    }
}
