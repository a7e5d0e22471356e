//! A node of a fleet in which much goes on.

use std::{error::Error, sync::Arc, time::Duration};

use dlc_reload::{
    Loader, Reloadable, Reloader,
    fleet::{Desk, Document, Fleet, MemoryClient, MemoryStore, Plan, Store},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The configuration of a node.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(deny_unknown_fields)]
pub struct Small {
    /// Requests a second.
    #[reload(hot, live)]
    rate: u32,
}

/// The number of nodes beside those with a name of their own.
const MORE: usize = 300;

/// Starts the node, in the fleet as it is when a rollout has halted.
pub fn node() -> Result<(Reloader<Small>, MemoryClient), Box<dyn Error>> {
    let engine = MemoryStore::new("coach/dev");
    let client = engine.client();
    let desk = Desk::new(Arc::new(client.clone()), "alice@desk");
    let document =
        |rate| vec![Document { name: "coach.yaml".into(), text: format!("rate: {rate}\n") }];
    let first = desk.publish(document(7), "for the evening")?;
    desk.start(first, Plan::quick(), "for the evening")?;
    let fleet =
        Fleet::new(client.clone(), "n1").label("region", "eu").build("1.4.0").control(false);
    let boot = Loader::<Small>::new().fleet(&fleet).load()?;
    let node = boot.reloader().fleet(fleet).start()?;

    let second = desk.publish(document(9), "for the night")?;
    desk.start(second, Plan::quick(), "<b>for the night</b>")?;
    let entry = client.get("target")?.ok_or("no pointer")?;
    let mut target: Value = serde_json::from_slice(&entry.value)?;
    let rollout = &mut target["rollout"];
    (rollout["phase"], rollout["stage"]) = (json!("halted"), json!(1));
    rollout["halted"] = json!("n3 refused version 2: coach.yaml@2:1:7: rate: too much");
    rollout["cuts"] = json!([1, 1_u64 << 52]);
    target["pins"] = json!({ "n1": 1, "n5": 1 });
    let _ = client.swap("target", entry.revision, &serde_json::to_vec(&target)?)?;

    for (name, state) in others() {
        let mut whole = json!({
            "running": 2, "trial": "proved", "generation": 3, "since": "2026-11-27T07:39:48Z", "process": name, "build": "1.4.0",
            "labels": { "region": "us" },
        });
        for (key, value) in state.as_object().into_iter().flatten() {
            whole[key] = value.clone();
        }
        let (key, life) = (format!("nodes/{name}"), Duration::from_secs(3600));
        let _ = client.keep(&key, &serde_json::to_vec(&whole)?, life)?;
    }
    Ok((node, client))
}

/// Returns the other nodes, with what is not as with most.
fn others() -> impl Iterator<Item = (String, Value)> {
    let problem = json!({ "key": "rate", "place": "coach.yaml@2:1:7", "message": "too much, write `8` or less" });
    let told = [
        json!({ "trial": "applied", "pending": ["server.port"] }),
        json!({ "running": 1, "refused": { "version": 2, "because": "rejected", "problems": [problem] } }),
        json!({ "stale": { "since": "2026-11-27T07:39:48Z", "reason": "etcd at 127.0.0.1:2379 does not answer" } }),
        json!({ "running": 1, "drift": ["rate"] }),
    ];
    let told = (2..).zip(told).map(|(number, state)| (format!("n{number}"), state));
    told.chain((0..MORE).map(|number| (format!("more-{number:03}"), json!({}))))
}
