//! The certificate is renewed while connections are open.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::json;
use tempfile::TempDir;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, pki_types::CertificateDer};

use crate::{
    client::{Connection, NAME},
    harness::{Gateway, config, mount, refused, write_private},
};

/// An authority, and the clients that trust it.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    trust: Arc<ClientConfig>,
}

/// A certificate with its key, the files in PEM.
struct Issued {
    der: CertificateDer<'static>,
    cert: String,
    key: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(issuer.der().clone()).unwrap();
        let trust = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        Self { issuer, trust: trust.into() }
    }

    fn issue(&self) -> Issued {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([NAME.to_owned()]).unwrap();
        let cert = params.signed_by(&key, &self.issuer).unwrap();
        Issued { der: cert.der().clone(), cert: cert.pem(), key: key.serialize_pem() }
    }
}

impl Issued {
    fn write(&self, folder: &Path) {
        write_private(&folder.join("tls.crt"), &self.cert);
        write_private(&folder.join("tls.key"), &self.key);
    }

    fn mount(&self, folder: &Path, version: &str) {
        mount(folder, version, &[("tls.crt", &self.cert), ("tls.key", &self.key)]);
    }

    /// Expects that a text has no line of the key.
    fn is_not_in(&self, text: &str) {
        for line in self.key.lines().filter(|line| !line.starts_with("-----")) {
            assert!(!text.contains(line), "the key is in:\n{text}");
        }
    }
}

/// Returns a configuration with the files of a folder.
fn tls(folder: &Path) -> String {
    let file = |name| folder.join(name);
    config(&format!("tls: {{cert: {:?}, key: {:?}}}", file("tls.crt"), file("tls.key")))
}

/// Starts a gateway that watches its configuration, and the files of `secrets` below its folder.
fn develop(authority: &Authority, folder: TempDir) -> Gateway {
    let file = folder.path().join("config.yaml");
    write_private(&file, &config("tls: {cert: secrets/tls.crt, key: secrets/tls.key}"));
    Gateway::develop(file, folder).trusting(&authority.trust)
}

/// Makes a folder with an empty one in it.
fn secrets() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let secrets = folder.path().join("secrets");
    fs::create_dir(&secrets).unwrap();
    (folder, secrets)
}

#[test]
fn new_connections_get_a_renewed_certificate_and_open_ones_go_on() {
    let authority = Authority::new();
    let (first, second) = (authority.issue(), authority.issue());
    let (folder, secrets) = secrets();
    first.write(&secrets);
    let gateway = develop(&authority, folder);
    let mut open = gateway.connect().unwrap();
    assert_eq!(open.certificate.as_ref(), Some(&first.der));
    assert_eq!(open.get("/u/a/x").unwrap().status, 404);

    second.write(&secrets);

    gateway.logged("configuration reloaded", 1);
    let mut new = gateway.connect().unwrap();
    assert_eq!(new.certificate, Some(second.der));
    assert_eq!(new.get("/u/a/x").unwrap().status, 404);
    assert_eq!(open.get("/u/a/x").unwrap().status, 404);
}

#[test]
fn a_secret_of_kubernetes_renews_both_files_in_one_change() {
    let authority = Authority::new();
    let (first, second) = (authority.issue(), authority.issue());
    let (folder, secrets) = secrets();
    first.mount(&secrets, "..2026_11_27_01");
    let gateway = develop(&authority, folder);
    assert_eq!(gateway.connect().unwrap().certificate, Some(first.der));

    second.mount(&secrets, "..2026_11_27_02");

    assert!(gateway.logged("configuration reloaded", 1).contains("changes=2"));
    assert_eq!(gateway.connect().unwrap().certificate, Some(second.der));
    assert!(!gateway.output().contains("refused"), "never one without the other");
}

