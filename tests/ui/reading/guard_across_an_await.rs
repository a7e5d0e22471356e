use dlc_reload::{Handle, Reloadable};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot, live)]
    motd: String,
}

fn spawn(_: impl Future + Send + 'static) {}

async fn send(_: &str) {}

fn answer(config: Handle<Config>) {
    spawn(async move {
        let guard = config.load();
        send(&guard.motd).await;
    });
}

fn answer_rightly(config: Handle<Config>) {
    spawn(async move {
        let config = config.get();
        send(&config.motd).await;
    });
}

fn main() {}
