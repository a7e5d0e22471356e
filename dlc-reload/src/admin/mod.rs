//! An HTTP API for operators, as a router of [axum] to be nested anywhere in a service: look at the configuration,
//! plan, reload, roll back, override a value for a while, and follow what happens.
//!
//! ```
//! use std::net::SocketAddr;
//! use axum::Router;
//! use dlc_reload::{Loader, Reloadable, admin::{self, Tokens}};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Clone, Serialize, Deserialize, Reloadable)]
//! struct Config {
//!     /// Shown on the front page.
//!     #[reload(hot, live)]
//!     motd: String,
//!     /// The operators.
//!     #[reload(hot, live)]
//!     tokens: Tokens,
//! }
//!
//! # fn main() -> Result<(), dlc_reload::Error> {
//! # let text = "motd: hello\ntokens: []";
//! let boot = Loader::<Config>::new().text("yaml", text).load()?;
//! let reloader = boot.reloader().start()?;
//! let tokens = reloader.watch(Config::fields().tokens());
//!
//! let app = Router::<()>::new().nest_service("/admin/config", admin::router(&reloader, tokens));
//! // With the addresses of clients, failed attempts are slowed for each of them apart.
//! let app = app.into_make_service_with_connect_info::<SocketAddr>();
//! # drop(app);
//! # Ok(())
//! # }
//! ```
//!
//! There is no router without an [`Authenticator`]: [`Tokens`] in the configuration itself, or a scheme of the
//! service's own. [`Admin`] has the settings; the API runs on a runtime of tokio with its timers enabled, as
//! `#[tokio::main]` makes one.
//!
//! # Routes
//!
//! Paths are below that of the router. Mounted with `nest` in place of `nest_service`, the page is not there with a
//! slash at the end. `GET openapi.json` describes all of them, with the schema of each body and answer.
//!
//! | route | role | answer |
//! |---|---|---|
//! | `GET ` | | the page for people |
//! | `GET health` | | `{"ok": true}` while the process answers |
//! | `GET ready` | | the same, or the status 503 unless [`is_ready`](crate::Reloader::is_ready) |
//! | `GET operator` | `read` | `{name, role}` of the one who asks |
//! | `GET status` | `read` | the [`Status`](crate::Status) |
//! | `GET config` | `read` | `{generation, accepted_at, sections: [{key, description, deprecated}], fields: [field]}` |
//! | `GET config/{key}` | `read` | `{generation, key, is, fields: [field], effective, desired, origin, explanation}` |
//! | `GET schema` | `read` | the [JSON schema](crate::schema()) of the configuration |
//! | `GET openapi.json` | `read` | the OpenAPI 3.1 document of this API |
//! | `POST plan` | `read` | the [`Plan`](crate::Plan); where a reload would be rejected, the status 422 with the problems |
//! | `GET history` | `read` | `{history: [accepted]}`, each an [`Accepted`](crate::Accepted), oldest first |
//! | `GET history/{generation}` | `read` | one [`Accepted`](crate::Accepted) |
//! | `GET history/{a}/diff/{b}` | `read` | `{from, to, changes}`, each a [`Changed`](crate::Changed) |
//! | `GET overrides` | `read` | `{overrides}`, each an [`Overridden`](crate::Overridden) |
//! | `GET fleet` | `read` | the fleet that the service is a node of; see below |
//! | `GET events` | `read` | each [`Report`](crate::Report) as it comes, as server-sent events |
//! | `POST reload` | `operate` | a report; the body may have `why` and `confirm_shrinking` |
//! | `POST rollback` | `operate` | a report; `{"generation": 41, "why": "slow logins"}` |
//! | `PUT overrides/{key}` | `operate` | a report; `{"value": "debug", "for": "15m", "why": "slow logins"}` |
//! | `DELETE overrides/{key}?why=…` | `operate` | a report |
//!
//! A *field* is a [`FieldStatus`](crate::FieldStatus) (`key`, `class`, `effective`, `desired`, `origin`, `secret`) with
//! what the schema says of it (`type` in words, `description`, `default`, `deprecated`) and, where there are any,
//! `pending` (a list) and `override`. Of a key, `is` says what it names: a `section`, whose fields are all in `fields`;
//! a `field`, which is the only one there; or a value `inside` of that one, which is in `effective` and `desired`. Keys
//! are written as everywhere (`upstreams["a"].weight`), with percent signs where a URL needs them.
//!
//! What is absent is no member, never `null`; a secret has neither `effective` nor `desired`.
//!
//! # Changes
//!
//! A change is answered with its report: with the status 422 if it was `rejected`, and 200 with any other verdict. One
//! that takes longer than the [patience](Admin::patience) of a request goes on: the status is 202, the body
//! `{detail, request, after, running}`, and the report comes as an event: one of those after `after`, as its
//! `Last-Event-ID`, whose trigger has the name of the `request`. It does for no later change, and none does for it.
//!
//! Every answer with the status 200 has the generation in force as its `ETag`: `"7"`. A change with that text in
//! `If-Match`, alone or in a list, is refused with the status 412 if another generation is in force once its turn has
//! come; nothing can come in between. So an operator changes what he has seen, and a request that is sent twice applies
//! its change once. A change that was answered with 202 and is refused so when its turn comes has no report; the
//! reports before it are of another generation than it names. A process without a [history
//! file](crate::Builder::history_file) begins with generation 1 again.
//!
//! The name of the operator is the actor in the report, the log and the audit, and the route with the reason (`why`) is
//! the detail.
//!
//! # Events
//!
//! Each report is an event of the kind `report`, with its number and the name of the process as the `id`:
//! `42-5f3a9c01`. A stream begins with the reports after the one that the header `Last-Event-ID` names, and without
//! that with the next one; its first lines have the `id` to go on from. `0` asks for all that are kept: the last
//! hundred, or fewer if they take more than 4 MiB. Where some that were asked for are not kept any more, or the process
//! is another one, an event of the kind `missed` comes first, with `{"after": 3, "next": 57, "restarted": false}`. A
//! number without the name of a process is taken for one of this process, unless no report has it. Nothing is queued
//! for a client: a slow one reads what is kept. A stream ends when the operator may not read any more, which is asked
//! before each report and every 15 seconds, and when the service [stops](Admin::until).
//!
//! # The fleet
//!
//! With the feature `fleet`, a service that is a node of a fleet shows all of it, without a line of its own:
//! `{node, read_at, …}` with what an `Overview` has, and the revision of the pointer as the `ETag`. The store is read
//! for it once a second at most, and not on the reload thread. While it cannot be read, the answer is that of before,
//! with `out_of_reach: {since, reason}`.
//!
//! # Refusals
//!
//! All that is refused is a problem of RFC 9457 (`application/problem+json`): `{type, title, status, detail}`, for
//! programs the `type` and for people the `detail`; with `problems` where a configuration is refused, `generation` and
//! `expected` with the status 412, and `meant` where a key is misspelt.
//!
//! | status | `type` |
//! |---|---|
//! | 400 | `urn:dlc-reload:bad-request` |
//! | 401 | `urn:dlc-reload:unauthenticated` |
//! | 403 | `urn:dlc-reload:wrong-role`, `urn:dlc-reload:cross-site` |
//! | 404 | `urn:dlc-reload:unknown-path`, `urn:dlc-reload:unknown-key`, `urn:dlc-reload:unknown-generation`, `urn:dlc-reload:no-fleet` |
//! | 405 | `urn:dlc-reload:wrong-method` |
//! | 408 | `urn:dlc-reload:too-slow`: the body did not arrive within 10 seconds |
//! | 412 | `urn:dlc-reload:superseded` |
//! | 413 | `urn:dlc-reload:too-large` |
//! | 415 | `urn:dlc-reload:not-json` |
//! | 421 | `urn:dlc-reload:wrong-host` |
//! | 422 | `urn:dlc-reload:invalid` |
//! | 429 | `urn:dlc-reload:too-many` |
//! | 500 | `urn:dlc-reload:panicked`: code of the service's own |
//! | 503 | `urn:dlc-reload:not-ready`, `…:busy`, `…:stopped`, `…:no-access`, `…:fleet-out-of-reach` |
//!
//! # Browsers and attackers
//!
//! - A request for a host name that is [none of the service's](Admin::hosts) is refused, so that a page of another site
//!   cannot reach it under a name of its own. A change that such a page sends is refused by its `Origin` or
//!   `Sec-Fetch-Site`. A proxy has to pass `Host` on, or the name that browsers know it by has to be one of the hosts.
//! - Answers are never cached, framed, sniffed or read by other sites.
//! - Failed attempts are counted ([`Activity`]), and their answers come later and later: after five at once, a tenth of
//!   a second, and up to three. Sixteen wait at most; more are refused at once with the status 429. Who has the right
//!   token is never held back. They count by the address that a client connects from, all together where the service
//!   does not serve with [`ConnectInfo`](::axum::extract::ConnectInfo). A proxy in front of it has one address for all
//!   of its clients; a layer puts theirs there, as in the example below.
//! - Bodies, waiting tasks, streams and remembered addresses are bounded. The time in which a *head* arrives is that of
//!   the server that the router runs in.
//! - TLS is the service's matter: tokens are readable to everybody on the way without it.
//!
//! ```
//! use std::net::{IpAddr, SocketAddr};
//! use axum::{extract::{ConnectInfo, Request}, middleware::map_request};
//!
//! /// Takes the address of a client from the header of the proxy, which is the only one that reaches the service.
//! async fn behind_proxy(mut request: Request) -> Request {
//!     let all = request.headers().get_all("x-forwarded-for").iter().filter_map(|list| list.to_str().ok());
//!     // The proxy has added the last one; those before it are what the client says.
//!     let client = all.last().and_then(|list| list.rsplit(',').next()?.trim().parse::<IpAddr>().ok());
//!     if let Some(client) = client {
//!         request.extensions_mut().insert(ConnectInfo(SocketAddr::from((client, 0))));
//!     }
//!     request
//! }
//!
//! # fn admin() -> axum::Router { axum::Router::new() }
//! let operators = admin().layer(map_request(behind_proxy));
//! # drop(operators);
//! ```