#[test]
fn a_pair_that_cannot_be_used_is_refused_and_the_old_one_serves_on() {
    let authority = Authority::new();
    let (good, other) = (authority.issue(), authority.issue());
    let folder = TempDir::new().unwrap();
    good.write(folder.path());
    let config = tls(folder.path());
    let gateway = Gateway::start(&config).trusting(&authority.trust);
    let (cert, key) = (folder.path().join("tls.crt"), folder.path().join("tls.key"));
    let (cert_name, key_name) = (cert.display(), key.display());
    let no_cert = format!("`{cert_name}` holds no certificate: write it there in PEM");
    let no_key = format!(
        "`{key_name}` holds no key of RSA, P-256, P-384 or Ed25519: \
         write it there in PEM, without a password"
    );
    let others = format!(
        "`{key_name}` is not the key of the certificate in `{cert_name}`: renew both together"
    );
    let no_der = |label: &str| format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
    let cut = |pem: &str| pem[..pem.len() / 2].to_owned();
    for (cert_text, key_text, message) in [
        (&other.cert, &good.key, &others),
        (&good.cert, &other.key, &others),
        (&String::new(), &good.key, &no_cert),
        (&other.key, &good.key, &no_cert),
        (&other.key, &other.cert, &no_key),
        (&cut(&good.cert), &good.key, &no_cert),
        (&good.cert, &other.cert, &no_key),
        (&good.cert, &cut(&other.key), &no_key),
        // What the parser of PEM would quote.
        (&good.cert, &other.key.replace("-----BEGIN PRIVATE KEY-----\n", "-----BEGIN "), &no_key),
        (&no_der("CERTIFICATE"), &good.key, &no_cert),
        (&good.cert, &no_der("PRIVATE KEY"), &no_key),
    ] {
        write_private(&cert, cert_text);
        write_private(&key, key_text);

        let (status, report) = gateway.reload(&config);

        assert_eq!((status, &report["verdict"]), (422, &json!("rejected")), "{report}");
        let problem = &report["problems"][0];
        assert_eq!((&problem["key"], &problem["line"]), (&json!("tls"), &json!(3)), "{report}");
        assert_eq!(problem["message"], *message);
        other.is_not_in(&report.to_string());
        assert_eq!(gateway.connect().unwrap().certificate.as_ref(), Some(&good.der));
    }
    other.write(folder.path());
    let report = gateway.apply(&config);
    assert_eq!(gateway.connect().unwrap().certificate.as_ref(), Some(&other.der));
    let shown = [gateway.output(), gateway.get("/status").body, report.to_string()].concat();
    assert!(shown.contains("tls.key (sha256:"), "{shown}");
    good.is_not_in(&shown);
    other.is_not_in(&shown);
}

#[test]
fn https_begins_with_a_restart_and_is_checked_before() {
    let authority = Authority::new();
    let (good, other) = (authority.issue(), authority.issue());
    let folder = TempDir::new().unwrap();
    good.write(folder.path());
    let gateway = Gateway::start(&config(""));

    let (status, report) = gateway.reload(&tls(folder.path()));
    assert_eq!((status, &report["verdict"]), (200, &json!("pending_restart")), "{report}");
    assert_eq!(report["pending"][0]["key"], "tls");
    assert_eq!(gateway.get("/u/a/x").status, 404, "over HTTP");

    write_private(&folder.path().join("tls.key"), &other.key);
    let (status, _) = gateway.reload(&tls(folder.path()));
    assert_eq!(status, 422);
    assert!(refused(&tls(folder.path()), &[]).contains("is not the key of the certificate"));
}

#[test]
fn a_client_that_does_not_finish_its_handshake_holds_up_nobody() {
    let authority = Authority::new();
    let folder = TempDir::new().unwrap();
    authority.issue().write(folder.path());
    let gateway = Gateway::start(&tls(folder.path())).trusting(&authority.trust);
    // So many that DEADLINE would pass if they were waited for one after the other.
    let _silent = [(); 4].map(|()| Connection::open(gateway.address).unwrap());
    assert_eq!(gateway.get("/u/a/x").status, 404);
}

#[test]
fn nothing_is_told_to_a_client_that_speaks_http() {
    let authority = Authority::new();
    let folder = TempDir::new().unwrap();
    authority.issue().write(folder.path());
    let gateway = Gateway::start(&tls(folder.path()));
    let error = gateway.connect().unwrap().get("/status").unwrap_err();
    assert_ne!(error.kind(), io::ErrorKind::WouldBlock, "it is told to go away");
}
