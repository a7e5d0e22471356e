//! The one table of routes, from which the router and the OpenAPI document are made.

use axum::http::{Method, StatusCode};
use schemars::{JsonSchema, Schema, SchemaGenerator};

#[cfg(feature = "fleet")]
use super::fleet::Fleet;
use super::{
    access::Role,
    call::{Answering, Call},
    change::{self, OverrideBody, PlanBody, ReloadBody, RollbackBody, Unfinished},
    events::{self, Described},
    page,
    read::{self, Alive, Asker, Differences, History, Overrides},
};
use crate::{
    reloader::{
        Accepted, Plan, Status,
        view::{Config, Explained},
    },
    report::Report,
};

/// A function that returns the schema of a type.
pub(super) type Describe = fn(&mut SchemaGenerator) -> Schema;

/// One route.
pub(super) struct Route {
    pub(super) method: Method,
    /// The path below that of the router, with parameters in braces.
    pub(super) path: &'static str,
    pub(super) access: Access,
    /// The name of the operation in the OpenAPI document.
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) body: Option<Body>,
    pub(super) answers: &'static [Answer],
    pub(super) run: fn(Call) -> Answering,
}

/// The access to a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Everybody has it, under any host name.
    Open,
    /// Operators with this role have it.
    Needs(Role),
}

/// The body of a request, which is JSON.
pub(super) struct Body {
    pub(super) is_required: bool,
    pub(super) describe: Describe,
}

