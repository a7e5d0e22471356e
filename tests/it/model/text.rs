//! The text of the source.

use super::operation::{Field, Operation, Values};

#[derive(Clone)]
pub(super) struct Text {
    values: Values,
    comment: u32,
    broken: Option<&'static str>,
}

impl Text {
    pub(super) fn new(values: Values) -> Self {
        Self { values, comment: 0, broken: None }
    }

    /// Writes what an operation says; others change nothing.
    pub(super) fn write(&mut self, operation: &Operation) {
        match operation {
            Operation::Write(edits) => {
                self.broken = None;
                for (field, value) in edits {
                    self.values.remove(field);
                    self.values.extend(value.map(|value| (*field, value)));
                }
            }
            Operation::Comment => self.comment += 1,
            Operation::BreakSyntax => self.broken = Some("{rate: ["),
            Operation::BreakType => self.broken = Some("{rate: many}"),
            _ => {}
        }
    }

    /// What it says, if it can be read.
    pub(super) fn values(&self) -> Option<&Values> {
        self.broken.is_none().then_some(&self.values)
    }

    pub(super) fn content(&self) -> String {
        let Self { values, comment, broken } = self;
        if let Some(broken) = broken {
            return (*broken).to_owned();
        }
        let part = |(field, value): (&Field, &u32)| match field.key().split_once('.') {
            Some((section, name)) => format!("{section}: {{{name}: {value}}}"),
            None => format!("{}: {value}", field.key()),
        };
        let parts: Vec<_> = values.iter().map(part).collect();
        format!("{{{}}} # {comment}", parts.join(", "))
    }
}
