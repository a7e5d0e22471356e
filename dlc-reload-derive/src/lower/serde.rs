//! What serde makes of the fields. The one place that knows `serde_derive_internals`.

use proc_macro2::{Ident, Span};
use serde_derive_internals::{
    Ctxt, Derive,
    ast::{Container, Data},
    attr::Default,
};
use syn::DeriveInput;

use crate::ir::{ContainerDefault, Serde};

/// The struct as serde sees it; a skipped field is `None`.
pub(super) struct Read {
    pub(super) default: ContainerDefault,
    pub(super) fields: Vec<Option<Serde>>,
}

/// Reads the serde attributes, or answers `None` where serde itself reports a mistake.
pub(super) fn read(input: &DeriveInput) -> Option<Read> {
    let cx = Ctxt::new();
    let private = Ident::new("__private", Span::call_site());
    let container = Container::from_ast(&cx, input, Derive::Deserialize, &private);
    cx.check().ok()?;
    let container = container?;
    let Data::Struct(_, fields) = &container.data else { return None };
    let default = match container.attrs.default() {
        Default::None => ContainerDefault::None,
        Default::Default => ContainerDefault::Trait,
        Default::Path(path) => ContainerDefault::Function(path.clone()),
    };
    let container_default = !container.attrs.default().is_none();
    let fields = fields
        .iter()
        .map(|field| {
            let attrs = &field.attrs;
            if attrs.skip_deserializing() {
                return None;
            }
            let name = attrs.name().deserialize_name().value.clone();
            Some(Serde {
                aliases: attrs
                    .aliases()
                    .iter()
                    .map(|alias| alias.value.clone())
                    .filter(|alias| *alias != name)
                    .collect(),
                serialized: attrs.name().serialize_name().value.clone(),
                flatten: attrs.flatten(),
                has_default: container_default || !attrs.default().is_none(),
                deserialize_with: attrs.deserialize_with().cloned(),
                name,
            })
        })
        .collect();
    Some(Read { default, fields })
}