/// An answer that a route gives, beside the refusals that all of its kind give.
pub(super) enum Answer {
    Json(StatusCode, &'static str, Describe),
    /// A document of another type than `application/json`, which has its own schema.
    Document(&'static str, &'static str),
    /// A document of HTML.
    Page(&'static str),
    /// A stream of events.
    Events(&'static str, Describe),
    /// A refusal.
    Refusal(StatusCode, &'static str),
}

impl Route {
    /// Returns true if it changes nothing and has no body, so that a page of another site may well ask: it cannot read
    /// the answer.
    pub(super) fn is_safe(&self) -> bool {
        self.method == Method::GET
    }

    /// Returns true if it changes the state, so that `If-Match` may guard it.
    pub(super) fn changes(&self) -> bool {
        self.access == OPERATE
    }
}

fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

const READ: Access = Access::Needs(Role::Read);
const OPERATE: Access = Access::Needs(Role::Operate);

const fn ok<T: JsonSchema>(text: &'static str) -> Answer {
    Answer::Json(StatusCode::OK, text, of::<T>)
}

/// The answers of every route that changes something.
const CHANGED: &[Answer] = &[
    Answer::Json(StatusCode::OK, "It ran: the verdict in the report says how.", of::<Report>),
    Answer::Json(
        StatusCode::ACCEPTED,
        "It has not ended yet, and goes on. Its report comes as an event.",
        of::<Unfinished>,
    ),
    Answer::Json(
        StatusCode::UNPROCESSABLE_ENTITY,
        "It was rejected, and nothing has changed: the report says why.",
        of::<Report>,
    ),
    Answer::Refusal(
        StatusCode::PRECONDITION_FAILED,
        "Another generation is in force than `If-Match` names. Nothing was done.",
    ),
];

const UNKNOWN: Answer = Answer::Refusal(StatusCode::NOT_FOUND, "There is nothing at this path.");

macro_rules! route {
    ($method:ident $path:literal $access:ident $id:literal $summary:literal $run:path,
     $body:expr, $answers:expr) => {
        Route {
            method: Method::$method,
            path: $path,
            access: $access,
            id: $id,
            summary: $summary,
            body: $body,
            answers: $answers,
            run: |call| Box::pin($run(call)),
        }
    };
}

/// The routes that need no token.
const OPEN: Access = Access::Open;

const fn optional<T: JsonSchema>() -> Option<Body> {
    Some(Body { is_required: false, describe: of::<T> })
}

const fn required<T: JsonSchema>() -> Option<Body> {
    Some(Body { is_required: true, describe: of::<T> })
}

/// The routes.
pub(super) static ROUTES: &[Route] = &[
    route!(GET "/" OPEN "page" "Returns the page for people, which asks for a token itself."
        page::page, None, &[Answer::Page("The page.")]),
    route!(GET "/health" OPEN "health" "Tells that the process answers." read::health,
        None, &[ok::<Alive>("It does.")]),
    route!(GET "/ready" OPEN "ready" "Tells if the service is ready for requests." read::ready,
    None, &[
        ok::<Alive>("It is."),
        Answer::Refusal(StatusCode::SERVICE_UNAVAILABLE, "It is not."),
    ]),
    route!(GET "/operator" READ "operator" "Returns the name and the role of the operator that asks."
        read::operator, None, &[ok::<Asker>("The operator.")]),
    route!(GET "/status" READ "status" "Returns the state of the configuration and of reloading."
        read::status, None, &[ok::<Status>("The state.")]),
    route!(GET "/config" READ "config" "Returns every field with its value, documentation and state."
        read::config, None, &[ok::<Config>("The configuration.")]),
    route!(GET "/config/{key}" READ "explain"
        "Returns the value at a key, and what each source says of it."
        read::explain, None, &[ok::<Explained>("The value, and its explanation."), UNKNOWN]),
    route!(GET "/schema" READ "schema" "Returns the JSON schema of the configuration."
        read::schema, None, &[Answer::Document("The schema.", "application/schema+json")]),
    route!(GET "/openapi.json" READ "openapi" "Returns this document."
        read::openapi, None, &[Answer::Document("The document.", "application/openapi+json")]),
    route!(POST "/plan" READ "plan" "Returns what a reload would do now, and does nothing."
    change::plan, optional::<PlanBody>(), &[
        ok::<Plan>("The plan."),
        Answer::Refusal(StatusCode::UNPROCESSABLE_ENTITY, "A reload would be rejected for these problems."),
    ]),
    route!(POST "/reload" OPERATE "reload" "Reads the sources again and applies what changed."
        change::reload, optional::<ReloadBody>(), CHANGED),
    route!(GET "/history" READ "history" "Returns the configurations that have been in force."
        read::history, None, &[ok::<History>("The configurations, oldest first.")]),
    route!(GET "/history/{generation}" READ "generation"
        "Returns one configuration of the history, with the report that put it in force."
        read::generation, None, &[ok::<Accepted>("The configuration."), UNKNOWN]),
    route!(GET "/history/{a}/diff/{b}" READ "diff"
    "Returns the differences between two configurations of the history."
    read::diff, None, &[
        ok::<Differences>("The differences."),
        UNKNOWN,
        Answer::Refusal(
            StatusCode::UNPROCESSABLE_ENTITY,
            "One of them was in force in an earlier process, and does not fit this program any more.",
        ),
    ]),
    route!(POST "/rollback" OPERATE "rollback"
        "Puts the hot values of an earlier configuration in force again."
        change::roll_back, required::<RollbackBody>(), CHANGED),
    route!(GET "/overrides" READ "overrides" "Returns the overrides in force."
        read::overrides, None, &[ok::<Overrides>("The overrides.")]),
    route!(PUT "/overrides/{key}" OPERATE "override" "Gives a hot field another value for a while."
        change::put_override, required::<OverrideBody>(), CHANGED),
    route!(DELETE "/overrides/{key}" OPERATE "unset" "Ends the override of a field before its time."
        change::end_override, None, CHANGED),
    #[cfg(feature = "fleet")]
    route!(GET "/fleet" READ "fleet" "Returns the fleet that the service is a node of."
    read::fleet, None, &[
        ok::<Fleet>("The fleet: the rollout, its stages and every node."),
        Answer::Refusal(StatusCode::NOT_FOUND, "The service is no node of a fleet."),
    ]),
    route!(GET "/events" READ "events" "Returns each report as it comes, as server-sent events."
        events::events, None, &[Answer::Events("The reports.", of::<Described>)]),
];
