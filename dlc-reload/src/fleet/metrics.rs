//! Metrics of a node of a fleet, for whatever recorder the service has installed.

use std::time::SystemTime;

use metrics::{Counter, Gauge, Unit, counter, gauge};

use super::{
    meter::{Call, FleetVitals, Meter, NodeVitals, Trouble},
    state::Because,
    store::StoreError,
    target::{Counts, Phase},
};
use crate::observers::metrics::{described, number, seconds};

/// The instruments of one node. They are made at its start, so that every series is there from then on.
pub(crate) struct Metrics {
    version: Gauge,
    target_version: Gauge,
    refused: Vec<(Because, Gauge)>,
    drift: Gauge,
    stale: Gauge,
    contact: Gauge,
    trouble: Vec<(Trouble, Gauge)>,
    calls: Vec<(Call, Outcome, Counter)>,
    missed_changes: Counter,
    controller: Gauge,
    frozen: Gauge,
    phase: Vec<(Phase, Gauge)>,
    stage: Gauge,
    nodes: [Gauge; 4],
    waits: Gauge,
}

described! {
    describe_gauge "config_fleet_version" Unit::Count,
        "The version of the fleet's configuration that is in force on this node, 0 if there is none.";
    describe_gauge "config_fleet_target_version" Unit::Count,
        "The version that this node is to run by the last pointer it read, 0 if there is none.";
    describe_gauge "config_fleet_refused_version" Unit::Count,
        "The version that this node refuses, by the kind of the refusal, 0 if there is none.";
    describe_gauge "config_fleet_drift_fields" Unit::Count,
        "The number of fields that differ on this node from the fleet's version.";
    describe_gauge "config_fleet_stale" Unit::Count,
        "1 if this node has not reached the store for 30 seconds, or started without it.";
    describe_gauge "config_fleet_last_contact_timestamp_seconds" Unit::Seconds,
        "The time of the last call of the store that succeeded, in seconds since 1970; 0 if none did.";
    describe_gauge "config_fleet_trouble" Unit::Count,
        "1 for each kind of trouble that this node has and that refuses nothing.";
    describe_counter "config_fleet_store_calls_total" Unit::Count,
        "Calls of the store by this node, by their kind and result.";
    describe_counter "config_fleet_missed_changes_total" Unit::Count,
        "Changes of the pointer that caused no event and were found by reading it.";
    describe_gauge "config_fleet_controller" Unit::Count,
        "1 if this node controls the rollouts of the fleet.";
    describe_gauge "config_fleet_frozen" Unit::Count,
        "1 if the fleet is frozen; 0 on a node that does not control it.";
    describe_gauge "config_fleet_rollout_phase" Unit::Count,
        "1 for the phase of the rollout that runs, or of the last one; 0 on a node that does not control it.";
    describe_gauge "config_fleet_rollout_stage" Unit::Count,
        "The number of the stage of the rollout, from 1; 0 if none has begun, and on a node that does not control it.";
    describe_gauge "config_fleet_rollout_nodes" Unit::Count,
        "The nodes that the stage has reached, and those of them that proved, refused or vanished with the version; 0 on a node that does not control it.";
    describe_gauge "config_fleet_rollout_waits" Unit::Count,
        "1 if the stage waits for nodes; 0 on a node that does not control it.";
}

/// Every kind of a refusal.
const BECAUSE: [(Because, &str); 4] = [
    (Because::Rejected, "rejected"),
    (Because::Ill, "ill"),
    (Because::Killed, "killed"),
    (Because::Untrusted, "untrusted"),
];

/// Every kind of trouble.
const TROUBLES: [(Trouble, &str); 5] = [
    (Trouble::VersionMissing, "version_missing"),
    (Trouble::PointerWentBack, "pointer_went_back"),
    (Trouble::NotTakenBack, "not_taken_back"),
    (Trouble::CacheUnwritten, "cache_unwritten"),
    (Trouble::Unseen, "unseen"),
];

/// Every kind of a call.
const CALLS: [(Call, &str); 2] = [(Call::Read, "read"), (Call::Write, "write")];

/// The results of a call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Ok,
    Unreachable,
    Refused,
}

/// Every result of a call.
const OUTCOMES: [(Outcome, &str); 3] =
    [(Outcome::Ok, "ok"), (Outcome::Unreachable, "unreachable"), (Outcome::Refused, "refused")];

