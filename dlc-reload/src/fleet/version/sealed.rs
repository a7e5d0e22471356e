//! A version as it is stored: in an envelope with its digest, and perhaps a signature.

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::{MOST_BYTES, Version, check};
use crate::fleet::digest::sha256;
#[cfg(feature = "fleet-signed")]
use crate::fleet::signed::TrustedKey;

/// The envelope. Digest and signature are over the bytes of the version as they stand here, so that nobody has to agree
/// on how JSON is written.
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

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::fleet::version::Document;

    fn version(number: u64) -> Version {
        let documents = vec![Document { name: "a.yaml".into(), text: "rate: 1".into() }];
        let (fleet, author, message) = ("f/e".into(), "alice".into(), String::new());
        let created_at = SystemTime::UNIX_EPOCH;
        Version { fleet, number, documents, author, message, created_at, parent: None }
    }

    #[test]
    fn a_version_below_the_lowest_number_is_refused() {
        let trust = Trust { min_version: 7, ..Trust::default() };
        let open = |number| open(&seal(&version(number), None).unwrap(), "f/e", number, &trust);
        assert_eq!(open(7).unwrap(), version(7));
        let said = open(6).unwrap_err();
        assert_eq!(said, "version 6 is older than 7, the oldest that this program takes");
    }

    #[test]
    fn the_digest_is_over_the_bytes_as_they_are() {
        let sealed = String::from_utf8(seal(&version(1), None).unwrap()).unwrap();
        let body = sealed.split_once("\"version\":").unwrap().1.strip_suffix('}').unwrap();
        assert_eq!(sealed, format!(r#"{{"sha256":"{}","version":{body}}}"#, sha256(body)));
        // Another program writes JSON in another way, and a newer one says more.
        let spaced = body.replacen("\"number\":1", "\"number\" : 1, \"more\": [1]", 1);
        let digest = sha256(&spaced);
        let other =
            format!("{{ \"newer\": 1, \"version\": {spaced} ,\n\"sha256\": \"{digest}\" }}");
        let opened = open(other.as_bytes(), "f/e", 1, &Trust::default());
        assert_eq!(opened.unwrap(), version(1));
    }

    #[test]
    fn documents_out_of_order_or_with_other_names_are_refused_by_readers_too() {
        let mut one = version(1);
        one.documents.insert(0, Document { name: "b.yaml".into(), text: String::new() });
        assert!(seal(&one, None).unwrap_err().contains("out of order"));
        let body = serde_json::to_string(&one).unwrap();
        let digest = sha256(&body);
        let sealed = format!(r#"{{"sha256":"{digest}","version":{body}}}"#);
        let said = open(sealed.as_bytes(), "f/e", 1, &Trust::default()).unwrap_err();
        assert!(said.starts_with("version 1: `a.yaml` is out of order"), "{said}");
    }
}
