//! The meaning of a section. Wrong states have no spelling here.

use proc_macro2::{Ident, Span};
use quote::format_ident;
use syn::{Attribute, DeriveInput, ExprPath, Generics, Path, Type, Visibility, ext::IdentExt as _};

/// The input of the derive, by what can be generated for it.
pub(crate) enum Input<'a> {
    /// A struct that is understood, perhaps with mistakes that were noted; a field whose mark is
    /// wrong has the kind that gives the fewest further errors.
    Section(Box<Section>),
    /// An input that is not a section; `krate` is the path of the runtime.
    Refused { input: &'a DeriveInput, krate: Path },
    /// An input that serde's derives refuse and report. Nothing is generated, because everything
    /// generated needs what they would have derived.
    LeftToSerde,
}

/// A struct whose fields are all classified.
pub(crate) struct Section {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    /// The struct's generics as they were written.
    pub(crate) generics: Generics,
    pub(crate) docs: String,
    /// The path of the runtime, `::dlc_reload` unless the author says otherwise.
    pub(crate) krate: Path,
    pub(crate) fields: Vec<Field>,
    /// The value from which serde takes the fields that no source sets.
    pub(crate) default: ContainerDefault,
    pub(crate) validators: Vec<ExprPath>,
    /// The functions that set derived values, before validation.
    pub(crate) finishers: Vec<ExprPath>,
    /// The keys that it had before, with the reasons why they are gone.
    pub(crate) removed: Vec<(String, String)>,
    pub(crate) schema: Schema,
}

/// A field that a source can set.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    /// The parameter of the struct that the type mentions.
    pub(crate) generic: Option<Parameter>,
    /// True if the type has the name of one about which nothing has to be asked.
    pub(crate) looks_plain: bool,
    /// True if the type mentions the struct itself.
    pub(crate) recursive: bool,
    /// The place in the table.
    pub(crate) index: u16,
    pub(crate) docs: String,
    /// The note of `deprecated`, empty where it has none.
    pub(crate) deprecated: Option<String>,
    /// The names that it had before.
    pub(crate) former: Vec<String>,
    /// The name of its variable, where the author gives it one.
    pub(crate) env: Option<String>,
    pub(crate) serde: Serde,
    pub(crate) kind: Kind,
    /// True if its value can tell the items of a list apart.
    pub(crate) is_identity: bool,
    /// The span of the mark that gave the field its kind.
    pub(crate) mark: Span,
    /// The attributes that say how the field is written in a source: doc, serde, schemars, …
    pub(crate) shape: Vec<Attribute>,
    /// True if its type may have no schema, where the struct is mirrored: the attributes do not say what to describe.
    pub(crate) may_lack_schema: bool,
}

/// A kind of generic parameter.
#[derive(PartialEq)]
pub(crate) enum Parameter {
    /// A type, perhaps with constants beside it.
    Type,
    /// A constant alone.
    Const,
}

/// The names and options that serde gives a field.
pub(crate) struct Serde {
    pub(crate) name: String,
    pub(crate) serialized: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) flatten: bool,
    pub(crate) default: FieldDefault,
}

/// One unit, or a section of its own. Its `read` is the author's function that reads the field, if any.
pub(crate) enum Kind {
    /// A field that changes as one unit.
    Leaf { role: Role, read: Option<ExprPath>, entries: Option<Entries> },
    /// A field whose type classifies its own fields. One without a route to its hooks is frozen: all of it waits for
    /// the next start.
    Section { route: Option<Box<Route>>, read: Option<ExprPath> },
}

/// The entries of a collection, each of which is a section.
pub(crate) struct Entries {
    /// The field that tells the items of a list apart; none of a map, whose keys do.
    pub(crate) identity: Option<Ident>,
    /// True if a list is laid over that of an earlier source item by item, in place of replacing it.
    pub(crate) merges: bool,
}

/// The trait that leads to the hooks of a section.
pub(crate) struct Route {
    pub(crate) ident: Ident,
    /// The type of the section without `Option`, `Box` and `Arc`, as it is written.
    pub(crate) section: Type,
    /// True if the struct has other sections of the same type: one that implements their hooks does not say which
    /// of them it means.
    pub(crate) is_ambiguous: bool,
    /// True if the section may appear and vanish live.
    pub(crate) is_live: bool,
    /// True if the section has a hook of its own, beside those that the route leads to.
    pub(crate) has_hook: bool,
}

/// The effect of a change of a leaf.
pub(crate) enum Role {
    /// It changes live, and its hook is asked.
    Hook,
    /// It changes live, and every use reads the handle.
    Live,
    /// It waits for the next start; its value is shown unless its type is a `Secret`.
    Restart,
    /// It waits for the next start, and its value is never shown.
    Secret,
}

/// The origin of the JSON schema.
pub(crate) enum Schema {
    /// The table of the fields, which says all of it. `is_closed` is true if no other keys are allowed.
    Table { is_closed: bool },
    /// A mirror of the struct that derives it. `named` is true if the author gave it a name.
    Mirror { named: bool, shape: Vec<Attribute> },
    /// The author's own `JsonSchema`.
    Own,
}

