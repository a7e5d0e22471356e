//! The tokens that a login answers.

mod hs256;

use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, errors::Result, get_current_timestamp,
};
use serde::{Deserialize, Serialize};

use crate::config::Auth;

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The user.
    pub sub: String,
    /// When it was issued, in seconds since 1970.
    pub iat: u64,
    /// When it ends, in seconds since 1970.
    pub exp: u64,
}

/// A token for `user` that lives as long as `auth.jwt.ttl` says now.
///
/// # Errors
///
/// The token could not be signed.
pub fn issue(user: &str, auth: &Auth) -> Result<String> {
    let iat = get_current_timestamp();
    let exp = iat.saturating_add(auth.jwt.ttl.as_secs());
    sign(&Claims { sub: user.to_owned(), iat, exp }, auth.jwt_secret.expose())
}

/// A token that says `claims`, signed with `secret`.
///
/// # Errors
///
/// The token could not be signed.
pub fn sign(claims: &Claims, secret: &str) -> Result<String> {
    hs256::install();
    let key = EncodingKey::from_secret(secret.as_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key)
}

/// What a token says that this service issued and that has not ended.
///
/// # Errors
///
/// It is not one of ours, was tampered with, or has ended.
pub fn verify(token: &str, auth: &Auth) -> Result<Claims> {
    hs256::install();
    let mut validation = Validation::new(Algorithm::HS256);
    // Issued and checked by one clock, so nothing has to be forgiven.
    validation.leeway = 0;
    let key = DecodingKey::from_secret(auth.jwt_secret.expose().as_bytes());
    Ok(jsonwebtoken::decode(token, &key, &validation)?.claims)
}
