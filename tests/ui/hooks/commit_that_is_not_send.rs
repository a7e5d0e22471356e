use dlc_reload::{Change, Commit, HookResult, Reloadable};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot)]
    rate: u32,
}

struct App;

impl ConfigHooks for App {
    fn on_rate<'a>(&'a self, rate: Change<'a, u32>) -> HookResult<'a> {
        let rate = std::rc::Rc::new(*rate.new);
        Ok(Commit::new(move || println!("{rate}")))
    }
}

fn main() {}
