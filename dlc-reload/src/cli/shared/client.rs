//! The client of the admin API.

use std::{
    fmt, fs,
    io::Read,
    net::IpAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use ureq::{
    Agent, Body,
    http::{Request, Response, Uri},
    tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem},
};

use super::{
    failure::{Failure, Fault},
    screen::{Tone, clean, note},
    token::authorization,
};
use crate::{error::Problem, units::Period};

/// The time in which a connection has to be there.
const CONNECT: Duration = Duration::from_secs(10);

/// The greatest size of an answer.
const LARGEST: u64 = 256 << 20;

/// The characters that are encoded in a part of a path: all but letters, digits and these.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The admin API of one service.
pub struct Client {
    agent: Agent,
    /// The address, without a slash at its end.
    url: String,
    authorization: String,
}

/// Leaves out the token.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("url", &self.url).finish_non_exhaustive()
    }
}

/// A request.
#[derive(Debug)]
pub struct Ask {
    pub method: &'static str,
    pub path: String,
    pub body: Option<Value>,
    /// The tag of the generation that has to be in force.
    pub expected: Option<String>,
}

/// An answer that is no refusal.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub json: String,
    /// The tag of the generation in force.
    pub tag: Option<String>,
}

/// A refusal of the API.
#[derive(Debug, Deserialize)]
struct Refusal {
    #[serde(rename = "type")]
    kind: String,
    detail: String,
    #[serde(default)]
    problems: Vec<Problem>,
    generation: Option<u64>,
}

impl Ask {
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: "GET", path: path.into(), body: None, expected: None }
    }

    pub fn post(path: impl Into<String>, body: Value) -> Self {
        Self { method: "POST", path: path.into(), body: Some(body), expected: None }
    }
}

/// Returns a part of a path or query, with percent signs where it needs them.
pub fn encoded(part: &str) -> String {
    utf8_percent_encode(part, PLAIN).to_string()
}

impl Answer {
    /// Returns what the answer says.
    ///
    /// # Errors
    ///
    /// It is of a version of the API that this command does not know.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_str(&self.json).map_err(|error| {
            let message = format!(
                "cannot read the answer, which may be that of a newer service ({error}): update this command, or use `--json`"
            );
            Failure { json: Some(self.json.clone()), ..Failure::new(Fault::NoAccess, message) }
        })
    }
}

/// The options by which the admin API of a service is reached.
#[derive(Debug, clap::Args)]
pub struct Access {
    /// The address of the admin API, such as `http://127.0.0.1:8080/admin/config`
    #[arg(long, global = true, env = "DLC_RELOAD_URL", value_name = "URL", hide_env_values = true)]
    pub url: Option<String>,
    /// The file that holds your token; nobody else may read it
    #[arg(
        long,
        global = true,
        env = "DLC_RELOAD_TOKEN_FILE",
        value_name = "FILE",
        hide_env_values = true
    )]
    pub token_file: Option<PathBuf>,
    /// The certificates of the authorities to trust in place of those of this machine, as PEM
    #[arg(
        long,
        global = true,
        env = "DLC_RELOAD_CA_FILE",
        value_name = "FILE",
        hide_env_values = true
    )]
    pub ca_file: Option<PathBuf>,
}

impl Access {
    /// Returns the client, which waits for an answer for this long.
    pub fn client(&self, timeout: Period) -> Result<Client, Failure> {
        let missing = "no service: give `--url http://…`, or set `DLC_RELOAD_URL`";
        let url = self.url.as_deref().ok_or_else(|| Failure::usage(missing))?;
        let authorization = authorization(self.token_file.as_deref())?;
        if timeout.is_zero() {
            return Err(Failure::usage("`--timeout` is no time at all: give one such as `2m`"));
        }
        let client = Client::new(url, authorization, self.ca_file.as_deref(), *timeout)?;
        if client.is_open() {
            let text = "? the token goes over the network for everybody to read: use `https`";
            note(Tone::Waiting, text);
        }
        Ok(client)
    }
}

