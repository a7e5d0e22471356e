//! The page for people: this API in a browser, as one document.
//!
//! Its script and its style stand in the document, so that it works below any path, with a slash at the end or without,
//! and asks for nothing but the data. It holds no data itself, and so needs no token.

use std::sync::LazyLock;

use axum::{
    http::header,
    response::{Html, IntoResponse},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

use super::call::{Answered, Call};

/// The document, with a place for the style and one for the script.
const FRAME: &str = include_str!("page/index.html");

const STYLE: &str = include_str!("page/page.css");

/// The parts of the script, which is one module.
const SCRIPT: [&str; 8] = [
    include_str!("page/parts.js"),
    include_str!("page/api.js"),
    include_str!("page/tree.js"),
    include_str!("page/state.js"),
    include_str!("page/activity.js"),
    include_str!("page/fleet.js"),
    include_str!("page/dialogs.js"),
    include_str!("page/page.js"),
];

/// The page as it is sent.
struct Page {
    document: String,
    /// The same for a node of a fleet, which has a section more.
    of_node: String,
    /// The `Content-Security-Policy`: only this script and this style run, which ask only the service they come from.
    policy: String,
}

static PAGE: LazyLock<Page> = LazyLock::new(|| {
    let script = format!("\n{}", SCRIPT.concat());
    let style = format!("\n{STYLE}");
    let document = FRAME.replace("/* style */", &style).replace("/* script */", &script);
    let digest = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text));
    Page {
        policy: format!(
            "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; img-src data:; connect-src 'self'; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
             require-trusted-types-for 'script'; trusted-types 'none'",
            digest(&script),
            digest(&style)
        ),
        of_node: document.replacen("<body>", "<body data-fleet>", 1),
        document,
    }
});

pub(super) async fn page(call: Call) -> Answered {
    #[cfg(feature = "fleet")]
    let is_node = call.app.service.fleet().is_some();
    #[cfg(not(feature = "fleet"))]
    let is_node = false;
    drop(call);
    let headers = [(header::CONTENT_SECURITY_POLICY, &*PAGE.policy)];
    let document = if is_node { &*PAGE.of_node } else { &*PAGE.document };
    Ok((headers, Html(document)).into_response())
}
