//! The screens of the configuration: all fields, and one key.

use super::{
    screen::{Fit, Grid, Page, Tone, moment},
    show::{by, end},
};
use crate::{
    place::Origin,
    reloader::{
        FieldStatus,
        view::{Config, Described, Explained, Field, Inside, Is},
    },
    report::Explanation,
    section::Class,
};

/// Adds every field, one a line.
pub fn config(page: &mut Page, fit: Fit, config: &Config) {
    fields(page, fit, &config.fields);
    page.gap();
    page.line(Tone::Quiet, format!("generation {}", config.generation));
}

/// Adds fields with the values with which a service starts, one a line, and the places where they are set.
pub fn values(page: &mut Page, fit: Fit, fields: &[Field], with_origin: bool) {
    let header: &[_] = &["KEY", "CLASS", "VALUE", "SET IN"];
    let columns = if with_origin { 4 } else { 3 };
    let mut grid = Grid::new(fit).header(&header[..columns]).one_line();
    for field in fields {
        let FieldStatus { key, class, origin, .. } = &field.status;
        let cells =
            [key.to_string(), self::class(*class).to_owned(), value(field), fit.place(origin)];
        grid.row(cells.into_iter().take(columns));
    }
    grid.add_to(page);
}

const fn class(class: Class) -> &'static str {
    match class {
        Class::Hot => "hot",
        _ => "restart",
    }
}

/// Returns the value of a field, and what comes after it.
fn value(field: &Field) -> String {
    let status = &field.status;
    let now = match &status.effective {
        _ if status.secret => "(secret)".to_owned(),
        Some(value) => value.to_string(),
        None => "(absent)".to_owned(),
    };
    match (&field.overridden, field.pending.is_empty(), &status.desired) {
        (Some(held), ..) => match held.until {
            Some(until) => format!("{now} until {}", moment(until)),
            None => format!("{now} until it is unset"),
        },
        (None, false, Some(desired)) if !status.secret => {
            format!("{now} → {desired} at the next start")
        }
        (None, false, _) => format!("{now}, another one at the next start"),
        _ => now,
    }
}

const fn mark(field: &Field) -> char {
    match (&field.overridden, field.pending.is_empty()) {
        (Some(_), _) => '»',
        (None, false) => '!',
        (None, true) => ' ',
    }
}

fn fields(page: &mut Page, fit: Fit, fields: &[Field]) {
    let mut grid =
        Grid::new(fit).marked(0).header(&["", "KEY", "CLASS", "VALUE", "SET IN"]).one_line();
    for field in fields {
        let status = &field.status;
        let (mark, key) = (mark(field).to_string(), status.key.to_string());
        let class = class(status.class).to_owned();
        grid.row([mark, key, class, value(field), fit.place(&status.origin)]);
    }
    grid.add_to(page);
}

/// Adds one key: the value, what it is, and what each source says of it.
pub fn explained(page: &mut Page, fit: Fit, explained: &Explained) {
    let Explained { key, is, fields: found, effective, desired, explanation, .. } = explained;
    match (is, &found[..]) {
        (Is::Section, _) => {
            page.line(Tone::Heading, format!("{key}, a section"));
            page.gap();
            fields(page, fit, found);
        }
        (Is::Field, [field, ..]) => about(page, fit, field, &key.to_string(), value(field)),
        (Is::Inside, [field, ..]) => {
            let shown = match (effective, desired) {
                _ if field.status.secret => "(secret)".to_owned(),
                (Some(now), Some(later)) => format!("{now} → {later} at the next start"),
                (Some(now), None) => now.to_string(),
                (None, Some(later)) => format!("(absent) → {later} at the next start"),
                (None, None) => "(absent)".to_owned(),
            };
            let title = format!("{key}, a value in {}", field.status.key);
            match &explained.inside {
                None => about(page, fit, field, &title, shown),
                Some(Inside { class, described }) => {
                    describe(page, fit, &title, *class, described, shown, |_| {});
                }
            }
        }
        (_, []) => page.line(Tone::Heading, key.to_string()),
    }
    sources(page, fit, explanation, *is);
}

fn about(page: &mut Page, fit: Fit, field: &Field, title: &str, shown: String) {
    let Field { status, described, pending, overridden } = field;
    describe(page, fit, title, status.class, described, shown, |grid| {
        for pending in pending {
            row(grid, "waits", format!("since {}, by {}", moment(pending.since), pending.by));
        }
        if let Some(held) = overridden {
            row(grid, "override", format!("{}, {}", end(held), by(held)));
        }
    });
}

/// Adds the description of a field, or of a value inside of one.
fn describe(
    page: &mut Page,
    fit: Fit,
    title: &str,
    class: Class,
    described: &Described,
    shown: String,
    more: impl FnOnce(&mut Grid),
) {
    page.line(Tone::Heading, title);
    for line in described.description.lines() {
        page.wrapped(Tone::Quiet, fit, &format!("  {line}"));
    }
    if let Some(reason) = &described.deprecated {
        page.marked(format!("  ? deprecated: {reason}"));
    }
    page.gap();
    let mut grid = Grid::new(fit);
    row(&mut grid, "value", shown);
    row(&mut grid, "type", described.kind.replace('`', ""));
    let class = match class {
        Class::Hot => "hot: a new value takes effect at once",
        _ => "restart: a new value takes effect at the next start",
    };
    row(&mut grid, "class", class.to_owned());
    if let Some(default) = &described.default {
        row(&mut grid, "default", default.to_string());
    }
    more(&mut grid);
    grid.add_to(page);
}

fn row(grid: &mut Grid, name: &str, text: String) {
    grid.row([format!("  {name}"), text]);
}

/// Adds what each source says of a key, the one that wins with a mark.
fn sources(page: &mut Page, fit: Fit, explanation: &Explanation, is: Is) {
    page.heading("sources, each over those above it");
    let mut grid = Grid::new(fit).marked(2);
    for row in &explanation.rows {
        use crate::report::RowOutcome::{
            Absent, Erases, Merged, Refused, RolledBack, Shadowed, Unset, Wins,
        };
        if row.standing == Unset && &*row.origin.source == "override" {
            continue;
        }
        let mark = match row.standing {
            Wins | Merged | Erases | RolledBack => '>',
            Refused { .. } => '?',
            _ => ' ',
        };
        let sets = matches!(row.standing, Wins | Merged | Shadowed { .. })
            && row.origin != Origin::default_value();
        let mut value = match &row.value {
            Some(value) => value.to_string(),
            None if explanation.hidden && is != Is::Section && sets => "(secret)".to_owned(),
            None => String::new(),
        };
        if !row.from.is_empty() {
            value += &format!(" from {}", row.from.join(", "));
        }
        let standing = match &row.standing {
            Wins => "wins".to_owned(),
            Shadowed { .. } => "shadowed".to_owned(),
            Merged => "is merged".to_owned(),
            Unset => "does not set it".to_owned(),
            Absent => "does not exist".to_owned(),
            other => other.to_string(),
        };
        grid.row([mark.to_string(), row.origin.to_string(), value, standing]);
    }
    grid.add_to(page);
}