mod access;
mod attempts;
mod call;
mod change;
mod events;
#[cfg(feature = "fleet")]
mod fleet;
mod gate;
mod openapi;
mod page;
mod read;
mod refusal;
mod routes;
mod service;
mod site;
mod tokens;

use std::{
    any::Any,
    collections::BTreeMap,
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::{
    Router,
    extract::{RawPathParams, Request, rejection::RawPathParamsRejection},
    middleware::map_response,
    response::{IntoResponse, Response},
    routing::{MethodFilter, MethodRouter},
};
use futures_util::{FutureExt as _, future::pending};
use tower_http::catch_panic::CatchPanicLayer;

use self::{
    access::Gatekeeper,
    attempts::Attempts,
    call::{Answered, App, Stopping, Streams},
    gate::{harden, pass},
    refusal::{Kind, Refusal},
    routes::{ROUTES, Route},
    service::Service,
};
pub use self::{
    access::{Authenticator, Denied, Operator, Role},
    tokens::{Token, Tokens},
};
use crate::{reloader::Reloader, section::Reloadable};

/// Returns the admin API of a reloader, for operators that `auth` tells apart.
///
/// It is the short form of [`Admin`], which has the settings.
pub fn router<C: Reloadable>(reloader: &Reloader<C>, auth: impl Authenticator) -> Router {
    Admin::new(reloader, auth).router()
}

/// The settings of the admin API.
#[must_use = "`router` makes the API of it"]
pub struct Admin {
    service: Box<dyn Service>,
    gate: Box<dyn Gatekeeper>,
    hosts: Vec<String>,
    patience: Duration,
    body_limit: usize,
    body_time: Duration,
    activity: Activity,
    stopping: Stopping,
}

impl Admin {
    /// Makes the settings of the admin API of a reloader, for operators that `auth` tells apart.
    ///
    /// It does not keep the reloader alive: once that is dropped, all requests are refused with the status 503.
    pub fn new<C: Reloadable>(reloader: &Reloader<C>, auth: impl Authenticator) -> Self {
        Self {
            service: Box::new(reloader.controls()),
            gate: Box::new(auth),
            hosts: Vec::new(),
            patience: Duration::from_secs(30),
            body_limit: 64 << 10,
            body_time: Duration::from_secs(10),
            activity: Activity::default(),
            stopping: pending().boxed().shared(),
        }
    }

    /// Adds host names under which the API answers, beside IP addresses and `localhost`. Ports do not matter.
    ///
    /// A request for any other name is refused: a page of another site may have made the name resolve to this service.
    /// Where a proxy does not pass `Host` on, as nginx does not by itself, add the name that browsers know it by:
    /// changes from the page carry that name as their `Origin`.
    pub fn hosts<H: Into<String>>(mut self, hosts: impl IntoIterator<Item = H>) -> Self {
        self.hosts.extend(hosts.into_iter().map(Into::into));
        self
    }

    /// Sets the time for which a request waits for a change, 30 seconds by default. Then it is answered with the status
    /// 202, and the change goes on.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sets the greatest size of the body of a request in bytes, 64 KiB by default.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Ends the event streams once `stop` is ready. They go on for ever otherwise, and a server that waits for open
    /// requests before it stops would wait for them.
    ///
    /// ```
    /// # use axum::Router;
    /// # use dlc_reload::{Loader, Reloadable, admin::{Admin, Tokens}};
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// # struct Config { #[reload(hot, live)] tokens: Tokens }
    /// # let reloader = Loader::<Config>::new().text("yaml", "tokens: []").load()?.reloader().start()?;
    /// # let tokens = reloader.watch(Config::fields().tokens());
    /// async fn stop_signal() {
    ///     // Waits for SIGTERM, as the server does.
    /// #   std::future::pending().await
    /// }
    ///
    /// let operators = Admin::new(&reloader, tokens).until(stop_signal()).router();
    /// let app = Router::<()>::new().nest_service("/admin/config", operators);
    /// # drop(app);
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    pub fn until(mut self, stop: impl Future<Output = ()> + Send + 'static) -> Self {
        self.stopping = stop.boxed().shared();
        self
    }

    /// Sets the time in which the body of a request has to arrive, 10 seconds by default.
    pub fn body_time(mut self, time: Duration) -> Self {
        self.body_time = time;
        self
    }

    /// Returns the numbers of what happens at the API, which stay readable.
    pub fn activity(&self) -> Activity {
        self.activity.clone()
    }

    /// Makes the router.
    pub fn router(self) -> Router {
        let Self { service, gate, hosts, patience, body_limit, body_time, activity, stopping } =
            self;
        let Activity { attempts, streams } = activity;
        let app = Arc::new(App {
            service,
            gate,
            hosts,
            patience,
            body_limit,
            body_time,
            stopping,
            attempts,
            streams,
            outline: OnceLock::new(),
            openapi: OnceLock::new(),
            #[cfg(feature = "fleet")]
            last_look: fleet::LastLook::default(),
            document: openapi::document,
        });
        let mut paths: BTreeMap<&str, MethodRouter> = BTreeMap::new();
        for route in ROUTES {
            let methods = paths.remove(route.path);
            let methods = methods.unwrap_or_else(|| MethodRouter::new().fallback(wrong_method));
            paths.insert(route.path, with(methods, route, &app));
        }
        let router = paths
            .into_iter()
            .fold(Router::new(), |router, (path, methods)| router.route(path, methods));
        router
            .fallback(unknown_path)
            .layer(CatchPanicLayer::custom(panicked))
            .layer(map_response(harden))
    }
}

/// Adds a route to those of its path.
fn with(methods: MethodRouter, route: &'static Route, app: &Arc<App>) -> MethodRouter {
    #[expect(clippy::expect_used, reason = "the table has no other methods")]
    let filter = MethodFilter::try_from(route.method.clone()).expect("a method of axum");
    let app = Arc::clone(app);
    let run = async move |parameters: Result<RawPathParams, RawPathParamsRejection>,
                          request: Request| {
        let parameters = parameters.map_err(|_| {
            Refusal::new(Kind::BadRequest, "the path is not UTF-8 once its `%` are decoded")
        })?;
        let named = parameters.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        pass(app, route, named.collect(), request).await
    };
    methods.on(filter, run)
}

async fn wrong_method() -> Answered {
    Err(Refusal::new(Kind::WrongMethod, "this path has other methods, see the header `Allow`"))
}

async fn unknown_path() -> Answered {
    Err(Refusal::new(Kind::UnknownPath, "the admin API has no such path, see `openapi.json`"))
}

fn panicked(_: Box<dyn Any + Send>) -> Response {
    // What a panic says may quote a secret.
    let message = "code of the service panicked, see the error output of the process";
    Refusal::new(Kind::Panicked, message).into_response()
}

/// The numbers of what happens at an admin API, for a metric.
#[derive(Clone, Debug, Default)]
pub struct Activity {
    attempts: Arc<Attempts>,
    streams: Arc<Streams>,
}

impl Activity {
    /// Returns the number of requests that were refused because of wrong credentials. One without any is not among
    /// them.
    pub fn failed_attempts(&self) -> u64 {
        self.attempts.failed()
    }

    /// Returns the number of those that were refused at once with the status 429, because the answers to too many
    /// others from their address were held back.
    pub fn turned_away(&self) -> u64 {
        self.attempts.turned_away()
    }

    /// Returns the number of event streams that are open.
    pub fn event_streams(&self) -> usize {
        self.streams.count()
    }
}

impl fmt::Debug for Admin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hosts, patience, body_limit, body_time, .. } = self;
        f.debug_struct("Admin")
            .field("hosts", hosts)
            .field("patience", patience)
            .field("body_limit", body_limit)
            .field("body_time", body_time)
            .finish_non_exhaustive()
    }
}
