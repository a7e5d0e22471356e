//! Lists what a crate offers to others, one item a line, from the JSON that rustdoc makes of it.

use std::{collections::HashSet, env, error::Error};

/// The traits that the compiler implements by itself and whose names no user writes.
const UNSPOKEN: [&str; 6] = [
    "Freeze for",
    "RefUnwindSafe for",
    "StructuralPartialEq for",
    "Unpin for",
    "UnsafeUnpin for",
    "UnwindSafe for",
];

fn main() -> Result<(), Box<dyn Error>> {
    let json = env::args().nth(1).ok_or("give the JSON file of a crate")?;
    let api = public_api::Builder::from_rustdoc_json(json).omit_blanket_impls(true).build()?;
    let mut traits = HashSet::new();
    for item in api.items() {
        let text = item.to_string();
        if text.starts_with("impl") && text.contains(" for ") {
            traits.insert(item.id());
        }
        // The functions of such an impl are those of its trait.
        let said = item.parent_id().is_some_and(|parent| traits.contains(&parent))
            && text.starts_with("pub fn");
        if !said && !UNSPOKEN.iter().any(|name| text.contains(name)) {
            println!("{text}");
        }
    }
    Ok(())
}