/// Every phase.
const PHASES: [Phase; 5] =
    [Phase::Running, Phase::Paused, Phase::Halted, Phase::Aborted, Phase::Promoted];

/// The standings of nodes in a stage, as [`Counts`] has them.
const STANDINGS: [&str; 4] = ["reached", "proved", "rejected", "lost"];

impl Metrics {
    /// Describes and makes every instrument with the recorder that is installed.
    pub(crate) fn new() -> Self {
        describe();
        let refused = |(because, label)| {
            (because, gauge!("config_fleet_refused_version", "because" => label))
        };
        let trouble = |(kind, label)| (kind, gauge!("config_fleet_trouble", "kind" => label));
        let phase =
            |phase: Phase| (phase, gauge!("config_fleet_rollout_phase", "phase" => phase.as_str()));
        let nodes = |standing| gauge!("config_fleet_rollout_nodes", "standing" => standing);
        let calls = CALLS.into_iter().flat_map(|call| OUTCOMES.map(|outcome| (call, outcome)));
        let calls = calls.map(|((call, kind), (outcome, result))| {
            let name = "config_fleet_store_calls_total";
            (call, outcome, counter!(name, "call" => kind, "result" => result))
        });
        let metrics = Self {
            version: gauge!("config_fleet_version"),
            target_version: gauge!("config_fleet_target_version"),
            refused: BECAUSE.map(refused).into(),
            drift: gauge!("config_fleet_drift_fields"),
            stale: gauge!("config_fleet_stale"),
            contact: gauge!("config_fleet_last_contact_timestamp_seconds"),
            trouble: TROUBLES.map(trouble).into(),
            calls: calls.collect(),
            missed_changes: counter!("config_fleet_missed_changes_total"),
            controller: gauge!("config_fleet_controller"),
            frozen: gauge!("config_fleet_frozen"),
            phase: PHASES.map(phase).into(),
            stage: gauge!("config_fleet_rollout_stage"),
            nodes: STANDINGS.map(nodes),
            waits: gauge!("config_fleet_rollout_waits"),
        };
        for (.., calls) in &metrics.calls {
            calls.absolute(0);
        }
        metrics.contact.set(0.0);
        metrics.decided(None);
        metrics
    }
}

impl Meter for Metrics {
    fn called(&self, call: Call, error: Option<&StoreError>) {
        let outcome = match error {
            None => Outcome::Ok,
            Some(error) if error.is_refusal() => Outcome::Refused,
            Some(_) => Outcome::Unreachable,
        };
        for (kind, result, calls) in &self.calls {
            if (*kind, *result) == (call, outcome) {
                calls.increment(1);
            }
        }
        if outcome == Outcome::Ok {
            self.contact.set(seconds(SystemTime::now()));
        }
    }

    fn measured(&self, node: &NodeVitals<'_>) {
        let NodeVitals { state, asked, missed, troubles } = node;
        self.version.set(version(state.running));
        self.target_version.set(version(*asked));
        for (because, gauge) in &self.refused {
            let refused = state.refused.as_ref().filter(|it| it.because == *because);
            gauge.set(version(refused.map(|it| it.version)));
        }
        self.drift.set(state.drift.len() as f64);
        self.stale.set(number(state.stale.is_some()));
        for (kind, gauge) in &self.trouble {
            gauge.set(number(troubles.contains(kind)));
        }
        self.missed_changes.absolute(*missed);
    }

    fn decided(&self, fleet: Option<&FleetVitals<'_>>) {
        let rollout = fleet.and_then(|it| it.target.rollout.as_ref());
        self.controller.set(number(fleet.is_some()));
        self.frozen.set(number(fleet.is_some_and(|it| it.target.frozen.is_some())));
        for (phase, gauge) in &self.phase {
            gauge.set(number(rollout.is_some_and(|it| it.phase == *phase)));
        }
        let begun = rollout.filter(|it| !it.counts.is_empty());
        self.stage.set(begun.map_or(0.0, |it| (it.stage + 1) as f64));
        let counts = fleet.map(|it| it.counts).unwrap_or_default();
        let Counts { reached, proved, rejected, lost } = counts;
        for (gauge, count) in self.nodes.iter().zip([reached, proved, rejected, lost]) {
            gauge.set(count as f64);
        }
        self.waits.set(number(fleet.is_some_and(|it| it.waits)));
    }
}

/// Returns the number of a version as metrics have it.
fn version(number: Option<u64>) -> f64 {
    number.unwrap_or_default() as f64
}
