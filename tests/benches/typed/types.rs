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

/// The hooks of configurations in which no field has any.
pub(super) struct Hooks;

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

impl SectionsHooks for Hooks {
    fn section_00(&self) -> &<Section00 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_01(&self) -> &<Section01 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_02(&self) -> &<Section02 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_03(&self) -> &<Section03 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_04(&self) -> &<Section04 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_05(&self) -> &<Section05 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_06(&self) -> &<Section06 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_07(&self) -> &<Section07 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_08(&self) -> &<Section08 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_09(&self) -> &<Section09 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_10(&self) -> &<Section10 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_11(&self) -> &<Section11 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_12(&self) -> &<Section12 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_13(&self) -> &<Section13 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_14(&self) -> &<Section14 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_15(&self) -> &<Section15 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_16(&self) -> &<Section16 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_17(&self) -> &<Section17 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_18(&self) -> &<Section18 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_19(&self) -> &<Section19 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_20(&self) -> &<Section20 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_21(&self) -> &<Section21 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_22(&self) -> &<Section22 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_23(&self) -> &<Section23 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_24(&self) -> &<Section24 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_25(&self) -> &<Section25 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_26(&self) -> &<Section26 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_27(&self) -> &<Section27 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_28(&self) -> &<Section28 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_29(&self) -> &<Section29 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_30(&self) -> &<Section30 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_31(&self) -> &<Section31 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_32(&self) -> &<Section32 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_33(&self) -> &<Section33 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_34(&self) -> &<Section34 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_35(&self) -> &<Section35 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_36(&self) -> &<Section36 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_37(&self) -> &<Section37 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_38(&self) -> &<Section38 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_39(&self) -> &<Section39 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_40(&self) -> &<Section40 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_41(&self) -> &<Section41 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_42(&self) -> &<Section42 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_43(&self) -> &<Section43 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_44(&self) -> &<Section44 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_45(&self) -> &<Section45 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_46(&self) -> &<Section46 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_47(&self) -> &<Section47 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_48(&self) -> &<Section48 as Reloadable>::Hooks<'_> {
        self
    }
    fn section_49(&self) -> &<Section49 as Reloadable>::Hooks<'_> {
        self
    }
}

impl GroupsHooks for Hooks {
    fn group_00(&self) -> &<Sections as Reloadable>::Hooks<'_> {
        self
    }
    fn group_01(&self) -> &<Sections as Reloadable>::Hooks<'_> {
        self
    }
    fn group_02(&self) -> &<Sections as Reloadable>::Hooks<'_> {
        self
    }
    fn group_03(&self) -> &<Sections as Reloadable>::Hooks<'_> {
        self
    }
    fn group_04(&self) -> &<Sections as Reloadable>::Hooks<'_> {
        self
    }
    fn group_05(&self) -> &<Sections as Reloadable>::Hooks<'_> {
        self
    }
    fn group_06(&self) -> &<Sections as Reloadable>::Hooks<'_> {
        self
    }
    fn group_07(&self) -> &<Sections as Reloadable>::Hooks<'_> {
        self
    }
    fn group_08(&self) -> &<Sections as Reloadable>::Hooks<'_> {
        self
    }
    fn group_09(&self) -> &<Sections as Reloadable>::Hooks<'_> {
        self
    }
}
