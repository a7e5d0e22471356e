//! The page for people: this API in a browser, as one document.
//!
//! Its script and its style stand in the document, so that it works below any path, with a slash at the end or without, and
//! asks for nothing but the data. It holds no data itself, and so needs no token.

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
const SCRIPT: [&str; 7] = [
    include_str!("page/parts.js"),
    include_str!("page/api.js"),
    include_str!("page/tree.js"),
    include_str!("page/state.js"),
    include_str!("page/activity.js"),
    include_str!("page/dialogs.js"),
    include_str!("page/page.js"),
];

/// The page as it is sent.
struct Page {
    document: String,
    /// The `Content-Security-Policy`: only this script and this style run, which ask only the service they come from.
    policy: String,
}

static PAGE: LazyLock<Page> = LazyLock::new(|| {
    let script = format!("\n{}", SCRIPT.concat());
    let style = format!("\n{STYLE}");
    let digest = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text));
    Page {
        policy: format!(
            "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; img-src data:; connect-src 'self'; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
             require-trusted-types-for 'script'; trusted-types 'none'",
            digest(&script),
            digest(&style)
        ),
        document: FRAME.replace("/* style */", &style).replace("/* script */", &script),
    }
});

pub(super) async fn page(call: Call) -> Answered {
    drop(call);
    let headers = [(header::CONTENT_SECURITY_POLICY, &*PAGE.policy)];
    Ok((headers, Html(&*PAGE.document)).into_response())
}
