use dlc_reload::{Commit, HookResult, Reloadable};
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Reloadable)]
struct Tls {
    #[reload(hot, live)]
    ciphers: Vec<String>,
}

#[derive(Clone, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(nested, live, hook)]
    tls: Option<Tls>,
}

struct Hooks;

impl ConfigHooks for Hooks {
    fn on_tls(&self, _: TlsDiff<'_>) -> HookResult<'_> {
        Ok(Commit::none())
    }
    fn on_tls_vanished(&self, _: &Tls) -> HookResult<'_> {
        Ok(Commit::none())
    }
}

fn main() {}
