//! The reactions of the service to changes. They are all of the code between the library and the parts.

use std::{net::SocketAddr, sync::Arc};

use dlc_reload::{Change, Commit, HookResult, block_on};

use crate::{
    access_log::{self, Log},
    config::{
        AccessLog, AccessLogDiff, ConfigHooks, PoolHooks, RateDiff, Tls, TlsDiff, Upstream,
        UpstreamDiff,
    },
    listen::Listeners,
    pool::Slots,
    rate::Limit,
    tls::{self, Certificate},
    upstreams::{Target, Upstreams},
};

/// The parts of the service that a change has to reach.
///
/// They begin empty: the start takes the same hooks as a change, because of `apply_at_start`.
#[derive(Debug)]
pub struct Parts {
    /// The sockets that take connections.
    pub listeners: Listeners,
    /// The certificate for new connections.
    pub certificate: Arc<Certificate>,
    /// The bound of the requests that are with the upstreams.
    pub slots: Slots,
    /// The upstreams, by name.
    pub upstreams: Upstreams,
    /// The rate of requests.
    pub limit: Limit,
    /// The log of requests.
    pub access_log: Log,
}

impl ConfigHooks for Parts {
    /// An address that cannot be had refuses the change. Where a later commit fails, the listeners of before go on.
    fn on_listen(&self, listen: Change<'_, SocketAddr>) -> HookResult<'_> {
        let bound = self.listeners.bind(*listen.new)?;
        Ok(Commit::fallible(move || Ok(self.listeners.open(bound)?)).undo(|before| {
            self.listeners.restore(before);
            Ok(())
        }))
    }

    /// The new certificate is for connections that begin from now on.
    fn on_tls<'a>(&'a self, diff: TlsDiff<'a>) -> HookResult<'a> {
        let Tls { cert, key } = diff.values().new;
        let server = tls::server(cert, key)?;
        Ok(Commit::new(move || self.certificate.store(Some(server))))
    }

    /// A new upstream has to answer before it joins, and joins with the connection on which it did.
    fn on_upstreams_added<'a>(&'a self, name: &'a String, new: &'a Upstream) -> HookResult<'a> {
        let target = block_on(Target::warm(new))?;
        Ok(Commit::future(async move {
            self.upstreams.join(name, target, new.weight).await;
            Ok(())
        }))
    }

    fn on_upstreams_removed<'a>(&'a self, name: &'a String, _: &'a Upstream) -> HookResult<'a> {
        Ok(Commit::future(async move {
            self.upstreams.leave(name).await;
            Ok(())
        }))
    }

    fn on_upstreams_changed<'a>(
        &'a self,
        name: &'a String,
        diff: UpstreamDiff<'a>,
    ) -> HookResult<'a> {
        let Some(weight) = diff.weight else { return Ok(Commit::none()) };
        Ok(Commit::future(async move {
            self.upstreams.weigh(name, *weight.new).await;
            Ok(())
        }))
    }

    fn on_rate<'a>(&'a self, diff: RateDiff<'a>) -> HookResult<'a> {
        let rate = diff.values().new;
        Ok(Commit::new(move || self.limit.replace(rate)))
    }

    fn on_access_log_appeared<'a>(&'a self, new: &'a AccessLog) -> HookResult<'a> {
        let file = access_log::open(&new.path)?;
        Ok(Commit::new(move || self.access_log.write_to(Some(file))))
    }

    fn on_access_log_vanished<'a>(&'a self, _: &'a AccessLog) -> HookResult<'a> {
        Ok(Commit::new(|| self.access_log.write_to(None)))
    }

    fn on_access_log<'a>(&'a self, _: AccessLogDiff<'a>) -> HookResult<'a> {
        Ok(Commit::none()) // `one_in` is read at every request
    }
}

impl PoolHooks for Parts {
    /// Only the pool knows how far it can grow, so that it is asked in the commit.
    fn on_size(&self, size: Change<'_, usize>) -> HookResult<'_> {
        let size = *size.new;
        Ok(Commit::fallible(move || Ok(self.slots.resize(size)?)).undo(|before| {
            self.slots.restore(before);
            Ok(())
        }))
    }
}
