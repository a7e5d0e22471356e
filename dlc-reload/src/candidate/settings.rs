//! The settings of the sources and the marks of the fields, which no source can mend.

use super::Sources;
use crate::{error::Error, section::Reloadable, source::shared_variables};

impl<C: Reloadable> Sources<C> {
    /// Checks what the author of the service says of the sources and of the variables of the fields.
    ///
    /// # Errors
    ///
    /// A share that is none, and a variable that sets two fields.
    pub(crate) fn check_settings(&self) -> Result<(), Error> {
        self.check_share()?;
        let prefixes = self.layers.iter().filter_map(|(_, source)| source.variable_prefix());
        let shared = shared_variables(self.shape.table(), prefixes);
        if shared.is_empty() { Ok(()) } else { Err(Error::invalid(shared)) }
    }
}
