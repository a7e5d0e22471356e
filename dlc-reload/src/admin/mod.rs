//! An HTTP API for operators, as a router of [axum](::axum) to be nested anywhere in a service.

mod access;
mod attempts;
mod call;
mod change;
mod events;
mod gate;
mod inside;
mod openapi;
mod read;
mod refusal;
mod routes;
mod service;
mod site;
mod tokens;
mod view;

use std::{
    any::Any,
    collections::BTreeMap,
    fmt,
    sync::{Arc, LazyLock, OnceLock},
    time::Duration,
};

use axum::{
    Router,
    extract::{RawPathParams, Request, rejection::RawPathParamsRejection},
    middleware::map_response,
    response::{IntoResponse, Response},
    routing::{MethodFilter, MethodRouter},
};
use tower_http::catch_panic::CatchPanicLayer;

use self::{
    access::Gatekeeper,
    attempts::Attempts,
    call::{Answered, App, Streams},
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
    activity: Activity,
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
            activity: Activity::default(),
        }
    }

    /// Adds host names under which the API answers, beside IP addresses and `localhost`. Ports do not matter.
    ///
    /// A request for any other name is refused: a page of another site may have made the name resolve to this service.
    pub fn hosts<H: Into<String>>(mut self, hosts: impl IntoIterator<Item = H>) -> Self {
        self.hosts.extend(hosts.into_iter().map(Into::into));
        self
    }

    /// Sets the time for which a request waits for a change, 30 seconds by default. Then it is answered with the status 202,
    /// and the change goes on.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sets the greatest size of the body of a request in bytes, 64 KiB by default.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Returns the numbers of what happens at the API, which stay readable.
    pub fn activity(&self) -> Activity {
        self.activity.clone()
    }

    /// Makes the router.
    pub fn router(self) -> Router {
        let Self { service, gate, hosts, patience, body_limit, activity } = self;
        let Activity { attempts, streams } = activity;
        let app = Arc::new(App {
            service,
            gate,
            hosts,
            patience,
            body_limit,
            attempts,
            streams,
            outline: OnceLock::new(),
            openapi: LazyLock::new(openapi::document),
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
    /// Returns the number of requests that were refused because of wrong credentials. One without any is not among them.
    pub fn failed_attempts(&self) -> u64 {
        self.attempts.failed()
    }

    /// Returns the number of requests that were turned away without a look at their credentials, because too many from
    /// their address had failed.
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
        let Self { hosts, patience, body_limit, .. } = self;
        f.debug_struct("Admin")
            .field("hosts", hosts)
            .field("patience", patience)
            .field("body_limit", body_limit)
            .finish_non_exhaustive()
    }
}
