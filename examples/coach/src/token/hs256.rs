//! HMAC with SHA-256: all the cryptography that the tokens of this service need.
//!
//! The providers that come with `jsonwebtoken` bring RSA and elliptic curves along, used or not.

use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonwebtoken::{
    Algorithm,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{ErrorKind, Result},
};
use sha2::Sha256;
use signature::{Error, Signer, Verifier};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| Ok(Box::new(Hs256::new(*algorithm, key.as_bytes())?)),
    verifier_factory: |algorithm, key| {
        Ok(Box::new(Hs256::new(*algorithm, key.try_get_as_bytes()?)?))
    },
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes `jsonwebtoken` sign and verify with this; once is enough, more does no harm.
pub(super) fn install() {
    // It fails where a provider is installed already, and nothing else here installs one.
    let _ = PROVIDER.install_default();
}

struct Hs256(Hmac<Sha256>);

impl Hs256 {
    fn new(algorithm: Algorithm, key: &[u8]) -> Result<Self> {
        if algorithm != Algorithm::HS256 {
            return Err(ErrorKind::UnsupportedAlgorithm.into());
        }
        Hmac::new_from_slice(key).map(Self).map_err(|_| ErrorKind::InvalidKeyFormat.into())
    }
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        Ok(self.0.clone().chain_update(message).finalize().into_bytes().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        // Compares in constant time.
        self.0.clone().chain_update(message).verify_slice(signature).map_err(Error::from_source)
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]
mod tests {
    use jsonwebtoken::{DecodingKey, EncodingKey, crypto};

    use super::*;

    /// The example on jwt.io, which every implementation agrees on.
    const MESSAGE: &[u8] = b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ";
    const KEY: &[u8] = b"your-256-bit-secret";
    const SIGNATURE: &str = "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";

    #[test]
    fn it_signs_as_others_do() {
        install();
        let signed = crypto::sign(MESSAGE, &EncodingKey::from_secret(KEY), Algorithm::HS256);
        assert_eq!(signed.unwrap(), SIGNATURE);
    }

    #[test]
    fn it_accepts_that_signature_and_no_other() {
        install();
        let verify = |message: &[u8], key: &[u8], signature: &str| {
            let key = DecodingKey::from_secret(key);
            crypto::verify(signature, message, &key, Algorithm::HS256).unwrap()
        };
        assert!(verify(MESSAGE, KEY, SIGNATURE));
        assert!(!verify(b"another message", KEY, SIGNATURE));
        assert!(!verify(MESSAGE, b"another key", SIGNATURE));
        assert!(!verify(MESSAGE, KEY, &SIGNATURE[..20]));
        assert!(!verify(MESSAGE, KEY, ""));
    }

    #[test]
    fn no_other_algorithm_is_accepted() {
        install();
        let key = EncodingKey::from_secret(KEY);
        assert!(crypto::sign(MESSAGE, &key, Algorithm::HS512).is_err());
    }
}
