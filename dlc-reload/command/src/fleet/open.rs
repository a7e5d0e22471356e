//! The store of a fleet, as the command line names it.

use std::{path::PathBuf, sync::Arc, time::Duration};

use clap::Args;
use dlc_reload::{cli::shared::failure::Failure, fleet::Store};

/// The options by which the store of a fleet is reached. The authorities to trust are those of `--ca-file`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of the store")]
pub(super) struct Access {
    /// The store of the fleet: `etcd://HOST:PORT[,HOST:PORT…]/SERVICE/ENVIRONMENT`
    #[arg(
        long,
        global = true,
        env = "DLC_RELOAD_STORE",
        value_name = "URL",
        hide_env_values = true
    )]
    store: Option<String>,
    /// Your certificate, as PEM: the store knows you by its common name. The authority of the store is that of
    /// `--ca-file`
    #[arg(
        long,
        alias = "cert",
        global = true,
        env = "DLC_RELOAD_CERT_FILE",
        value_name = "FILE",
        hide_env_values = true
    )]
    cert_file: Option<PathBuf>,
    /// The key of your certificate, as PEM
    #[arg(
        long,
        alias = "key",
        global = true,
        env = "DLC_RELOAD_KEY_FILE",
        value_name = "FILE",
        hide_env_values = true
    )]
    key_file: Option<PathBuf>,
    /// Your user, where the store knows you by a password
    #[arg(
        long,
        global = true,
        env = "DLC_RELOAD_USER",
        value_name = "NAME",
        hide_env_values = true
    )]
    user: Option<String>,
    /// The file that holds your password; nobody else may read it
    #[arg(
        long,
        global = true,
        env = "DLC_RELOAD_PASSWORD_FILE",
        value_name = "FILE",
        hide_env_values = true
    )]
    password_file: Option<PathBuf>,
}

impl Access {
    /// Returns the store, each call of which is given up after this long.
    ///
    /// # Errors
    ///
    /// The options are wrong, or a file that they name. That the store cannot be reached is none.
    pub(super) fn open(
        &self,
        ca: Option<PathBuf>,
        timeout: Duration,
    ) -> Result<Arc<dyn Store>, Failure> {
        let missing = "no store: give `--store etcd://HOST:PORT/SERVICE/ENVIRONMENT`, or set `DLC_RELOAD_STORE`";
        let store = self.store.as_deref().ok_or_else(|| Failure::usage(missing))?;
        if self.cert_file.is_some() != self.key_file.is_some() {
            return Err(Failure::usage(
                "a certificate and its key go together: give `--cert-file` and `--key-file`",
            ));
        }
        if self.user.is_some() != self.password_file.is_some() {
            return Err(Failure::usage(
                "a user and a password go together: give `--user` and `--password-file`",
            ));
        }
        #[cfg(feature = "etcd")]
        return self.etcd(store, ca, timeout);
        #[cfg(not(feature = "etcd"))]
        {
            let _ = (store, ca, timeout);
            Err(Failure::usage(
                "this `dlc-reload` was built without etcd: install the compiler of protocol buffers (Debian: `protobuf-compiler` \
                 and `libprotobuf-dev`), then `cargo install dlc-reload-command --features etcd`",
            ))
        }
    }

    #[cfg(feature = "etcd")]
    fn etcd(
        &self,
        store: &str,
        ca: Option<PathBuf>,
        timeout: Duration,
    ) -> Result<Arc<dyn Store>, Failure> {
        use dlc_reload::cli::shared::token::read_secret;
        use dlc_reload_etcd::{Etcd, Options};

        let mut options = Options::new().timeout(timeout);
        if let Some(ca) = ca {
            options = options.ca(ca);
        }
        if let Some((cert, key)) = self.cert_file.as_ref().zip(self.key_file.as_ref()) {
            options = options.identity(cert, key);
        }
        if let Some((user, file)) = self.user.as_ref().zip(self.password_file.as_ref()) {
            options = options.user(user, read_secret(file, "password")?.trim_end());
        }
        let etcd = Etcd::connect(store, options);
        Ok(Arc::new(etcd.map_err(|error| Failure::usage(error.to_string()))?))
    }
}
