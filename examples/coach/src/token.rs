//! The tokens that a login returns.

mod hs256;

use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, errors::Result, get_current_timestamp,
};
use serde::{Deserialize, Serialize};

use crate::config::Auth;

/// The claims of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The user.
    pub sub: String,
    /// The time at which it was issued, in seconds since 1970.
    pub iat: u64,
    /// The time at which it ends, in seconds since 1970.
    pub exp: u64,
}

/// Issues a token for `user` with the lifetime that `auth.jwt.ttl` has now.
///
/// # Errors
///
/// The token could not be signed.
pub fn issue(user: &str, auth: &Auth) -> Result<String> {
    let iat = get_current_timestamp();
    let exp = iat.saturating_add(auth.jwt.ttl.as_secs());
    sign(&Claims { sub: user.to_owned(), iat, exp }, auth.jwt_secret.expose())
}

/// Signs `claims` with `secret` and returns the token.
///
/// # Errors
///
/// The token could not be signed.
pub fn sign(claims: &Claims, secret: &str) -> Result<String> {
    hs256::install();
    let key = EncodingKey::from_secret(secret.as_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key)
}

/// Checks a token and returns its claims.
///
/// # Errors
///
/// This service did not issue it, it was tampered with, or it has ended.
pub fn verify(token: &str, auth: &Auth) -> Result<Claims> {
    hs256::install();
    let mut validation = Validation::new(Algorithm::HS256);
    // Issued and checked by one clock, so no difference between clocks has to be forgiven.
    validation.leeway = 0;
    let key = DecodingKey::from_secret(auth.jwt_secret.expose().as_bytes());
    Ok(jsonwebtoken::decode(token, &key, &validation)?.claims)
}
