//! The marks of a field: the checks they have to pass, and the kind they give the field.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{ExprPath, LitStr, ext::IdentExt as _, spanned::Spanned};

use super::shape;
use crate::{
    attr::{self, Options},
    cx::Cx,
    ir::{Entries, Kind, Role, Route},
};

/// The meaning of the marks of a field.
pub(super) struct Marked {
    pub(super) kind: Kind,
    /// True if the field is a collection that is not understood: it needs what would be reported as further errors.
    pub(super) is_refused: bool,
    /// True if the value is said to tell the items of a list apart.
    pub(super) is_identity: bool,
    /// The span of the mark that gives the field its kind.
    pub(super) mark: Span,
    /// The names that it had before.
    pub(super) former: Vec<LitStr>,
    /// The note of `deprecated`, empty where it has none.
    pub(super) deprecated: Option<String>,
    /// The name of its variable.
    pub(super) env: Option<LitStr>,
}

/// The options of a field, each as it was written.
struct Marks<'a> {
    hot: Option<&'a Ident>,
    live: Option<&'a Ident>,
    restart: Option<&'a Ident>,
    nested: Option<&'a Ident>,
    hook: Option<&'a Ident>,
    secret: Option<&'a Ident>,
    entries: Option<(&'a Ident, Option<&'a TokenStream>)>,
    merge: Option<&'a Ident>,
    identity: Option<&'a Ident>,
}

/// Returns the meaning of a field's marks. Contradictions are noted; the kind is then the one that the remedy leads to.
pub(super) fn read(
    cx: &mut Cx,
    field: &syn::Field,
    read: Option<ExprPath>,
    route: Route,
    restart_by_default: bool,
) -> Marked {
    let options = Options::from_attrs(cx, &field.attrs, attr::FIELD);
    let marks = Marks::new(cx, &options);
    one_class(cx, &marks);
    live_beside_hot(cx, &marks);
    nested_without_hot(cx, &marks);
    hook_of_a_section(cx, &marks);
    secret_beside_restart(cx, &marks, restart_by_default);
    let entries = entries(cx, &marks);
    identity_of_a_leaf(cx, &marks, field);
    if marks.are_empty() && !options.broken && !restart_by_default {
        no_class(cx, field);
    }
    let mark = marks.live.or(marks.restart).or(marks.hot);
    Marked {
        is_identity: marks.identity.is_some(),
        is_refused: marks.entries.is_some() && entries.is_none(),
        kind: marks.kind(read, route, entries),
        mark: mark.map_or_else(|| field.span(), Ident::span),
        former: options.texts(cx, attr::RENAMED_FROM),
        deprecated: deprecated(cx, field, &options),
        env: options.texts(cx, attr::ENV).pop(),
    }
}

/// Returns the note of a field that sources should not set any more. That of `#[deprecated]` is for code as well.
fn deprecated(cx: &mut Cx, field: &syn::Field, options: &Options) -> Option<String> {
    let of_code = shape::deprecated(&field.attrs);
    let Some(note) = options.texts(cx, attr::DEPRECATED).pop() else { return of_code };
    if of_code.is_some() {
        cx.error(&note, "`#[deprecated]` says so already: remove one of the two");
    }
    Some(note.value())
}

/// Notes a mark on a field that no source sets.
pub(super) fn check_skipped(cx: &mut Cx, field: &syn::Field) {
    let options = Options::from_attrs(cx, &field.attrs, attr::FIELD);
    let Marks { hot, nested, secret, .. } = Marks::new(cx, &options);
    let reason = "no source sets a field with `#[serde(skip)]`";
    if let Some(mark) = hot.or(nested).or(secret) {
        cx.error(mark, format!("{reason}, so `{mark}` has no meaning: remove one of the two"));
    }
    for name in [attr::RENAMED_FROM, attr::DEPRECATED, attr::ENV] {
        for text in options.texts(cx, name) {
            cx.error(text, format!("{reason}, so `{name}` has no meaning: remove one of the two"));
        }
    }
}

impl<'a> Marks<'a> {
    /// Checks whether no class is written.
    fn are_empty(&self) -> bool {
        let Self { hot, live, restart, nested, hook, secret, entries, .. } = self;
        let classes = [hot, live, restart, nested, hook, secret];
        classes.into_iter().all(Option::is_none) && entries.is_none()
    }

    fn new(cx: &mut Cx, options: &'a Options) -> Self {
        let mut flag = |name| options.flag(cx, name);
        Self {
            hot: flag("hot"),
            live: flag("live"),
            restart: flag("restart"),
            nested: flag("nested"),
            hook: flag("hook"),
            secret: flag("secret"),
            entries: options.entries(),
            merge: flag("merge"),
            identity: flag("identity"),
        }
    }

