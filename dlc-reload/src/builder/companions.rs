//! The companions of a service that are told when it has started.

#[cfg(feature = "fleet")]
use std::sync::Arc;

#[cfg(feature = "fleet")]
use crate::fleet::{Meter, Node};
#[cfg(feature = "systemd")]
use crate::observers::systemd::Systemd;
use crate::{error::Error, reloader::Reloader, section::Reloadable};

/// The companions of a service that are told when it has started.
#[derive(Debug, Default)]
pub(super) struct Companions {
    #[cfg(feature = "systemd")]
    pub(super) systemd: Option<Systemd>,
    #[cfg(feature = "fleet")]
    pub(super) fleet: Option<Node>,
    /// True if the service is measured.
    #[cfg(all(feature = "fleet", feature = "metrics"))]
    pub(super) is_measured: bool,
}

impl Companions {
    /// Tells that the service has started.
    pub(super) fn started<C: Reloadable>(&self, reloader: &mut Reloader<C>) -> Result<(), Error> {
        #[cfg(feature = "systemd")]
        if let Some(systemd) = &self.systemd {
            systemd.started(reloader)?;
        }
        #[cfg(feature = "fleet")]
        if let Some(node) = &self.fleet {
            node.started(reloader, self.meter())?;
        }
        let _ = reloader;
        Ok(())
    }

    /// Returns what measures the node.
    #[cfg(feature = "fleet")]
    fn meter(&self) -> Option<Arc<dyn Meter>> {
        #[cfg(feature = "metrics")]
        if self.is_measured {
            return Some(Arc::new(crate::fleet::Metrics::new()));
        }
        None
    }
}
