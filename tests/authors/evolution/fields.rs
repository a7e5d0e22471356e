//! Changes of the type of one field.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr},
    num::{NonZeroU8, NonZeroU16},
    path::PathBuf,
};

use dlc_reload::{
    Grade, Reloadable, Secret,
    units::{Period, Size},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Pair, Version};

/// Leaf types, with all that they derive.
macro_rules! types {
    ($($item:item)*) => {
        $(#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)] $item)*
    };
}

types! {
    #[serde(rename_all = "lowercase")]
    pub(crate) enum Two { Low, High }
    #[serde(rename_all = "lowercase")]
    pub(crate) enum Three { Low, High, Max }
    #[serde(rename_all = "lowercase")]
    pub(crate) enum Documented {
        /// Little.
        Low,
        /// Much.
        High,
    }
    pub(crate) enum Looks { #[serde(rename = "true")] True, #[serde(rename = "5")] Five }
    pub(crate) enum LooksLarge { #[serde(rename = "low")] Low, #[serde(rename = "70000")] Large }
    #[serde(untagged)]
    pub(crate) enum NumberOrText { Number(u16), Text(String) }
    #[serde(untagged)]
    pub(crate) enum BoolOrText { Bool(bool), Text(String) }
    #[serde(untagged)]
    pub(crate) enum FloatOrText { Float(f64), Text(String) }
    #[serde(untagged)]
    pub(crate) enum OneOrMany { One(String), Many(Vec<String>) }
    #[serde(tag = "kind", rename_all = "lowercase")]
    pub(crate) enum Store { Memory { limit: u16 }, Disk { path: String } }
    #[serde(tag = "kind", rename_all = "lowercase")]
    pub(crate) enum StoreAndMore { Memory { limit: u32 }, Disk { path: String, #[serde(default)] sync: bool }, Remote { url: String } }
    #[serde(tag = "kind", rename_all = "lowercase")]
    pub(crate) enum StoreNarrow { Memory { limit: u8 }, Disk { path: String } }
    #[serde(tag = "kind", content = "of", rename_all = "lowercase")]
    pub(crate) enum Adjacent { Memory(u16), Disk(String) }
    #[serde(rename_all = "lowercase")]
    pub(crate) enum Outside { None, Memory(u16), Disk { path: String } }
    #[serde(rename_all = "lowercase")]
    pub(crate) enum OutsideAndMore { None, Memory(u32), Disk { path: String }, Remote(String) }
    pub(crate) struct Limits { pub(crate) low: u8, #[serde(default)] pub(crate) high: u8 }
    pub(crate) struct LimitsAndMore { pub(crate) low: u8, #[serde(default)] pub(crate) high: u8, #[serde(default)] pub(crate) step: u8 }
    pub(crate) struct LimitsRequired { pub(crate) low: u8, pub(crate) high: u8 }
    pub(crate) struct LimitsOpen { pub(crate) low: u8, #[serde(flatten)] pub(crate) others: BTreeMap<String, u8> }
    pub(crate) struct LimitsOptional { pub(crate) low: u8, pub(crate) high: Option<u8> }
    #[serde(tag = "kind", rename_all = "lowercase")]
    pub(crate) enum OptionalStore { Memory { limit: Option<u16> }, Disk { path: String } }
    #[serde(tag = "kind", rename_all = "lowercase")]
    pub(crate) enum DefaultStore { Memory { #[serde(default)] limit: u16 }, Disk { path: String } }
    pub(crate) struct Empty {}
    pub(crate) struct Tree { pub(crate) name: String, #[serde(default)] pub(crate) children: Vec<Tree> }
    pub(crate) struct TreeAndMore { pub(crate) name: String, #[serde(default)] pub(crate) children: Vec<TreeAndMore>, #[serde(default)] pub(crate) note: String }
    pub(crate) struct TreeNarrow { pub(crate) name: Two, #[serde(default)] pub(crate) children: Vec<TreeNarrow> }
    pub(crate) struct Patterned(#[schemars(regex(pattern = "^[a-z]+$"), extend("examples" = ["a", "low"]))] pub(crate) String);
    pub(crate) struct OtherPattern(#[schemars(regex(pattern = "^[a-z0-9]+$"), extend("examples" = ["a", "low"]))] pub(crate) String);
    pub(crate) struct Short(#[schemars(length(max = 3))] pub(crate) String);
    pub(crate) struct Few(#[schemars(range(max = 5))] pub(crate) u8);
    pub(crate) struct Some9(#[schemars(range(max = 9))] pub(crate) u8);
}

/// Enums that are the keys of maps, whose words have doc comments.
macro_rules! keys {
    ($($name:ident { $($word:ident)* })*) => {$(
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "lowercase")]
        pub(crate) enum $name { $(#[doc = "A word."] $word),* }
    )*};
}

keys! {
    TwoNames { Low High }
    ThreeNames { Low High Max }
}

macro_rules! fields {
    ($($name:ident: $grade:ident [$(#[$old_attr:meta])* $old:ty] => [$(#[$new_attr:meta])* $new:ty];)*) => {
        $(
            mod $name {
                use super::*;
                pub(super) mod old {
                    use super::*;
                    #[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
                    pub(crate) struct Config { #[reload(restart)] $(#[$old_attr])* pub(crate) value: $old }
                }
                pub(super) mod new {
                    use super::*;
                    #[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
                    pub(crate) struct Config { #[reload(restart)] $(#[$new_attr])* pub(crate) value: $new }
                }
            }
        )*
        pub(crate) fn pairs() -> Vec<Pair> {
            vec![$(Pair {
                name: stringify!($name),
                grade: Grade::$grade,
                old: Version::of::<$name::old::Config>(),
                new: Version::of::<$name::new::Config>(),
            }),*]
        }
    };
}

fields! {
    the_same: Compatible [Three] => [Three];
    an_integer_wider: Compatible [u8] => [u16];
    an_integer_narrower: Breaking [u32] => [u16];
    an_integer_signed: Compatible [u16] => [i32];
    an_integer_unsigned: Breaking [i64] => [u64];
    an_integer_beyond: Breaking [u64] => [i64];
    an_integer_not_zero: Breaking [u8] => [NonZeroU8];
    an_integer_to_a_number: Compatible [u64] => [f64];
    a_number_to_an_integer: Breaking [f64] => [i64];
    a_number_to_half: Breaking [f64] => [f32];
    a_number_doubled: Compatible [f32] => [f64];
    an_integer_of_the_machine: Compatible [i32] => [isize];
    an_integer_beyond_the_machine: Breaking [u64] => [isize];
    a_range_wider: Compatible [Few] => [Some9];
    a_range_narrower: Breaking [Some9] => [Few];
    a_range_dropped: Compatible [Few] => [u8];
    text_to_a_number: Breaking [String] => [u16];
    a_number_to_text: Breaking [u16] => [String];
    text_or_a_number: Breaking [String] => [NumberOrText];
    text_or_any_number: Compatible [String] => [FloatOrText];
    text_or_a_bool: Compatible [String] => [BoolOrText];
    a_number_or_text: Compatible [u16] => [NumberOrText];
    only_the_number: Breaking [NumberOrText] => [u16];
    text_to_one_or_many: Compatible [String] => [OneOrMany];
    a_list_to_one_or_many: Compatible [Vec<String>] => [OneOrMany];
    one_or_many_to_a_list: Breaking [OneOrMany] => [Vec<String>];
    a_word_more: Compatible [Two] => [Three];
    a_word_less: Breaking [Three] => [Two];
    words_with_docs: Compatible [Two] => [Documented];
    words_to_text: Compatible [Three] => [String];
    text_to_words: Breaking [String] => [Two];
    words_that_look_like_others: Compatible [Looks] => [NumberOrText];
    words_that_look_like_larger_ones: Breaking [LooksLarge] => [NumberOrText];
    a_bool_to_words: Breaking [bool] => [Two];
    an_option: Compatible [u16] => [Option<u16>];
    an_option_no_more: Breaking [Option<u16>] => [u16];
    an_option_with_a_default: Notable [Option<u16>] => [#[serde(default)] u16];
    an_option_inside_with_a_default: Notable [LimitsOptional] => [Limits];
    an_option_in_a_variant_with_a_default: Notable [OptionalStore] => [DefaultStore];
    a_map_of_options: Breaking [BTreeMap<String, Option<u8>>] => [BTreeMap<String, u8>];
    a_list_of_options: Breaking [Vec<Option<u8>>] => [Vec<u8>];
    a_default: Compatible [u16] => [#[serde(default)] u16];
    a_default_no_more: Breaking [#[serde(default)] u16] => [u16];
    a_secret: Notable [String] => [Secret<String>];
    a_secret_no_more: Notable [Secret<String>] => [String];
    a_path: Compatible [String] => [PathBuf];
    an_address: Breaking [String] => [IpAddr];
    an_older_address: Compatible [Ipv4Addr] => [IpAddr];
    a_period: Breaking [String] => [Period];
    a_size: Compatible [u64] => [Size];
    a_size_no_more: Breaking [Size] => [u64];
    a_pattern: Breaking [String] => [Patterned];
    a_pattern_dropped: Compatible [Patterned] => [String];
    another_pattern: Breaking [Patterned] => [OtherPattern];
    a_length: Breaking [String] => [Short];
    a_list_of_wider: Compatible [Vec<u8>] => [Vec<u16>];
    a_list_of_narrower: Breaking [Vec<u16>] => [Vec<u8>];
    a_list_to_a_set: Compatible [Vec<u8>] => [BTreeSet<u8>];
    a_set_to_a_list: Compatible [BTreeSet<u8>] => [Vec<u8>];
    a_list_to_an_array: Breaking [Vec<u8>] => [[u8; 2]];
    an_array_to_a_list: Compatible [[u8; 2]] => [Vec<u8>];
    an_array_longer: Breaking [[u8; 2]] => [[u8; 3]];
    a_tuple_wider: Compatible [(u8, String)] => [(u16, String)];
    a_tuple_longer: Breaking [(u8, String)] => [(u8, String, u8)];
    a_tuple_to_a_list: Compatible [(u8, u8)] => [Vec<u8>];
    a_tuple_turned: Breaking [(u8, String)] => [(String, u8)];
    a_map_of_wider: Compatible [BTreeMap<String, u8>] => [BTreeMap<String, u16>];
    a_map_of_narrower: Breaking [BTreeMap<String, u16>] => [BTreeMap<String, u8>];
    a_map_of_any: Compatible [BTreeMap<String, Vec<u8>>] => [serde_json::Value];
    any_to_a_map: Breaking [serde_json::Value] => [BTreeMap<String, u8>];
    names_of_text: Compatible [BTreeMap<u8, String>] => [BTreeMap<String, String>];
    names_of_integers: Breaking [BTreeMap<String, String>] => [BTreeMap<u8, String>];
    names_with_a_sign: Compatible [BTreeMap<u8, u8>] => [BTreeMap<i16, u8>];
    names_without_a_sign: Breaking [BTreeMap<i16, u8>] => [BTreeMap<u8, u8>];
    names_of_wider_integers: Compatible [BTreeMap<u8, u8>] => [BTreeMap<u16, u8>];
    names_of_narrower_integers: Breaking [BTreeMap<u16, u8>] => [BTreeMap<u8, u8>];
    names_without_zero: Breaking [BTreeMap<u16, u8>] => [BTreeMap<NonZeroU16, u8>];
    names_with_zero: Compatible [BTreeMap<NonZeroU16, u8>] => [BTreeMap<u16, u8>];
    names_of_more_words: Compatible [BTreeMap<TwoNames, u8>] => [BTreeMap<ThreeNames, u8>];
    names_of_fewer_words: Breaking [BTreeMap<ThreeNames, u8>] => [BTreeMap<TwoNames, u8>];
    names_of_text_to_words: Breaking [BTreeMap<String, u8>] => [BTreeMap<TwoNames, u8>];
    names_of_words_to_text: Notable [BTreeMap<TwoNames, u8>] => [BTreeMap<String, u8>];
    a_list_to_a_map: Breaking [Vec<u8>] => [BTreeMap<String, u8>];
    variants_more: Compatible [Store] => [StoreAndMore];
    variants_less: Breaking [StoreAndMore] => [Store];
    a_variant_narrower: Breaking [Store] => [StoreNarrow];
    variants_tagged_otherwise: Breaking [Store] => [Adjacent];
    variants_outside_more: Compatible [Outside] => [OutsideAndMore];
    variants_outside_less: Breaking [OutsideAndMore] => [Outside];
    variants_to_outside: Breaking [Store] => [Outside];
    a_struct_with_more: Compatible [Limits] => [LimitsAndMore];
    a_struct_with_less: Breaking [LimitsAndMore] => [Limits];
    a_struct_that_requires: Breaking [Limits] => [LimitsRequired];
    a_struct_that_is_open: Notable [Limits] => [LimitsOpen];
    a_struct_that_is_closed: Breaking [LimitsOpen] => [Limits];
    a_struct_to_a_map: Notable [Limits] => [BTreeMap<String, u8>];
    a_map_to_a_struct: Breaking [BTreeMap<String, u8>] => [Limits];
    a_struct_without_fields: Compatible [Empty] => [Empty];
    a_tree_with_more: Compatible [Tree] => [TreeAndMore];
    a_tree_with_less: Breaking [TreeAndMore] => [Tree];
    a_tree_narrower: Breaking [Tree] => [TreeNarrow];
    a_struct_to_text: Breaking [Limits] => [String];
    class_and_box: Compatible [Box<u8>] => [u8];
}
