//! Signatures of Standard Webhooks: HMAC-SHA256 over the id, the time and the bytes that are sent.

use std::fmt;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// The beginning of every secret.
const PREFIX: &str = "whsec_";

/// The number of bytes that a secret can have.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret that is ready to sign.
#[derive(Clone)]
pub(super) struct SigningKey(Hmac<Sha256>);

impl SigningKey {
    /// Reads a secret as the two sides exchange it. The error never has a part of it.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        const REMEDY: &str = "a secret is `whsec_` and 24 to 64 random bytes in base64: make one with `echo whsec_$(openssl rand -base64 32)`";
        let encoded = text.strip_prefix(PREFIX).ok_or(REMEDY)?;
        let bytes = Zeroizing::new(BASE64_STANDARD.decode(encoded).map_err(|_| REMEDY)?);
        if !LENGTHS.contains(&bytes.len()) {
            return Err(REMEDY);
        }
        Hmac::new_from_slice(&bytes).map(Self).map_err(|_| REMEDY)
    }

    fn sign(&self, id: &str, timestamp: u64, body: &[u8]) -> String {
        let mut mac = self.0.clone();
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey")
    }
}

/// Returns the header with the signatures of all secrets: a receiver takes a message if one of them is by a secret that
/// it knows.
pub(super) fn signatures(keys: &[SigningKey], id: &str, timestamp: u64, body: &[u8]) -> String {
    let all: Vec<_> = keys.iter().map(|key| key.sign(id, timestamp, body)).collect();
    all.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_message_has_its_signature() {
        // The example of the specification.
        let key = SigningKey::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = signatures(
            &[key],
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_that_cannot_be_one_is_refused_without_its_text() {
        let short = format!("whsec_{}", BASE64_STANDARD.encode([7; 23]));
        let long = format!("whsec_{}", BASE64_STANDARD.encode([7; 65]));
        for text in ["", "whsec_", "swordfish", "whsec_sword fish", &short, &long] {
            let error = SigningKey::parse(text).unwrap_err();
            assert!(error.contains("openssl") && !error.contains("sword"), "{error}");
        }
        assert!(SigningKey::parse(&format!("whsec_{}", BASE64_STANDARD.encode([7; 64]))).is_ok());
    }
}
