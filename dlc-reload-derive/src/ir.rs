//! What a section means. Wrong states have no spelling here.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::{Attribute, ExprPath, Generics, Path, Type, Visibility, WherePredicate};

/// A struct whose fields are all classified.
pub(crate) struct Section {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    /// The struct's generics, with the bounds that the generated items need.
    pub(crate) generics: Generics,
    /// What the impls ask of the struct itself.
    pub(crate) itself: Option<WherePredicate>,
    pub(crate) docs: String,
    /// The path of the runtime, `::dlc_reload` unless the author says otherwise.
    pub(crate) krate: Path,
    pub(crate) fields: Vec<Field>,
    pub(crate) validators: Vec<Path>,
    pub(crate) schema: Schema,
}

/// A field that a source can set.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    /// The place in the table.
    pub(crate) index: u16,
    pub(crate) docs: String,
    pub(crate) serde: Serde,
    pub(crate) role: Role,
    /// Where the role was written.
    pub(crate) mark: Span,
    /// The attributes that say how the field is written in a source: doc, serde, schemars, …
    pub(crate) shape: Vec<Attribute>,
}

/// What serde makes of a field.
pub(crate) struct Serde {
    pub(crate) name: String,
    pub(crate) serialized: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) flatten: bool,
    pub(crate) has_default: bool,
    pub(crate) deserialize_with: Option<ExprPath>,
}

/// What a change of the field does.
pub(crate) enum Role {
    /// It changes live, and its hook is asked.
    Hook,
    /// It changes live, and every use reads the handle.
    Live,
    /// It waits for the next start.
    Restart { secret: Secrecy },
    /// Its type classifies its own fields, and has its own hooks.
    Routed,
    /// Its type classifies its own fields, but here all of them wait for the next start.
    Frozen,
}

/// Whether a value may be shown.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Secrecy {
    /// Marked `secret`.
    Marked,
    /// Not marked; the type may still be a `Secret`.
    ByType,
}

/// Where the JSON schema comes from.
pub(crate) enum Schema {
    /// A mirror of the struct that derives it. `named` is true if the author gave it a name.
    Mirror { named: bool, shape: Vec<Attribute>, default: ContainerDefault },
    /// The author's own `JsonSchema`.
    Own,
}

/// What `#[serde(default)]` on the struct says.
pub(crate) enum ContainerDefault {
    None,
    Trait,
    Function(ExprPath),
}

impl Field {
    pub(crate) fn is_section(&self) -> bool {
        matches!(self.role, Role::Routed | Role::Frozen)
    }

    /// The name without `r#`.
    pub(crate) fn plain_name(&self) -> String {
        self.ident.unraw().to_string()
    }
}

impl Section {
    /// Whether the hook trait has a method, so that the author has something to implement.
    pub(crate) fn has_hooks(&self) -> bool {
        self.fields.iter().any(|field| matches!(field.role, Role::Hook | Role::Routed))
    }
}
