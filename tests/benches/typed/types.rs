//! The types of the configurations. Every section is a type of its own, as in a service.

use std::collections::BTreeMap;

use dlc_reload::Reloadable;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Defines structs of ten or twenty scalar fields.
macro_rules! sections {
    ($($name:ident)*) => {$(
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
        pub(super) struct $name {
            #[reload(hot, live)]
            max_items_00: u64,
            #[reload(hot, live)]
            enabled_01: bool,
            #[reload(hot, live)]
            ratio_02: f64,
            #[reload(hot, live)]
            label_03: String,
            #[reload(hot, live)]
            retries_04: u32,
            #[reload(hot, live)]
            max_items_05: u64,
            #[reload(hot, live)]
            enabled_06: bool,
            #[reload(hot, live)]
            ratio_07: f64,
            #[reload(hot, live)]
            label_08: String,
            #[reload(hot, live)]
            retries_09: u32,
            #[reload(hot, live)]
            max_items_10: u64,
            #[reload(hot, live)]
            enabled_11: bool,
            #[reload(hot, live)]
            ratio_12: f64,
            #[reload(hot, live)]
            label_13: String,
            #[reload(hot, live)]
            retries_14: u32,
            #[reload(hot, live)]
            max_items_15: u64,
            #[reload(hot, live)]
            enabled_16: bool,
            #[reload(hot, live)]
            ratio_17: f64,
            #[reload(hot, live)]
            label_18: String,
            #[reload(hot, live)]
            retries_19: u32,
        }
    )*};
}

sections! {
    Section00 Section01 Section02 Section03 Section04 Section05 Section06 Section07 Section08 Section09
    Section10 Section11 Section12 Section13 Section14 Section15 Section16 Section17 Section18 Section19
    Section20 Section21 Section22 Section23 Section24 Section25 Section26 Section27 Section28 Section29
    Section30 Section31 Section32 Section33 Section34 Section35 Section36 Section37 Section38 Section39
    Section40 Section41 Section42 Section43 Section44 Section45 Section46 Section47 Section48 Section49
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
pub(super) struct Sections {
    #[reload(nested)]
    section_00: Section00,
    #[reload(nested)]
    section_01: Section01,
    #[reload(nested)]
    section_02: Section02,
    #[reload(nested)]
    section_03: Section03,
    #[reload(nested)]
    section_04: Section04,
    #[reload(nested)]
    section_05: Section05,
    #[reload(nested)]
    section_06: Section06,
    #[reload(nested)]
    section_07: Section07,
    #[reload(nested)]
    section_08: Section08,
    #[reload(nested)]
    section_09: Section09,
    #[reload(nested)]
    section_10: Section10,
    #[reload(nested)]
    section_11: Section11,
    #[reload(nested)]
    section_12: Section12,
    #[reload(nested)]
    section_13: Section13,
    #[reload(nested)]
    section_14: Section14,
    #[reload(nested)]
    section_15: Section15,
    #[reload(nested)]
    section_16: Section16,
    #[reload(nested)]
    section_17: Section17,
    #[reload(nested)]
    section_18: Section18,
    #[reload(nested)]
    section_19: Section19,
    #[reload(nested)]
    section_20: Section20,
    #[reload(nested)]
    section_21: Section21,
    #[reload(nested)]
    section_22: Section22,
    #[reload(nested)]
    section_23: Section23,
    #[reload(nested)]
    section_24: Section24,
    #[reload(nested)]
    section_25: Section25,
    #[reload(nested)]
    section_26: Section26,
    #[reload(nested)]
    section_27: Section27,
    #[reload(nested)]
    section_28: Section28,
    #[reload(nested)]
    section_29: Section29,
    #[reload(nested)]
    section_30: Section30,
    #[reload(nested)]
    section_31: Section31,
    #[reload(nested)]
    section_32: Section32,
    #[reload(nested)]
    section_33: Section33,
    #[reload(nested)]
    section_34: Section34,
    #[reload(nested)]
    section_35: Section35,
    #[reload(nested)]
    section_36: Section36,
    #[reload(nested)]
    section_37: Section37,
    #[reload(nested)]
    section_38: Section38,
    #[reload(nested)]
    section_39: Section39,
    #[reload(nested)]
    section_40: Section40,
    #[reload(nested)]
    section_41: Section41,
    #[reload(nested)]
    section_42: Section42,
    #[reload(nested)]
    section_43: Section43,
    #[reload(nested)]
    section_44: Section44,
    #[reload(nested)]
    section_45: Section45,
    #[reload(nested)]
    section_46: Section46,
    #[reload(nested)]
    section_47: Section47,
    #[reload(nested)]
    section_48: Section48,
    #[reload(nested)]
    section_49: Section49,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
pub(super) struct Groups {
    #[reload(nested)]
    group_00: Sections,
    #[reload(nested)]
    group_01: Sections,
    #[reload(nested)]
    group_02: Sections,
    #[reload(nested)]
    group_03: Sections,
    #[reload(nested)]
    group_04: Sections,
    #[reload(nested)]
    group_05: Sections,
    #[reload(nested)]
    group_06: Sections,
    #[reload(nested)]
    group_07: Sections,
    #[reload(nested)]
    group_08: Sections,
    #[reload(nested)]
    group_09: Sections,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
pub(super) struct Flat {
    #[reload(hot, live)]
    max_items_00: u64,
    #[reload(hot, live)]
    enabled_01: bool,
    #[reload(hot, live)]
    ratio_02: f64,
    #[reload(hot, live)]
    label_03: String,
    #[reload(hot, live)]
    retries_04: u32,
    #[reload(hot, live)]
    max_items_05: u64,
    #[reload(hot, live)]
    enabled_06: bool,
    #[reload(hot, live)]
    ratio_07: f64,
    #[reload(hot, live)]
    label_08: String,
    #[reload(hot, live)]
    retries_09: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Item {
    host: String,
    port: u16,
    weight: f64,
    enabled: bool,
    motd: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
pub(super) struct Listed {
    #[reload(hot, live)]
    items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
pub(super) struct Mapped {
    #[reload(hot, live)]
    entries: BTreeMap<String, Item>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Sink {
    Tcp { host: String, port: u32, tls: bool, retries: u32 },
    File { path: String, size: u32 },
    Console { color: bool, width: u32, prefix: String },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
pub(super) struct Enums {
    #[reload(hot, live)]
    sinks: Vec<Sink>,
}
