//! The companions of a service that are told when it has started.

#[cfg(feature = "fleet")]
use crate::fleet::Node;
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
            node.started(reloader)?;
        }
        let _ = reloader;
        Ok(())
    }
}
