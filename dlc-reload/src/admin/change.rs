//! The routes that plan and change.

use axum::{
    Json,
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Number, Value};
use tokio::time::timeout;

use super::{
    call::{Answered, App, Call, json},
    refusal::{Kind, Refusal},
    service::Task,
};
use crate::{reloader::Running, report::Verdict, trigger::Trigger, units::Period};

/// The greatest number of requests that the reload thread has not begun; more are refused.
const MOST_WAITING: usize = 1000;

/// The body of a reload.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReloadBody {
    /// The reason, which stands in the report and in the audit.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    why: Option<String>,
    /// True if a file may set far less than before, which is refused otherwise where the service wants that. Plan
    /// first.
    #[serde(default)]
    confirm_shrinking: bool,
}

/// The body of a rollback.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RollbackBody {
    /// The generation whose hot values are put in force again.
    #[serde(deserialize_with = "whole")]
    generation: u64,
    /// The reason, which stands in the report and in the audit.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    why: Option<String>,
}

/// The body of an override.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OverrideBody {
    /// The value that the field is to have, as a source would write it.
    #[serde(deserialize_with = "Value::deserialize")]
    value: Value,
    /// The time after which the override ends by itself, such as `15m`; without it, it stays until it is ended.
    #[serde(default, rename = "for")]
    #[schemars(schema_with = "period")]
    lasts: Option<Period>,
    /// The reason, which stands in the report and in the audit.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    why: Option<String>,
}

/// Returns the schema of a period: its units at most once, and the longer ones first.
fn period(_: &mut SchemaGenerator) -> Schema {
    const UNITS: [&str; 8] = ["w", "d", "h", "m", "s", "ms", "us", "ns"];
    let from = |first: usize| {
        let shorter = UNITS[first + 1..].iter().map(|unit| format!("( ?[0-9]{{1,9}}{unit})?"));
        format!("[0-9]{{1,9}}{}{}", UNITS[first], shorter.collect::<String>())
    };
    let all: Vec<_> = (0..UNITS.len()).map(from).collect();
    json_schema!({
        "type": ["string", "null"],
        "pattern": format!("^({})$", all.join("|")),
        "examples": ["15m", "1h 30m"],
    })
}

/// The greatest integer that a float has exactly, with all below it.
const GREATEST: f64 = 9_007_199_254_740_991.0;

/// Reads an integer, which JSON may write as `7.0`.
fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = Number::deserialize(deserializer)?;
    let float =
        || number.as_f64().filter(|float| float.fract() == 0.0 && (0.0..=GREATEST).contains(float));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is whole, and in the range"
    )]
    let whole = number.as_u64().or_else(|| float().map(|float| float as u64));
    whole.ok_or_else(|| de::Error::custom("the number of a generation is a whole one"))
}

/// The query of the end of an override.
#[derive(Debug, Deserialize)]
struct EndQuery {
    #[serde(default)]
    why: Option<String>,
}

/// The answer to a change that is not done yet. It goes on, and its report comes as an event.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Unfinished {
    /// The state of the change, and where its report will be.
    detail: String,
    /// The name of the request, which the trigger of its report has, too.
    request: String,
    /// The place in the event stream after which its report comes, for `Last-Event-ID`.
    after: String,
    /// The step that the reload thread takes at the moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    running: Option<Running>,
}

pub(super) async fn plan(call: Call) -> Answered {
    let PlanBody {} = call.json(Some(PlanBody {}))?;
    let app = &call.app;
    not_too_many(app)?;
    let (generation, _) = app.service.generation();
    match timeout(app.patience, app.service.plan()).await {
        Ok(plan) => json(generation, &plan?),
        Err(_) => {
            let message = "the reload thread has been busy for too long to make a plan, see `running` in the status";
            Err(Refusal::new(Kind::Busy, message).retry_after(5))
        }
    }
}

/// The body of a plan.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanBody {}

pub(super) async fn reload(call: Call) -> Answered {
    let ReloadBody { why, confirm_shrinking } = call.json(Some(ReloadBody::default()))?;
    let mut trigger = call.trigger("/reload", why)?;
    if confirm_shrinking {
        trigger = trigger.confirm_shrinking();
    }
    change(&call, Task::Reload, trigger).await
}

pub(super) async fn roll_back(call: Call) -> Answered {
    let RollbackBody { generation, why } = call.json(None)?;
    let trigger = call.trigger(&format!("/rollback to generation {generation}"), why)?;
    change(&call, Task::RollBack(generation), trigger).await
}

pub(super) async fn put_override(call: Call) -> Answered {
    let OverrideBody { value, lasts, why } = call.json(None)?;
    let key = call.key();
    let trigger = call.trigger(&format!("/overrides/{key}"), why)?;
    let lasts = lasts.map(|period| *period);
    change(&call, Task::Override { key, value, lasts }, trigger).await
}

pub(super) async fn end_override(call: Call) -> Answered {
    let query = Query::<EndQuery>::try_from_uri(&call.request.uri);
    let Query(EndQuery { why }) =
        query.map_err(|error| Refusal::new(Kind::BadRequest, format!("the query: {error}")))?;
    let key = call.key();
    let trigger = call.trigger(&format!("/overrides/{key}"), why)?;
    change(&call, Task::EndOverride(key), trigger).await
}

/// Asks for a change and waits for its report, for as long as a connection should be kept waiting.
async fn change(call: &Call, task: Task, trigger: Trigger) -> Answered {
    let app = &call.app;
    let expected = call.expected()?;
    not_too_many(app)?;
    let feed = app.service.feed();
    let after = feed.named(feed.newest());
    let name = trigger.request().unwrap_or_default().to_owned();
    let mut request = app.service.ask(task, expected, trigger);
    let Ok(report) = timeout(app.patience, &mut request).await else {
        // A later reload would do for one whose report nobody waits for, and this one's report is promised.
        drop(tokio::spawn(request));
        let detail = "it has not ended yet and goes on: its report comes as an event and names this `request`, and `running` says what it waits for";
        let running = app.service.status().running;
        let unfinished = Unfinished { detail: detail.to_owned(), request: name, after, running };
        return Ok((StatusCode::ACCEPTED, Json(unfinished)).into_response());
    };
    let report = report?;
    let mut response: Response = json(report.generation(), &report)?;
    if report.verdict() == Verdict::Rejected {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn not_too_many(app: &App) -> Result<(), Refusal> {
    if app.service.waiting() < MOST_WAITING {
        return Ok(());
    }
    let message =
        format!("{MOST_WAITING} requests wait for the reload thread, see `running` in the status");
    Err(Refusal::new(Kind::Busy, message).retry_after(5))
}
