//! The settings of what is told of reloads.

use std::sync::Arc;

use super::Builder;
#[cfg(feature = "systemd")]
use crate::observers::systemd::Systemd;
use crate::{report::Observer, section::Reloadable};

impl<C: Reloadable, H: ?Sized> Builder<C, H> {
    /// Measures reloads for Prometheus and its like, through the recorder that the service has [installed](::metrics)
    /// before this call: each series is there from the start on, and without a recorder all of it is lost. All names
    /// begin with `config_`; `docs/operators/metrics.md` lists them, with rules for alerts and a dashboard. A node of a
    /// fleet has more of them, made at the start.
    ///
    /// Only one reloader of a process can have them: those of another would be the same series.
    ///
    /// ```
    /// # use dlc_reload::{Loader, Reloadable};
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// # struct Config { #[reload(hot, live)] motd: String }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let prometheus = metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder()?;
    /// let boot = Loader::<Config>::new().text("yaml", "motd: hello").load()?;
    /// let reloader = boot.reloader().metrics().start()?;
    /// assert!(prometheus.render().contains("\nconfig_generation 1\n"));
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "metrics")]
    #[must_use]
    pub fn metrics(mut self) -> Self {
        let metrics = Arc::new(crate::observers::metrics::Metrics::new(C::TABLE));
        self.settings.monitors.push(metrics.clone());
        self.settings.meters.push(metrics);
        #[cfg(feature = "fleet")]
        {
            self.companions.is_measured = true;
        }
        self
    }

    /// Tells systemd when the service is ready, of every reload, and of the verdict in a line; see [`Systemd`].
    #[cfg(feature = "systemd")]
    #[must_use]
    pub fn systemd(mut self, systemd: Systemd) -> Self {
        self.settings.meters.push(systemd.meter());
        self.companions.systemd = Some(systemd);
        self
    }

    /// Makes the service a node of a fleet, whose documents [`Loader::fleet`](crate::Loader::fleet) has added: from the
    /// start on it takes the versions that the fleet asks it for, and tells what came of them. It leaves the fleet when
    /// the reloader is dropped. See [`Fleet`](crate::fleet::Fleet).
    ///
    /// Where files are not [watched](Self::watch) either, this alone brings reloads.
    #[cfg(feature = "fleet")]
    #[must_use]
    pub fn fleet(mut self, fleet: crate::fleet::Fleet) -> Self {
        let node = crate::fleet::Node::new(fleet);
        self.settings.observers.push(node.observer());
        self.companions.fleet = Some(node);
        self
    }

    /// Adds an observer, which is told of the start and of every reload, after those added before.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.settings.observers.push(observer);
        self
    }
}