    fn kind(&self, read: Option<ExprPath>, route: Route, entries: Option<Entries>) -> Kind {
        if self.nested.is_some() {
            let (is_live, has_hook) = (self.live.is_some(), self.hook.is_some());
            let route = Box::new(Route { is_live, has_hook, ..route });
            return Kind::Section { route: self.restart.is_none().then_some(route), read };
        }
        let role = match self {
            Self { secret: Some(_), .. } => Role::Secret,
            Self { live: Some(_), .. } => Role::Live,
            Self { hot: Some(_), .. } => Role::Hook,
            _ => Role::Restart,
        };
        Kind::Leaf { role, read, entries }
    }
}

fn one_class(cx: &mut Cx, marks: &Marks<'_>) {
    if let (Some(_), Some(restart)) = (marks.hot, marks.restart) {
        cx.error(restart, "a field is `hot` or `restart`, not both");
    }
}

fn live_beside_hot(cx: &mut Cx, marks: &Marks<'_>) {
    if let (Some(live), Some(_), Some(_)) = (marks.live, marks.nested, marks.restart) {
        cx.error(live, "nothing in a `restart` section changes live, so that `live` has no meaning: remove one of the two");
    } else if let (Some(live), None, None) = (marks.live, marks.hot, marks.nested) {
        cx.error(live, "`live` says that a hot field needs no hook: write `#[reload(hot, live)]`");
    }
}

fn nested_without_hot(cx: &mut Cx, marks: &Marks<'_>) {
    if let (Some(nested), Some(_), None) = (marks.nested, marks.hot, &marks.entries) {
        cx.error(
            nested,
            "a nested section classifies its own fields: write `nested` alone, or `hot` alone if the type does not derive `Reloadable` and is one value",
        );
    }
}

fn hook_of_a_section(cx: &mut Cx, marks: &Marks<'_>) {
    let Some(hook) = marks.hook else { return };
    if marks.nested.is_none() {
        cx.error(
            hook,
            "`hook` is said of a section: write `#[reload(nested, hook)]`, or `#[reload(hot)]` for a field with a hook",
        );
    } else if marks.restart.is_some() {
        cx.error(hook, "nothing in a `restart` section changes live, so that `hook` has no meaning: remove one of the two");
    }
}

fn identity_of_a_leaf(cx: &mut Cx, marks: &Marks<'_>, field: &syn::Field) {
    let Some(identity) = marks.identity else { return };
    let problem = if marks.nested.is_some() {
        "a section cannot tell the items of a list apart: write `identity` on a field in it that is one value, and name the items by that"
    } else if marks.entries.is_some() {
        "a collection of sections cannot tell the items of a list apart: remove `identity`"
    } else if shape::serde_metas(&field.attrs).any(|meta| meta.path().is_ident("flatten")) {
        "a flattened field has no name by which it could tell the items of a list apart: remove `identity`"
    } else {
        return;
    };
    cx.error(identity, problem);
}

/// Returns what is said of entries, if it is understood.
fn entries(cx: &mut Cx, marks: &Marks<'_>) -> Option<Entries> {
    if let (Some(merge), None | Some((_, None))) = (marks.merge, &marks.entries) {
        cx.error(
            merge,
            "`merge` is said of a list, whose items have an identity: write `entries = \"name\", merge` (maps are merged anyway)",
        );
    }
    let (entries, value) = marks.entries?;
    let identity = value.map(|value| {
        let text = syn::parse2::<LitStr>(value.clone());
        text.and_then(|text| text.parse_with(Ident::parse_any))
    });
    let problem = if marks.nested.is_some() {
        "`entries` says that each entry is a section: remove `nested`"
    } else if marks.restart.is_some() {
        "entries come and go while the service runs: write `#[reload(hot, entries)]`, or `restart` alone for a collection that is one value"
    } else if marks.hot.is_none() {
        "`entries` stands beside `hot`: write `#[reload(hot, entries)]`"
    } else if let Some(Err(_)) = identity {
        "expected the name of the field that tells the items of a list apart: `entries = \"name\"`"
    } else {
        let merges = identity.is_none() || marks.merge.is_some();
        return Some(Entries { identity: identity.transpose().ok().flatten(), merges });
    };
    cx.error(entries, problem);
    None
}

fn secret_beside_restart(cx: &mut Cx, marks: &Marks<'_>, restart_by_default: bool) {
    let Some(secret) = marks.secret else { return };
    if marks.hot.is_some() {
        cx.error(secret, "a secret cannot be `hot`: mark it `#[reload(restart, secret)]`");
    } else if let Some(nested) = marks.nested {
        cx.error(nested, "mark the secret fields inside the section `secret`, not the section");
    } else if marks.restart.is_none() && !restart_by_default {
        cx.error(secret, "`secret` stands beside `restart`: write `#[reload(restart, secret)]`");
    }
}

fn no_class(cx: &mut Cx, field: &syn::Field) {
    let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
    cx.error(
        &field.ident,
        format!("`{name}` has no class: mark it `#[reload(hot)]`, `#[reload(restart)]` or, for a section, `#[reload(nested)]`"),
    );
}
