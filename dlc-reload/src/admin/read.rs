//! The routes that look.

use axum::{Json, response::IntoResponse};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    access::{Operator, Role},
    call::{Answered, Call, json, json_as},
    refusal::{Kind, Refusal},
};
use crate::{
    place::Key,
    reloader::{
        Accepted, Overridden, Status,
        view::{Config, Explained, Known, Nothing},
    },
    report::Changed,
};

/// The answer of a service that is there.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Alive {
    /// Always true.
    ok: bool,
}

/// The operator that asks.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Asker {
    /// The name, which is the actor in reports.
    name: String,
    /// The role.
    role: Role,
}

/// The configurations that have been in force, oldest first; the last one is in force now.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct History {
    /// The configurations.
    history: Vec<Accepted>,
}

/// The differences between two configurations of the history.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Differences {
    /// The generation of the old values.
    from: u64,
    /// The generation of the new values.
    to: u64,
    /// The values that differ.
    changes: Vec<Changed>,
}

/// The overrides in force.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Overrides {
    /// The overrides, in the order in which they began.
    overrides: Vec<Overridden>,
}

pub(super) async fn health(call: Call) -> Answered {
    drop(call);
    Ok(Json(Alive { ok: true }).into_response())
}

pub(super) async fn ready(call: Call) -> Answered {
    if call.app.service.is_stopped() || !call.app.service.is_ready() {
        return Err(Refusal::new(Kind::NotReady, "not ready"));
    }
    health(call).await
}

pub(super) async fn operator(call: Call) -> Answered {
    let (generation, _) = call.app.service.generation();
    let Some(Operator { name, role }) = call.operator else {
        return Err(Refusal::new(Kind::Unauthenticated, "nobody asks"));
    };
    json(generation, &Asker { name, role })
}

pub(super) async fn status(call: Call) -> Answered {
    let status = call.app.service.status();
    json(status.generation, &status)
}

pub(super) async fn config(call: Call) -> Answered {
    let config = Config::of(known(&call));
    json(config.generation, &config)
}

pub(super) async fn explain(call: Call) -> Answered {
    let (key, service) = (call.key(), &call.app.service);
    // Before the explanation, which is of the same moment unless a reload comes in between.
    let known = known(&call);
    let table = service.shape().table();
    let canonical = table.canonical(&key);
    let (explanation, origin) = (service.explain(&canonical), service.origin(&canonical));
    match Explained::of(known, explanation, origin, table) {
        Ok(explained) => json(explained.generation, &explained),
        Err(nothing) => Err(refused(&key, nothing)),
    }
}

/// Returns the parts of which a view is made.
fn known(call: &Call) -> Known<'_> {
    let (_, accepted_at) = call.app.service.generation();
    let Status { generation, fields, pending, overrides, .. } = call.app.service.status();
    let outline = call.app.outline();
    Known { generation, accepted_at, fields, pending, overrides, outline }
}

fn refused(key: &Key, nothing: Nothing) -> Refusal {
    let refusal = Refusal::new(Kind::UnknownKey, nothing.message(key));
    match nothing {
        Nothing::Unknown(Some(meant)) => refusal.meant(Some(meant)),
        Nothing::Unknown(None) | Nothing::Empty => refusal,
    }
}

pub(super) async fn schema(call: Call) -> Answered {
    let (generation, _) = call.app.service.generation();
    let schema = call.app.service.shape().published();
    json_as("application/schema+json", generation, &schema)
}

pub(super) async fn openapi(call: Call) -> Answered {
    let (generation, _) = call.app.service.generation();
    json_as("application/openapi+json", generation, call.app.openapi())
}

pub(super) async fn history(call: Call) -> Answered {
    let history = call.app.service.history();
    let newest = history.last().map_or(0, |accepted| accepted.generation);
    json(newest, &History { history })
}

pub(super) async fn generation(call: Call) -> Answered {
    let wanted = call.number("generation")?;
    let history = call.app.service.history();
    let newest = history.last().map_or(0, |accepted| accepted.generation);
    let found = history.iter().find(|accepted| accepted.generation == wanted);
    json(newest, found.ok_or_else(|| unknown(wanted, &history))?)
}

fn unknown(generation: u64, history: &[Accepted]) -> Refusal {
    let of = |accepted: Option<&Accepted>| accepted.map_or(0, |accepted| accepted.generation);
    let (first, last) = (of(history.first()), of(history.last()));
    let message = format!(
        "generation {generation} is not in the history, which reaches from {first} to {last}"
    );
    Refusal::new(Kind::UnknownGeneration, message)
}

pub(super) async fn diff(call: Call) -> Answered {
    let (from, to) = (call.number("a")?, call.number("b")?);
    let (generation, _) = call.app.service.generation();
    let history = call.app.service.history();
    for wanted in [from, to] {
        if !history.iter().any(|accepted| accepted.generation == wanted) {
            return Err(unknown(wanted, &history));
        }
    }
    let changes = call.app.service.diff(from, to)?;
    json(generation, &Differences { from, to, changes })
}

/// The store blocks, so the answer is not made on this thread, nor on that of the reloads.
#[cfg(feature = "fleet")]
pub(super) async fn fleet(call: Call) -> Answered {
    let Some(joined) = call.app.service.fleet() else {
        let message = "this service is no node of a fleet: its builder was not given one";
        return Err(Refusal::new(Kind::NoFleet, message));
    };
    match call.app.last_look.fleet(joined).await {
        Ok(fleet) => json(fleet.revision(), &fleet),
        Err(reason) => Err(Refusal::new(Kind::FleetOutOfReach, reason).retry_after(5)),
    }
}

pub(super) async fn overrides(call: Call) -> Answered {
    let status = call.app.service.status();
    json(status.generation, &Overrides { overrides: status.overrides })
}
