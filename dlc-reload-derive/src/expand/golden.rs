//! Golden expansions: the code that the derive writes, artefact by artefact, in files that a reviewer reads.
//!
//! `BLESS=1 cargo test -p dlc-reload-derive` accepts what is generated now.

use std::{fs, path::Path};

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse_quote;

use super::{Names, diff, fields, hooks, identity, parts, reloadable, routes, schema, table};
use crate::{
    cx::Cx,
    ir::{Input, Section},
    lower::lower,
};

/// A file longer than this is not read.
const LONGEST: usize = 120;

fn section(input: &syn::DeriveInput) -> Section {
    let mut cx = Cx::default();
    let lowered = lower(&mut cx, input);
    let errors = cx.finish();
    assert!(errors.is_empty(), "{}", errors[0]);
    match lowered {
        Input::Section(section) => *section,
        Input::Refused { .. } | Input::LeftToSerde => panic!("the input is a section"),
    }
}

/// One field of each role.
fn roles() -> Section {
    section(&parse_quote! {
        /// How the service logs.
        #[serde(deny_unknown_fields)]
        pub struct Logging {
            /// Minimum severity.
            #[reload(hot)]
            pub level: Level,
            #[reload(hot, live)]
            pub motd: String,
            #[reload(restart)]
            #[serde(rename = "as_json", alias = "json")]
            pub json: bool,
            #[reload(nested)]
            pub sinks: Sinks,
            #[reload(restart, nested)]
            pub archive: Option<Sinks>,
        }
    })
}

fn agrees(name: &str, tokens: &TokenStream) {
    let file = syn::parse2(tokens.clone()).expect("the expansion parses");
    let written = prettyplease::unparse(&file);
    let lines = written.lines().count();
    assert!(lines <= LONGEST, "{name} has {lines} lines: make the generated code thinner");

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(format!("{name}.rs"));
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
        fs::write(&path, written).expect("the golden file");
        return;
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        golden == written,
        "{} differs from what is generated (accept it with `BLESS=1`):\n{written}",
        path.display()
    );
}

#[test]
fn the_hook_trait() {
    let section = roles();
    let names = Names::new(&section);
    let (items, impls) = (hooks::items(&names), hooks::impls(&names));
    agrees("hooks", &quote!(#items #impls));
}

#[test]
fn the_routes() {
    let twice = section(&parse_quote! {
        struct Logging {
            #[reload(nested)]
            sinks: Sinks,
            #[reload(nested)]
            file_sinks: Option<Box<Sinks>>,
        }
    });
    for (file, section) in [("routes", roles()), ("routes_twice", twice)] {
        let names = Names::new(&section);
        let (items, impls) = (routes::items(&names), routes::impls(&names));
        agrees(file, &quote!(#items #impls));
    }
}

#[test]
fn the_diff() {
    let section = roles();
    let names = Names::new(&section);
    let (items, impls) = (diff::items(&names), diff::impls(&names));
    agrees("diff", &quote!(#items #impls));
}

#[test]
fn the_table() {
    let section = roles();
    let table = table::constant(&Names::new(&section));
    agrees("table", &quote!(impl __private::Parts for Logging { #table }));
}

#[test]
fn the_typed_paths() {
    let section = roles();
    let names = Names::new(&section);
    let (items, impls) = (fields::items(&names), fields::impls(&names));
    agrees("fields", &quote!(#items #impls));
}

#[test]
fn the_schema() {
    let section = roles();
    agrees("schema", &schema::impls(&Names::new(&section)));
}

#[test]
fn what_the_runtime_uses() {
    // Two fields, because those of five are long.
    let section = section(&parse_quote! {
        #[reload(validate = check)]
        struct Logging {
            #[reload(hot)]
            level: u8,
            #[reload(nested)]
            sinks: Sinks,
        }
    });
    let names = Names::new(&section);
    agrees("parts", &parts::impls(&names));
    agrees("reloadable", &reloadable::impls(&names));
}

#[test]
fn hooks_of_a_section_with_live_fields_only() {
    let section = section(&parse_quote! {
        pub(crate) struct Page {
            #[reload(hot, live)]
            motd: String,
        }
    });
    let names = Names::new(&section);
    let (items, impls) = (hooks::items(&names), hooks::impls(&names));
    agrees("hooks_live", &quote!(#items #impls));
}

#[test]
fn a_collection_of_sections() {
    let upstream = section(&parse_quote! {
        struct Upstream {
            #[reload(restart)]
            name: String,
            #[reload(hot, live)]
            weights: Vec<u32>,
        }
    });
    agrees("identity", &identity::impls(&Names::new(&upstream)));
    let section = section(&parse_quote! {
        struct Proxy {
            /// The servers behind this one.
            #[reload(hot, entries = "name")]
            upstreams: Vec<Upstream>,
        }
    });
    let names = Names::new(&section);
    agrees("entries_hooks", &hooks::items(&names));
    agrees("entries_parts", &parts::impls(&names));
}

#[test]
fn a_generic_diff() {
    let section = section(&parse_quote! {
        struct Limit<T: Default, const N: usize = 3> where T: Copy {
            #[reload(hot)]
            values: [T; N],
            #[reload(restart)]
            unit: String,
        }
    });
    let names = Names::new(&section);
    let (items, impls) = (diff::items(&names), diff::impls(&names));
    agrees("diff_generic", &quote!(#items #impls));
}

#[test]
fn what_stands_in_for_a_refused_input() {
    let input = parse_quote!(
        pub struct Config(u16);
    );
    let mut cx = Cx::default();
    let lowered = lower(&mut cx, &input);
    assert_eq!(cx.finish().len(), 1);
    agrees("refused", &super::expand(lowered));
}

#[test]
fn a_renamed_runtime_is_the_only_one_named() {
    let input: syn::DeriveInput = parse_quote! {
        #[reload(crate = my::runtime)]
        #[serde(default)]
        struct Config {
            #[reload(hot)]
            level: u8,
            #[reload(restart)]
            password: String,
            #[reload(nested)]
            sinks: Sinks,
            #[reload(restart, nested)]
            archive: Option<Sinks>,
        }
    };
    let mut cx = Cx::default();
    let code = super::expand(lower(&mut cx, &input)).to_string();
    assert!(cx.finish().is_empty());
    assert!(code.contains("my :: runtime"));
    assert!(!code.contains("dlc_reload"), "{code}");
}
