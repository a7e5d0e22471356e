//! A version as it is stored: in an envelope with its digest, and perhaps a signature.

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::{MOST_BYTES, Version, check};
use crate::fleet::digest::sha256;
#[cfg(feature = "fleet-signed")]
use crate::fleet::signed::TrustedKey;

/// The envelope. Digest and signature are over the bytes of the version as they stand here, so that nobody has to agree on
/// how JSON is written.
#[derive(Serialize, Deserialize)]
struct Envelope<'a> {
    sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(borrow)]
    version: &'a RawValue,
}

/// What a reader takes: by default every version whose digest is right.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trust {
    /// The keys by one of which a version must be signed; without any, a signature is not asked for.
    #[cfg(feature = "fleet-signed")]
    pub(crate) keys: Vec<TrustedKey>,
    /// The lowest number.
    pub(crate) min_version: u64,
}

/// A function that signs bytes, and returns the name of its key with the signature.
pub(crate) type Sign = dyn Fn(&[u8]) -> (String, String) + Send + Sync;

/// Puts a version into its envelope, and signs it if that is wanted.
pub(crate) fn seal(version: &Version, sign: Option<&Sign>) -> Result<Vec<u8>, String> {
    let body = body(version)?;
    let (key, signature) = sign.map(|sign| sign(body.get().as_bytes())).unzip();
    write(Envelope { sha256: sha256(body.get()), signature, key, version: &body })
}

fn body(version: &Version) -> Result<Box<RawValue>, String> {
    check(&version.documents)?;
    to_raw_value(version).map_err(|error| error.to_string())
}

fn write(envelope: Envelope<'_>) -> Result<Vec<u8>, String> {
    let bytes = serde_json::to_vec(&envelope).map_err(|error| error.to_string())?;
    match bytes.len() {
        ..=MOST_BYTES => Ok(bytes),
        size => Err(format!(
            "the version takes {size} bytes as it is stored, at most {MOST_BYTES} (1 MiB) are allowed"
        )),
    }
}

/// Takes the version of a fleet and of a number out of its envelope.
///
/// # Errors
///
/// The reason why it is not to be trusted. It has no part of the documents.
pub(crate) fn open(
    bytes: &[u8],
    fleet: &str,
    number: u64,
    trust: &Trust,
) -> Result<Version, String> {
    if bytes.len() > MOST_BYTES {
        return Err(format!("version {number} takes more than {MOST_BYTES} bytes (1 MiB)"));
    }
    let altered = |what: &str| {
        format!("version {number} {what}: it was altered in the store, publish it again")
    };
    let envelope: Envelope<'_> =
        serde_json::from_slice(bytes).map_err(|_| altered("has no envelope that can be read"))?;
    if envelope.sha256 != sha256(envelope.version.get()) {
        return Err(altered("does not have the digest that it says"));
    }
    #[cfg(feature = "fleet-signed")]
    check_signature(&envelope, number, &trust.keys)?;
    let version: Version = serde_json::from_str(envelope.version.get()).map_err(|_| {
        format!("version {number} cannot be read: was it written by a newer program?")
    })?;
    if version.fleet != fleet {
        let other = version.fleet.escape_debug();
        return Err(format!(
            "version {number} was published for the fleet `{other}`, this is `{fleet}`"
        ));
    }
    if version.number != number {
        let other = version.number;
        return Err(altered(&format!("says that it is version {other}")));
    }
    if number < trust.min_version {
        let least = trust.min_version;
        return Err(format!(
            "version {number} is older than {least}, the oldest that this program takes"
        ));
    }
    check(&version.documents).map_err(|reason| format!("version {number}: {reason}"))?;
    Ok(version)
}

#[cfg(feature = "fleet-signed")]
fn check_signature(
    envelope: &Envelope<'_>,
    number: u64,
    keys: &[TrustedKey],
) -> Result<(), String> {
    if keys.is_empty() {
        return Ok(());
    }
    let known = || keys.iter().map(TrustedKey::id).collect::<Vec<_>>().join(", ");
    let (Some(signature), Some(id)) = (&envelope.signature, &envelope.key) else {
        return Err(format!(
            "version {number} is not signed, by a key of these it must be: {}",
            known()
        ));
    };
    let Some(key) = keys.iter().find(|key| key.id() == *id) else {
        let id: String = id.chars().take(32).flat_map(char::escape_debug).collect();
        return Err(format!(
            "version {number} is signed by the key {id}, this program trusts {}",
            known()
        ));
    };
    match key.verifies(envelope.version.get().as_bytes(), signature) {
        true => Ok(()),
        false => Err(format!(
            "version {number} has a wrong signature of the key {id}: it was altered in the store, publish it again"
        )),
    }
}
