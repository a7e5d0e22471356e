use dlc_reload::Reloadable;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(bound = "")]
struct Both<T: Reloadable> {
    #[reload(nested)]
    inner: T,
}

fn fields() {
    let _ = Both::<u16>::fields();
}

fn main() {}
