//! Bearer tokens, known by their hashes.

use std::{collections::BTreeSet, fmt, fmt::Write, sync::Once};

use axum::http::{header, request::Parts};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use sha2::{Digest, Sha256};
use subtle::{ConditionallySelectable, ConstantTimeEq};

use super::access::{Authenticator, Denied, Operator, Role};
use crate::{error::LOG, snapshot::Watch};

/// The greatest length of the name of a token, in characters.
const LONGEST_NAME: usize = 100;

/// The number of hexadecimal digits of a SHA-256.
const DIGITS: usize = 64;

/// Named bearer tokens with a role each, as a field of the author's own configuration. It holds their SHA-256 and not
/// the tokens, so that it is no secret and may be hot: a token that is added or revoked counts at once. As any hot
/// field it comes back with a rollback: to a generation that had a token which is revoked by now, and then the token
/// counts again.
///
/// ```yaml
/// admin:
///   tokens:
///     - {name: alice, role: operate, sha256: 9a0d…}
///     - {name: dashboard, role: read, sha256: 51c3…}
/// ```
///
/// A token is made, and its hash found, by
///
/// ```sh
/// openssl rand -base64 32 | tr -d '\n' > token
/// sha256sum token
/// ```
///
/// It has to be random and this long: the hash of a word that people choose can be guessed by everybody who reads it.
/// Requests carry it as `Authorization: Bearer <token>`.
///
/// Pass a [`Watch`] of the field to [`router`](super::router) so that the tokens follow the configuration; the value
/// alone is for tokens that stay. All tokens are compared, in constant time.
///
/// ```
/// use dlc_reload::{Loader, Reloadable, admin::{Role, Tokens}};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
/// struct Config {
///     /// The operators.
///     #[reload(hot, live)]
///     tokens: Tokens,
/// }
///
/// let text = r#"{"tokens": [{"name": "alice", "role": "operate", "sha256": "abc"}]}"#;
/// let error = Loader::<Config>::new().text("json", text).load().unwrap_err();
/// assert!(error.to_string().contains("not the 64 hexadecimal digits of a SHA-256"));
///
/// let hash = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
/// let text = text.replace("abc", hash);
/// let config = Loader::<Config>::new().text("json", &text).load()?;
/// let alice = config.tokens.iter().next().unwrap();
/// assert_eq!((alice.name(), alice.role()), ("alice", Role::Operate));
/// # Ok::<(), dlc_reload::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Tokens(Vec<Token>);

/// One of the [`Tokens`].
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// The name of its owner, which is the actor in reports and in the audit.
    #[schemars(length(min = 1, max = 100))]
    name: String,
    /// The role of its owner.
    role: Role,
    /// The SHA-256 of the token, in hexadecimal digits.
    #[schemars(regex(pattern = r"^[0-9a-fA-F]{64}$"))]
    sha256: String,
}

impl Tokens {
    /// Returns the tokens in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Token> {
        self.0.iter()
    }

    /// Returns the operator that a request names by its token. Takes the same time for each token, known or not.
    fn operator(&self, request: &Parts) -> Result<Operator, Denied> {
        if self.0.is_empty() {
            static SAID: Once = Once::new();
            SAID.call_once(|| {
                tracing::warn!(target: LOG, "the admin API has no tokens, so nobody gets in: set one");
            });
        }
        let digest = hexadecimal(&Sha256::digest(bearer(request)?));
        // The number of the token, from one; zero is none.
        let mut found = 0_u64;
        for (number, token) in (1..).zip(&self.0) {
            let is_it = token.sha256.as_bytes().ct_eq(digest.as_bytes());
            found.conditional_assign(&number, is_it);
        }
        let at = usize::try_from(found).ok().and_then(|found| found.checked_sub(1));
        let token = at.and_then(|at| self.0.get(at));
        let token =
            token.ok_or_else(|| Denied::refused("the token is not known, or is revoked"))?;
        Ok(Operator { name: token.name.clone(), role: token.role })
    }
}

impl Token {
    /// Returns the name of its owner.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the role of its owner.
    pub const fn role(&self) -> Role {
        self.role
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, role, .. } = self;
        f.debug_struct("Token").field("name", name).field("role", role).finish_non_exhaustive()
    }
}

/// Returns the token of a request.
fn bearer(request: &Parts) -> Result<&[u8], Denied> {
    let mut all = request.headers.get_all(header::AUTHORIZATION).iter();
    let (first, None) = (all.next().ok_or(Denied::Missing)?, all.next()) else {
        return Err(Denied::refused("more than one `Authorization` header"));
    };
    match first.as_bytes().split_at_checked(7) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case(b"bearer ") => Ok(token.trim_ascii()),
        _ => Err(Denied::refused("the `Authorization` header has no bearer token")),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(DIGITS), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Authenticator for Tokens {
    async fn authenticate(&self, request: &Parts) -> Result<Operator, Denied> {
        self.operator(request)
    }
}

impl Authenticator for Watch<Tokens> {
    async fn authenticate(&self, request: &Parts) -> Result<Operator, Denied> {
        self.with(|tokens| tokens.operator(request))
    }
}

/// The tokens of a section that may be absent: without it, nobody gets in.
impl Authenticator for Watch<Option<Tokens>> {
    async fn authenticate(&self, request: &Parts) -> Result<Operator, Denied> {
        self.with(|tokens| match tokens {
            Some(tokens) => tokens.operator(request),
            None => Tokens::default().operator(request),
        })
    }
}

impl<'de> Deserialize<'de> for Tokens {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let tokens = Vec::<Token>::deserialize(deserializer)?;
        let (mut names, mut hashes) = (BTreeSet::new(), BTreeSet::new());
        for Token { name, sha256, .. } in &tokens {
            if !names.insert(name) {
                let message = format!("two tokens have the name `{name}`: give each its own");
                return Err(de::Error::custom(message));
            }
            if !hashes.insert(sha256) {
                let message =
                    format!("the token of `{name}` is that of another name: make one for each");
                return Err(de::Error::custom(message));
            }
        }
        Ok(Self(tokens))
    }
}

/// A token as it is written, before it is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    role: Role,
    sha256: String,
}

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written { name, role, sha256 } = Written::deserialize(deserializer)?;
        if name.is_empty() || name.chars().count() > LONGEST_NAME || name.contains(char::is_control)
        {
            return Err(de::Error::custom(format!(
                "the name of a token has 1 to {LONGEST_NAME} characters, and none of them is a control character"
            )));
        }
        // It may be the token itself, so it is not quoted.
        if sha256.len() != DIGITS || !sha256.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(de::Error::custom(format!(
                "`sha256` of `{name}` is not the 64 hexadecimal digits of a SHA-256: `sha256sum` prints them for a file that holds the token and no line break"
            )));
        }
        Ok(Self { name, role, sha256: sha256.to_ascii_lowercase() })
    }
}