impl Client {
    fn new(
        url: &str,
        authorization: String,
        ca_file: Option<&Path>,
        timeout: Duration,
    ) -> Result<Self, Failure> {
        let url = checked(url)?;
        let roots = match ca_file {
            Some(path) => certificates(path)?,
            None => RootCerts::PlatformVerifier,
        };
        let tls = TlsConfig::builder().root_certs(roots).build();
        let mut settings = Agent::config_builder();
        if is_of_this_machine(&url) {
            // A proxy that the environment names is for other machines.
            settings = settings.proxy(None);
        }
        let agent = settings
            .tls_config(tls)
            .http_status_as_error(false)
            // A token goes to the address that was given and to no other one.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(timeout))
            .timeout_per_read(Some(timeout))
            .timeout_per_write(Some(timeout))
            .user_agent(concat!("dlc-reload/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        Ok(Self { agent, url, authorization })
    }

    /// Returns the address of the API.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns true if everybody on the way can read the token.
    fn is_open(&self) -> bool {
        self.url.starts_with("http://") && !is_of_this_machine(&self.url)
    }

    /// Sends a request.
    ///
    /// # Errors
    ///
    /// No answer, or a refusal. A report is no refusal, whatever its verdict.
    pub fn ask(&self, ask: &Ask) -> Result<Answer, Failure> {
        let body = ask.body.as_ref().map(Value::to_string);
        let mut request = self.request(ask.method, &ask.path);
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        if let Some(tag) = &ask.expected {
            request = request.header("if-match", tag);
        }
        let request = request.body(body.unwrap_or_default());
        let request = request.map_err(|error| Failure::usage(clean(&error.to_string())))?;
        let changes = ask.method != "GET" && ask.path != "/plan";
        let response = self.agent.run(request).map_err(|error| match error {
            ureq::Error::Timeout(at) if changes && at != ureq::Timeout::Connect => {
                let message = format!(
                    "{} has not answered in time: the change may still take effect, see `dlc-reload status`",
                    self.url
                );
                Failure::new(Fault::Unfinished, message)
            }
            error => self.unreachable(&error),
        })?;
        self.answer(response)
    }

    /// Opens the event stream, after the event with this id. It ends after this time without a byte.
    pub fn events(&self, seen: &str, silence: Duration) -> Result<impl Read + use<>, Failure> {
        let request = self.request("GET", "/events").header("last-event-id", seen);
        let request = request.body(()).map_err(|error| Failure::usage(error.to_string()))?;
        let request = self.agent.configure_request(request).timeout_per_read(Some(silence)).build();
        let response = self.agent.run(request).map_err(|error| self.unreachable(&error))?;
        if response.status().as_u16() != 200 {
            let answer = self.answer(response)?;
            return Err(self.not_the_api(answer.status));
        }
        Ok(response.into_body().into_reader())
    }

    fn request(&self, method: &str, path: &str) -> ureq::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("authorization", &self.authorization)
            .header("accept", "application/json, text/event-stream, application/problem+json")
    }

    fn answer(&self, response: Response<Body>) -> Result<Answer, Failure> {
        let status = response.status().as_u16();
        let media = response.headers().get("content-type").and_then(|value| value.to_str().ok());
        let media = media.unwrap_or_default().to_owned();
        let tag = response.headers().get("etag").and_then(|value| value.to_str().ok());
        let tag = tag.map(str::to_owned);
        let is_refusal = media.starts_with("application/problem+json");
        if !is_refusal && !media.starts_with("application/json") {
            return Err(self.not_the_api(status));
        }
        let mut body = response.into_body();
        let json = body.with_config().limit(LARGEST).read_to_string();
        let json = json.map_err(|error| self.unreachable(&error))?;
        if is_refusal {
            return Err(self.refused(status, json));
        }
        if !matches!(status, 200 | 202 | 422) || serde_json::from_str::<Value>(&json).is_err() {
            return Err(self.not_the_api(status));
        }
        Ok(Answer { status, json, tag })
    }

    fn refused(&self, status: u16, json: String) -> Failure {
        let Ok(refusal) = serde_json::from_str::<Refusal>(&json) else {
            return self.not_the_api(status);
        };
        let Refusal { kind, detail, problems, generation } = refusal;
        let kind = kind.strip_prefix("urn:dlc-reload:").unwrap_or_default();
        let detail = clean(&detail);
        let (fault, message) = match (kind, generation) {
            ("superseded", Some(generation)) => (
                Fault::Superseded,
                format!(
                    "another change came first: generation {generation} is in force now, so nothing was done; look at it, and try again"
                ),
            ),
            ("invalid", _) => {
                (Fault::Invalid, "the configuration is refused, and nothing has changed".into())
            }
            ("unauthenticated" | "wrong-role", _) => {
                (Fault::NoAccess, format!("{} does not let you: {detail}", self.url))
            }
            ("unknown-key" | "unknown-generation" | "bad-request" | "too-large", _) => {
                (Fault::Usage, detail)
            }
            _ => (Fault::NoAccess, format!("{} refuses: {detail}", self.url)),
        };
        Failure {
            json: Some(json),
            problems,
            may_pass: matches!(kind, "stopped" | "busy" | "no-access" | "too-many" | "not-ready"),
            ..Failure::new(fault, message)
        }
    }

    fn not_the_api(&self, status: u16) -> Failure {
        let message = format!(
            "{} answers with the status {status}, and not as the admin API does: is this its address, or that of something else?",
            self.url
        );
        let failure = Failure::new(Fault::NoAccess, message);
        // A proxy whose service is starting.
        if matches!(status, 502..=504) { failure.passing() } else { failure }
    }

    fn unreachable(&self, error: &ureq::Error) -> Failure {
        let reason = match error {
            ureq::Error::Timeout(_) => "no answer in time".to_owned(),
            ureq::Error::Io(error) => error.to_string(),
            ureq::Error::HostNotFound => "no such host".to_owned(),
            error => error.to_string(),
        };
        let remedy = if reason.to_lowercase().contains("certificate") {
            "a private authority is named by `--ca-file`"
        } else {
            "does the service run, and is this the address of its admin API?"
        };
        let message = format!("cannot reach {}: {}; {remedy}", self.url, clean(&reason));
        Failure::new(Fault::NoAccess, message).passing()
    }
}

/// Returns true for an address that leads to this machine.
fn is_of_this_machine(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Checks the address of the API, and returns it without a slash at its end.
fn checked(url: &str) -> Result<String, Failure> {
    let wrong = |reason: &str| {
        let message = format!(
            "`--url` {reason}: it takes an address such as `http://127.0.0.1:8080/admin/config`"
        );
        Failure::usage(message)
    };
    let uri: Uri = url.parse().map_err(|_| wrong("is no address"))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(wrong("begins with neither `http://` nor `https://`"));
    }
    if uri.authority().is_none_or(|authority| authority.as_str().contains('@')) {
        return Err(wrong("has a user name or a password, which belong into no address"));
    }
    if uri.query().is_some() || url.contains('#') {
        return Err(wrong("has a query"));
    }
    Ok(url.trim_end_matches('/').to_owned())
}

fn certificates(path: &Path) -> Result<RootCerts, Failure> {
    let shown = path.display();
    let pem = fs::read(path)
        .map_err(|error| Failure::usage(format!("cannot read `--ca-file` {shown}: {error}")))?;
    let mut found: Vec<Certificate<'static>> = Vec::new();
    for item in parse_pem(&pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => found.push(certificate),
            Ok(_) => {}
            Err(error) => {
                return Err(Failure::usage(format!("`--ca-file` {shown} is no PEM: {error}")));
            }
        }
    }
    if found.is_empty() {
        return Err(Failure::usage(format!("`--ca-file` {shown} holds no certificate")));
    }
    Ok(found.into())
}
