//! A configuration of 10 000 fields: ten sections of ten of ten, with ten fields each.

use std::fmt::Write;

use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

macro_rules! level {
    ($(#[$docs:meta])* $name:ident, $below:ty, $role:ident $(, $live:ident)?) => {
        $(#[$docs])*
        #[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
        pub struct $name {
            #[reload($role $(, $live)?)] f0: $below,
            #[reload($role $(, $live)?)] f1: $below,
            #[reload($role $(, $live)?)] f2: $below,
            #[reload($role $(, $live)?)] f3: $below,
            #[reload($role $(, $live)?)] f4: $below,
            #[reload($role $(, $live)?)] f5: $below,
            #[reload($role $(, $live)?)] f6: $below,
            #[reload($role $(, $live)?)] f7: $below,
            #[reload($role $(, $live)?)] f8: $below,
            #[reload($role $(, $live)?)] f9: $below,
        }
    };
}

level!(/** A shelf. */ Shelf, u32, hot, live);
level!(/** A rack of shelves. */ Rack, Shelf, nested);
level!(/** An aisle of racks. */ Aisle, Rack, nested);
level!(/** The store. */ Wide, Aisle, nested);

/// The text of it, in which each field has its own value.
pub fn text() -> String {
    let mut text = String::new();
    for number in 0..10_000 {
        for (level, size) in [1000, 100, 10, 1].into_iter().enumerate() {
            if number % size == 0 {
                let digit = number / size % 10;
                let value = if size == 1 { format!(" {number}") } else { String::new() };
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{:1$}f{digit}:{value}", "", 2 * level);
            }
        }
    }
    text
}
