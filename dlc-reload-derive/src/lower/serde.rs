//! serde's reading of the struct. The one place that knows `serde_derive_internals`.

use proc_macro2::{Ident, Span};
use serde_derive_internals::{
    Ctxt, Derive,
    ast::{self, Data},
    attr::Default,
};
use syn::{DeriveInput, ExprPath};

use crate::ir::{ContainerDefault, FieldDefault, Serde};

/// The struct as serde sees it; a skipped field is `None`.
pub(super) struct Container {
    /// True if keys that are no fields are refused.
    pub(super) is_closed: bool,
    pub(super) default: ContainerDefault,
    pub(super) fields: Vec<Option<Field>>,
}

/// A field as serde sees it.
pub(super) struct Field {
    pub(super) serde: Serde,
    /// The function of `#[serde(with/deserialize_with)]`.
    pub(super) read: Option<ExprPath>,
}

/// Reads the serde attributes, or returns `None` where serde itself reports a mistake.
pub(super) fn read(input: &DeriveInput) -> Option<Container> {
    let cx = Ctxt::new();
    let private = Ident::new("__private", Span::call_site());
    let container = ast::Container::from_ast(&cx, input, Derive::Deserialize, &private);
    cx.check().ok()?;
    let container = container?;
    let Data::Struct(_, fields) = &container.data else { return None };
    let default = match container.attrs.default() {
        Default::None => ContainerDefault::None,
        Default::Default => ContainerDefault::Trait,
        Default::Path(path) => ContainerDefault::Function(path.clone()),
    };
    let is_closed = container.attrs.deny_unknown_fields();
    let fields = fields.iter().map(field).collect();
    Some(Container { is_closed, default, fields })
}

fn field(field: &ast::Field<'_>) -> Option<Field> {
    let attrs = &field.attrs;
    if attrs.skip_deserializing() {
        return None;
    }
    let name = attrs.name().deserialize_name().value.clone();
    let aliases = attrs.aliases().iter().map(|alias| alias.value.clone());
    let serde = Serde {
        aliases: aliases.filter(|alias| *alias != name).collect(),
        serialized: attrs.name().serialize_name().value.clone(),
        flatten: attrs.flatten(),
        default: match attrs.default() {
            Default::None => FieldDefault::OfTheStruct,
            Default::Default => FieldDefault::Trait,
            Default::Path(path) => FieldDefault::Function(path.clone()),
        },
        name,
    };
    Some(Field { serde, read: attrs.deserialize_with().cloned() })
}
