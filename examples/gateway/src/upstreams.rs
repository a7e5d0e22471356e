//! The servers behind the gateway.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    body::Body,
    http::{
        HeaderName, HeaderValue, Request, Response, Uri,
        header::{AUTHORIZATION, CONNECTION, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE},
        uri::Authority,
    },
};
use dlc_reload::Veto;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::{sync::RwLock, time::timeout};

use crate::config::Upstream;

/// The time that a new server has to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Headers that are about one connection, and not about the request.
const HOP_BY_HOP: [HeaderName; 6] = [CONNECTION, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];

/// The upstreams, by name.
#[derive(Debug, Default)]
pub struct Upstreams {
    members: RwLock<BTreeMap<String, Member>>,
    turn: AtomicU64,
}

#[derive(Debug)]
struct Member {
    target: Arc<Target>,
    weight: u32,
}

/// A server, and the connections to it.
#[derive(Debug)]
pub struct Target {
    client: Client<HttpConnector, Body>,
    authority: Authority,
    authorization: Option<HeaderValue>,
}

impl Upstreams {
    /// Adds a server.
    pub async fn join(&self, name: &str, target: Target, weight: u32) {
        let member = Member { target: Arc::new(target), weight };
        self.members.write().await.insert(name.to_owned(), member);
    }

    /// Removes a server; the requests that are with it are finished.
    pub async fn leave(&self, name: &str) {
        self.members.write().await.remove(name);
    }

    /// Changes the share of a server.
    pub async fn weigh(&self, name: &str, weight: u32) {
        if let Some(member) = self.members.write().await.get_mut(name) {
            member.weight = weight;
        }
    }

    /// Returns the server of this name.
    pub async fn named(&self, name: &str) -> Option<Arc<Target>> {
        self.members.read().await.get(name).map(|member| Arc::clone(&member.target))
    }

    /// Returns each server as often in turn as its share says.
    pub async fn any(&self) -> Option<Arc<Target>> {
        let members = self.members.read().await;
        let shares: u64 = members.values().map(|member| u64::from(member.weight)).sum();
        let mut turn = self.turn.fetch_add(1, Ordering::Relaxed).checked_rem(shares)?;
        let member = members.values().find(|member| {
            let before = turn;
            turn = turn.saturating_sub(member.weight.into());
            before < member.weight.into()
        })?;
        Some(Arc::clone(&member.target))
    }
}

impl Target {
    /// Connects to a server and asks it something, so that its first request finds a connection.
    ///
    /// # Errors
    ///
    /// The server does not answer in time, or what the configuration says of it cannot be sent.
    pub async fn warm(upstream: &Upstream) -> Result<Self, Veto> {
        let authorization = match &upstream.token {
            None => None,
            Some(token) => {
                // The error says nothing of the text.
                let mut value = HeaderValue::try_from(format!("Bearer {}", token.expose()))?;
                value.set_sensitive(true);
                Some(value)
            }
        };
        let client = Client::builder(TokioExecutor::new()).build_http();
        let authority = upstream.address.parse()?;
        let target = Self { client, authority, authorization };
        let request = Request::head("/").body(Body::empty())?;
        timeout(PATIENCE, target.send(request, "/")).await??;
        Ok(target)
    }

    /// Sends a request to the server, for this path and query.
    ///
    /// # Errors
    ///
    /// The server cannot be reached, or does not speak HTTP.
    pub async fn send(
        &self,
        mut request: Request<Body>,
        path: &str,
    ) -> Result<Response<Body>, Veto> {
        let uri = Uri::builder().scheme("http").authority(self.authority.clone());
        *request.uri_mut() = uri.path_and_query(path).build()?;
        let headers = request.headers_mut();
        HOP_BY_HOP.iter().for_each(|name| _ = headers.remove(name));
        if let Some(authorization) = &self.authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        Ok(self.client.request(request).await?.map(Body::new))
    }
}
