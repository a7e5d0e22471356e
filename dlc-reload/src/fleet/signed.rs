//! Signatures of versions: Ed25519, with keys that a program knows.

use std::fmt;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ed25519_dalek::{
    Signature, Signer as _, VerifyingKey,
    pkcs8::{DecodePrivateKey as _, DecodePublicKey as _},
};

use super::digest::sha256;

/// What is signed before the bytes of a version, so that the signature is good for nothing else.
const CONTEXT: &[u8] = b"dlc-reload fleet version\n";

/// The key that signs versions. It belongs to those who publish, never to the store or a node.
///
/// ```sh
/// openssl genpkey -algorithm ed25519 -out fleet.key
/// openssl pkey -in fleet.key -pubout -out fleet.pub
/// ```
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// Reads a key as `openssl genpkey -algorithm ed25519` writes it: PKCS#8 in PEM, without a password.
    ///
    /// # Errors
    ///
    /// The text is no such key. The reason has no part of it.
    pub fn from_pem(text: &str) -> Result<Self, String> {
        ed25519_dalek::SigningKey::from_pkcs8_pem(text.trim()).map(Self).map_err(|_| {
            "no Ed25519 key in PKCS#8 PEM without a password: make one with `openssl genpkey -algorithm ed25519`".into()
        })
    }

    /// Returns the key by which others check what this one signs.
    pub fn trusted(&self) -> TrustedKey {
        TrustedKey(self.0.verifying_key())
    }

    /// Returns the name of the key, made from its public half.
    pub fn id(&self) -> String {
        self.trusted().id()
    }

    pub(crate) fn sign(&self, body: &[u8]) -> String {
        BASE64_STANDARD.encode(self.0.sign(&[CONTEXT, body].concat()).to_bytes())
    }
}

/// Shows the name alone.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.id()).finish()
    }
}

/// The public half of a [`SigningKey`], which a program knows from its own build: who owns the store does not own the
/// configuration.
#[derive(Clone, PartialEq, Eq)]
pub struct TrustedKey(VerifyingKey);

impl TrustedKey {
    /// Reads a key as `openssl pkey -pubout` writes it (PEM), or that without its first and last line (base64).
    ///
    /// ```
    /// use dlc_reload::fleet::TrustedKey;
    ///
    /// let key = TrustedKey::from_pem("MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=")?;
    /// assert_eq!(key.id(), "e744c0791320c328");
    /// # Ok::<(), String>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The text is no such key.
    pub fn from_pem(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let key = match text.starts_with("-----") {
            true => VerifyingKey::from_public_key_pem(text).ok(),
            false => BASE64_STANDARD
                .decode(text)
                .ok()
                .and_then(|der| VerifyingKey::from_public_key_der(&der).ok()),
        };
        // A weak key verifies what its owner has not signed.
        key.filter(|key| !key.is_weak()).map(Self).ok_or_else(|| {
            "no public Ed25519 key in PEM or base64: make it with `openssl pkey -in fleet.key -pubout`".into()
        })
    }

    /// Returns the name of the key, by which versions and messages call it.
    pub fn id(&self) -> String {
        sha256(self.0.as_bytes())[..16].to_owned()
    }

    pub(crate) fn verifies(&self, body: &[u8], signature: &str) -> bool {
        let bytes = BASE64_STANDARD.decode(signature).ok();
        let signature = bytes.and_then(|bytes| Signature::from_slice(&bytes).ok());
        signature.is_some_and(|it| self.0.verify_strict(&[CONTEXT, body].concat(), &it).is_ok())
    }
}

/// Shows the name alone.
impl fmt::Debug for TrustedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TrustedKey").field(&self.id()).finish()
    }
}
