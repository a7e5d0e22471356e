use std::collections::BTreeMap;

use dlc_reload::{Commit, HookResult, Reloadable};

#[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
struct Upstream {
    #[reload(restart)]
    name: String,
    #[reload(hot, live)]
    weights: Vec<u32>,
}

#[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
struct Config {
    #[reload(hot, entries)]
    upstreams: BTreeMap<String, Upstream>,
}

struct Hooks;

impl ConfigHooks for Hooks {
    fn on_upstreams_added(&self, _: &String, _: &Upstream) -> HookResult<'_> {
        Ok(Commit::none())
    }
    fn on_upstreams_removed(&self, _: &String, _: &Upstream) -> HookResult<'_> {
        Ok(Commit::none())
    }
}

fn main() {}
