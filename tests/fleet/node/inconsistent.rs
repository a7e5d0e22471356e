//! A version that leaves a service half way between two states.

use std::sync::Arc;

use dlc_reload::{
    Change, Commit, HookResult, Loader, Reloadable, Reloader,
    fleet::{Because, Goal, Outcome, Phase},
};
use serde::{Deserialize, Serialize};

use super::fixture::{LONG, World, plan};

/// A port that another program has.
const TAKEN: u16 = 99;

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Pooled {
    #[reload(hot)]
    pool: u32,
    #[reload(hot)]
    port: u16,
}

struct App;

impl PooledHooks for App {
    fn on_pool(&self, _: Change<'_, u32>) -> HookResult<'_> {
        Ok(Commit::fallible(|| Ok(())).undo(|()| Err("the old pool is closed".into())))
    }

    fn on_port(&self, port: Change<'_, u16>) -> HookResult<'_> {
        let new = *port.new;
        Ok(Commit::fallible(move || match new {
            TAKEN => Err("the port is taken".into()),
            _ => Ok(()),
        }))
    }
}

fn start(world: &World, name: &str) -> Reloader<Pooled> {
    let (fleet, _) = world.member(name);
    let boot =
        Loader::<Pooled>::new().text("yaml", "{pool: 1, port: 1}").fleet(&fleet).load().unwrap();
    let builder = boot.reloader().hooks(Arc::new(App)).on_critical(|_| {});
    let reloader = builder.fleet(fleet).start().unwrap();
    world.runs_nothing(name);
    reloader
}

#[test]
fn a_node_that_is_left_half_way_halts_the_rollout_and_takes_nothing_any_more() {
    let world = World::new();
    let names = ["n1", "n2", "n3", "n4"];
    let nodes = names.map(|name| start(&world, name));
    let good = world.promote("{pool: 2, port: 2}");
    let ending = world.roll_out("{pool: 3, port: 99}");
    assert_eq!(ending.outcome, Outcome::Halted, "{ending:?}");

    let overview = world.desk.overview().unwrap();
    let left = |name: &&str| !overview.nodes[*name].state.consistent;
    let left: Vec<_> = names.into_iter().filter(left).collect();
    let [left] = left[..] else { panic!("one node has tried it: {overview}") };
    let state = &overview.nodes[left].state;
    let refused = state.refused.as_ref().unwrap();
    assert_eq!((refused.version, refused.because), (ending.version, Because::Ill));
    let said: Vec<_> = refused.problems.iter().map(ToString::to_string).collect();
    assert!(said.iter().any(|it| it.ends_with("port: the port is taken")), "{said:?}");
    assert!(said.iter().any(|it| it.contains("the old pool is closed")), "{said:?}");
    let rollout = overview.target.rollout.as_ref().unwrap();
    assert_eq!(rollout.phase, Phase::Halted);
    let halted = rollout.halted.as_deref().unwrap();
    let half_way = format!("{left} is half way between two versions, restart it: ");
    assert!(halted.starts_with(&half_way), "{halted}");
    assert!(overview.to_string().contains(&format!("{left} is half way between two versions")));
    for (name, node) in names.iter().zip(&nodes) {
        assert_eq!((node.is_ready(), node.status().consistent), (*name != left, *name != left));
    }

    // Taking it back changes nothing there: only a restart tells what runs.
    world.desk.abort("the port is taken").unwrap();
    let ending = world.roll_out("{pool: 4, port: 4}");
    assert_eq!(ending.outcome, Outcome::Halted, "{ending:?}");
    assert!(!world.wait(left, "in sight", |_| true).consistent);
    world.desk.abort("it is to be restarted").unwrap();

    let at = names.iter().position(|name| *name == left).unwrap();
    let mut nodes = Vec::from(nodes);
    drop(nodes.remove(at));
    world.free(left);
    let (fleet, _) = world.member(left);
    let boot =
        Loader::<Pooled>::new().text("yaml", "{pool: 1, port: 1}").fleet(&fleet).load().unwrap();
    assert_eq!((boot.pool, boot.port), (2, 2));
    let builder = boot.reloader().hooks(Arc::new(App)).on_critical(|_| {}).fleet(fleet);
    nodes.push(builder.start().unwrap());
    assert!(world.runs(left, good).consistent);
    let version = world.publish("{pool: 5, port: 5}");
    world.desk.start(version, plan(), "a test").unwrap();
    assert_eq!(world.desk.wait(Goal::Promoted, LONG).unwrap().outcome, Outcome::Reached);
}