/// The argument of `#[serde(default)]` on the struct.
pub(crate) enum ContainerDefault {
    None,
    Trait,
    Function(ExprPath),
}

/// The argument of `#[serde(default)]` on a field.
pub(crate) enum FieldDefault {
    /// The default of the struct, if it has one.
    OfTheStruct,
    Trait,
    Function(ExprPath),
}

/// A way in which an entry or a section may differ that has a hook of its own: the name of the variant, and the end of
/// that of the hook.
pub(crate) struct Difference {
    pub(crate) variant: &'static str,
    pub(crate) suffix: &'static str,
}

/// The differences of an entry.
pub(crate) const OF_AN_ENTRY: [Difference; 3] = [
    Difference { variant: "Added", suffix: "added" },
    Difference { variant: "Removed", suffix: "removed" },
    Difference { variant: "Changed", suffix: "changed" },
];

/// The ways in which a section comes and goes.
pub(crate) const OF_PRESENCE: [Difference; 2] = [
    Difference { variant: "Appeared", suffix: "appeared" },
    Difference { variant: "Vanished", suffix: "vanished" },
];

impl Difference {
    /// The name of the hook of a field.
    pub(crate) fn hook(&self, field: &Field) -> Ident {
        format_ident!("{}_{}", field.hook(), self.suffix)
    }
}

impl Field {
    pub(crate) fn is_section(&self) -> bool {
        matches!(self.kind, Kind::Section { .. })
    }

    /// Checks whether the field, or something in it, can change while the process runs.
    pub(crate) fn changes_live(&self) -> bool {
        matches!(
            self.kind,
            Kind::Leaf { role: Role::Hook | Role::Live, .. } | Kind::Section { route: Some(_), .. }
        )
    }

    /// Checks whether the hook trait has a method for the field.
    pub(crate) fn has_hook(&self) -> bool {
        match &self.kind {
            Kind::Leaf { role, .. } => matches!(role, Role::Hook),
            Kind::Section { route, .. } => route.as_ref().is_some_and(|route| route.has_hook),
        }
    }

    /// The route to the hooks of a section.
    pub(crate) fn route(&self) -> Option<&Route> {
        match &self.kind {
            Kind::Section { route, .. } => route.as_deref(),
            Kind::Leaf { .. } => None,
        }
    }

    /// The entries, where the field is a collection of sections.
    pub(crate) fn entries(&self) -> Option<&Entries> {
        match &self.kind {
            Kind::Leaf { entries, .. } => entries.as_ref(),
            Kind::Section { .. } => None,
        }
    }

    /// Checks whether the field is a section that may appear and vanish live.
    pub(crate) fn is_live_section(&self) -> bool {
        self.route().is_some_and(|route| route.is_live)
    }

    /// The name of the hook.
    pub(crate) fn hook(&self) -> Ident {
        format_ident!("on_{}", self.ident)
    }

    /// The names of all methods that the hook trait has for the field.
    pub(crate) fn hooks(&self) -> Vec<Ident> {
        let hook = self.hook();
        let all = |differences: &[Difference]| -> Vec<_> {
            differences.iter().map(|difference| difference.hook(self)).collect()
        };
        match (self.has_hook(), self.entries().is_some(), self.is_live_section()) {
            (false, ..) => Vec::new(),
            (true, true, _) => all(&OF_AN_ENTRY),
            (true, false, true) => [vec![hook], all(&OF_PRESENCE)].concat(),
            (true, false, false) => vec![hook],
        }
    }

    /// The name without `r#`.
    pub(crate) fn plain_name(&self) -> String {
        self.ident.unraw().to_string()
    }
}

impl Route {
    /// Returns the route to a field: `ConfigRateLimitRoute` to `rate_limit` of `Config`.
    pub(crate) fn new(around: &Ident, field: &Ident, section: &Type) -> Self {
        let name = field.unraw().to_string();
        let capitalized = name.split('_').flat_map(|word| {
            let mut letters = word.chars();
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters)
        });
        let capitalized: String = capitalized.collect();
        // What is missing on the way to the hooks is reported at the field.
        let span = Span::call_site().located_at(field.span());
        let ident = format_ident!("{around}{capitalized}Route", span = span);
        let section = section.clone();
        Self { ident, section, is_ambiguous: false, is_live: false, has_hook: false }
    }
}

impl Section {
    /// The fields with a route to the hooks below them.
    pub(crate) fn routes(&self) -> impl Iterator<Item = (&Field, &Route)> {
        self.fields.iter().filter_map(|field| Some((field, field.route()?)))
    }

    /// Checks whether the hook trait has a method, so that the author has something to implement.
    pub(crate) fn has_hooks(&self) -> bool {
        self.fields.iter().any(Field::has_hook)
    }
}
