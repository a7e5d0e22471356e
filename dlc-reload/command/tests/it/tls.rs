//! A service behind TLS, with a certificate of a private authority.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    sync::Arc,
    thread,
};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

use crate::service::{OPERATE, command, private, run};

/// Serves an empty history over TLS, and returns the address and the certificate.
fn serve() -> (String, String) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}/admin", listener.local_addr().unwrap().port());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let session = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(session, stream.unwrap());
            let (mut head, mut byte) = (Vec::new(), [0]);
            // A client that does not trust the certificate sends nothing.
            while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
                head.extend(byte);
            }
            let body = r#"{"history": []}"#;
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.flush();
        }
    });
    (url, cert.pem())
}

#[test]
fn a_private_authority_is_named_by_a_file() {
    let (url, certificate) = serve();
    let directory = tempfile::tempdir().unwrap();
    let (token, file) = (directory.path().join("token"), directory.path().join("ca.pem"));
    private(&token, OPERATE);
    fs::write(&file, certificate).unwrap();
    let asks = |ca: &[&str]| {
        let arguments = [&["history", "--json", "--url", &url], ca].concat();
        run(command(&arguments).env("DLC_RELOAD_TOKEN_FILE", &token))
    };
    let file = file.to_str().unwrap();
    assert_eq!(asks(&["--ca-file", file]).json(0)["history"], serde_json::json!([]));
    asks(&[]).says(6, &["cannot reach https://localhost:", "`--ca-file`"]);
    fs::write(file, "no certificate").unwrap();
    asks(&["--ca-file", file]).says(64, &["`--ca-file`", "holds no certificate"]);
    asks(&["--ca-file", "absent.pem"]).says(64, &["cannot read `--ca-file` absent.pem"]);
}
