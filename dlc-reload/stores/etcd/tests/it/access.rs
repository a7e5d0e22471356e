//! Users, permissions, tokens that end, and TLS.

use std::{fs, path::Path, sync::mpsc::channel, thread, time::Duration};

use dlc_reload::fleet::{Hint, Revision, Store};
use dlc_reload_etcd::{Etcd, Options};
use etcd_client::{Client, ConnectOptions, WatchResponse, WatchStream};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use tokio::{
    runtime::Builder,
    time::{sleep, timeout},
};

use crate::cluster::{Cluster, Hints, SOON, patient, until};

const ROOT: &str = "/dlc/coach/test/";

/// Gives the cluster a role of nodes, which read everything and write their states.
fn roles(ctl: &dyn Fn(&[&str])) {
    ctl(&["role", "add", "node"]);
    ctl(&["role", "grant-permission", "--prefix=true", "node", "read", ROOT]);
    ctl(&[
        "role",
        "grant-permission",
        "--prefix=true",
        "node",
        "readwrite",
        &format!("{ROOT}nodes/"),
    ]);
}

/// A cluster with users `root` and `n1`, whose tokens end after a time without use.
fn guarded() -> Cluster {
    let cluster = Cluster::start_with(1, "http", &["--auth-token-ttl=2".into()]);
    roles(&|arguments| drop(cluster.ctl(arguments)));
    for user in ["root", "n1"] {
        cluster.ctl(&["user", "add", &format!("{user}:secret-of-{user}")]);
    }
    cluster.ctl(&["user", "grant-role", "root", "root"]);
    cluster.ctl(&["user", "grant-role", "n1", "node"]);
    cluster.ctl(&["auth", "enable"]);
    cluster
}

fn as_user(cluster: &Cluster, name: &str, password: &str) -> Etcd {
    cluster.client_with(patient().user(name, password))
}

#[test]
fn a_permission_that_lacks_is_named() {
    let cluster = guarded();
    let store = as_user(&cluster, "n1", "secret-of-n1");
    assert_eq!(store.get("target").unwrap(), None);
    store.keep("nodes/n1", b"one", SOON).unwrap().unwrap();
    for (error, expected) in [
        (
            store.swap("target", Revision::ABSENT, b"one").unwrap_err(),
            "permission denied; grant it",
        ),
        (cluster.client().get("target").unwrap_err(), "it wants a user with a password"),
        (
            as_user(&cluster, "n1", "wrong").get("target").unwrap_err(),
            "look at the name of the user",
        ),
        (
            as_user(&cluster, "n2", "secret-of-n1").get("target").unwrap_err(),
            "look at the name of the user",
        ),
    ] {
        assert!(error.is_refusal(), "{error}");
        let message = error.to_string();
        assert!(
            message.contains(expected) && message.contains("/dlc/coach/test/target"),
            "{message}"
        );
        assert!(!message.contains("secret-of-n1") && !message.contains("wrong"), "{message}");
    }
}

#[test]
fn a_token_that_ends_is_renewed() {
    let mut cluster = guarded();
    let store = as_user(&cluster, "n1", "secret-of-n1");
    let hints = Hints::of(&store, "nodes/");
    store.keep("nodes/n1", b"one", 3 * SOON).unwrap().unwrap();
    assert_eq!(hints.next(SOON), Hint::Changed);
    // Longer than the token lives without use; the lease is renewed later than that.
    thread::sleep(Duration::from_secs(5));
    assert!(store.get("nodes/n1").unwrap().is_some());
    thread::sleep(Duration::from_secs(5));
    store.keep("nodes/n1", b"two", 3 * SOON).unwrap().unwrap();
    assert_eq!(hints.next(SOON), Hint::Changed);
    // A member that starts anew knows no token at all.
    cluster.kill(0);
    hints.up_to(SOON, |hint| matches!(hint, Hint::CutOff(_)));
    cluster.run(0);
    hints.up_to(SOON, |hint| *hint == Hint::Back);
    store.keep("nodes/n1", b"three", 3 * SOON).unwrap().unwrap();
    hints.up_to(SOON, |hint| *hint == Hint::Changed);
}

/// What etcd does with a client that does not renew its token, and what the watch of this crate is made for: it asks a
/// majority now and then, and looks first whether a message ends the watch.
#[test]
fn a_token_that_is_over_ends_no_open_watch_and_a_new_one_is_opened_and_ended_in_one_message() {
    let cluster = guarded();
    let endpoint = format!("http://127.0.0.1:{}", cluster.members[0].client);
    let key = format!("{ROOT}nodes/n1");
    let store = as_user(&cluster, "n1", "secret-of-n1");
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let login = ConnectOptions::new().with_user("n1", "secret-of-n1");
        let mut client = Client::connect([endpoint], Some(login)).await.unwrap();
        let mut open = client.watch(key.as_str(), None).await.unwrap();
        assert!(next(&mut open).await.created());
        sleep(Duration::from_secs(10)).await; // longer than the token lives without use
        let refused = client.get(key.as_str(), None).await.unwrap_err().to_string();
        assert!(refused.contains("invalid auth token"), "{refused}");
        let mut new = client.watch(key.as_str(), None).await.unwrap();
        let message = next(&mut new).await;
        assert!(message.created() && message.canceled(), "{message:?}");
        assert!(message.cancel_reason().contains("invalid auth token"), "{message:?}");
        store.keep("nodes/n1", b"one", SOON).unwrap().unwrap();
        assert_eq!(next(&mut open).await.events().len(), 1);
    });
}

async fn next(watch: &mut WatchStream) -> WatchResponse {
    timeout(SOON, watch.message()).await.unwrap().unwrap().unwrap()
}

#[test]
fn a_watch_without_the_permission_is_told_of_until_it_is_granted() {
    let cluster = guarded();
    cluster.ctl(&["--user=root:secret-of-root", "user", "revoke-role", "n1", "node"]);
    let store = as_user(&cluster, "n1", "secret-of-n1");
    let (sender, hints) = channel();
    let _watch = store.watch("nodes/", Box::new(move |hint| drop(sender.send(hint))));
    let Hint::CutOff(reason) = hints.recv_timeout(SOON).unwrap() else { panic!("it is open") };
    assert!(reason.contains("permission denied"), "{reason}");
    cluster.ctl(&["--user=root:secret-of-root", "user", "grant-role", "n1", "node"]);
    assert_eq!(hints.recv_timeout(SOON).unwrap(), Hint::Back);
    store.keep("nodes/n1", b"one", SOON).unwrap().unwrap();
    assert_eq!(hints.recv_timeout(SOON).unwrap(), Hint::Changed);
}

#[test]
fn a_lease_outlives_the_token() {
    let cluster = guarded();
    let store = as_user(&cluster, "n1", "secret-of-n1");
    store.keep("nodes/n1", b"one", Duration::from_secs(18)).unwrap().unwrap();
    let before = store.get("nodes/n1").unwrap().unwrap();
    // It is renewed each three to six seconds, after which the token is over.
    thread::sleep(Duration::from_secs(25));
    assert_eq!(store.get("nodes/n1").unwrap(), Some(before));
}

#[test]
fn a_permission_that_is_taken_away_ends_a_watch() {
    let cluster = guarded();
    let store = as_user(&cluster, "n1", "secret-of-n1");
    let hints = Hints::of(&store, "nodes/");
    let root =
        |arguments: &[&str]| cluster.ctl(&[&["--user=root:secret-of-root"], arguments].concat());
    root(&["user", "revoke-role", "n1", "node"]);
    let seen = hints.up_to(SOON, |hint| matches!(hint, Hint::CutOff(_)));
    let [Hint::CutOff(reason)] = &seen[..] else { panic!("{seen:?}") };
    assert!(reason.contains("permission denied"), "{reason}");
    assert!(store.get("nodes/n1").unwrap_err().is_refusal());

    root(&["user", "grant-role", "n1", "node"]);
    assert_eq!(hints.next(SOON), Hint::Back);
}

/// An authority for certificates.
struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "authority");
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    /// Writes a certificate and its key.
    fn issue(&self, folder: &Path, file: &str, common_name: &str) {
        self.issue_until(folder, file, common_name, 4000);
    }

    /// Writes a certificate that ends with the beginning of a year, and its key.
    fn issue_until(&self, folder: &Path, file: &str, common_name: &str, year: i32) {
        let mut params =
            CertificateParams::new(["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, common_name);
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        params.not_after = date_time_ymd(year, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        fs::write(folder.join(format!("{file}.pem")), certificate.pem()).unwrap();
        fs::write(folder.join(format!("{file}.key")), key.serialize_pem()).unwrap();
    }
}

#[test]
fn the_user_is_the_common_name_of_the_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let path = |file: &str| folder.path().join(file).to_str().unwrap().to_owned();
    let authority = Authority::new();
    fs::write(path("ca.pem"), &authority.certificate).unwrap();
    for (file, common_name) in [("server", "etcd"), ("root", "root"), ("node", "n1")] {
        authority.issue(folder.path(), file, common_name);
    }
    let more = [
        format!("--cert-file={}", path("server.pem")),
        format!("--key-file={}", path("server.key")),
        format!("--trusted-ca-file={}", path("ca.pem")),
        "--client-cert-auth".to_owned(),
    ];
    let mut cluster = Cluster::start_with(1, "https", &more);
    let root =
        ["--cacert", &path("ca.pem"), "--cert", &path("root.pem"), "--key", &path("root.key")];
    let ctl = |arguments: &[&str]| drop(cluster.ctl(&[&root, arguments].concat()));
    roles(&ctl);
    for user in ["root", "n1"] {
        ctl(&["user", "add", user, "--no-password"]);
    }
    ctl(&["user", "grant-role", "root", "root"]);
    ctl(&["user", "grant-role", "n1", "node"]);
    ctl(&["auth", "enable"]);

    let options = Options::new().ca(path("ca.pem")).identity(path("node.pem"), path("node.key"));
    let store = Etcd::connect(&cluster.address(&[0]), options).unwrap();
    let hints = Hints::of(&store, "");
    store.keep("nodes/n1", b"one", SOON).unwrap().unwrap();
    assert_eq!(hints.next(SOON), Hint::Changed);
    assert!(store.swap("target", Revision::ABSENT, b"one").unwrap_err().is_refusal());

    // Another certificate in the same files counts from the next connection on.
    authority.issue(folder.path(), "node", "root");
    cluster.kill(0);
    hints.up_to(SOON, |hint| matches!(hint, Hint::CutOff(_)));
    cluster.run(0);
    hints.up_to(SOON, |hint| *hint == Hint::Back);
    until("the new identity may write", || store.swap("target", Revision::ABSENT, b"one").is_ok());
}

#[test]
fn certificates_that_are_over_are_told_and_new_ones_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    let path = |file: &str| folder.path().join(file).to_str().unwrap().to_owned();
    let authority = Authority::new();
    fs::write(path("ca.pem"), &authority.certificate).unwrap();
    authority.issue(folder.path(), "server", "etcd");
    authority.issue(folder.path(), "node", "n1");
    let more = [
        format!("--cert-file={}", path("server.pem")),
        format!("--key-file={}", path("server.key")),
        format!("--trusted-ca-file={}", path("ca.pem")),
        "--client-cert-auth".to_owned(),
    ];
    let mut cluster = Cluster::start_with(1, "https", &more);
    authority.issue_until(folder.path(), "node", "n1", 2020);
    let options = Options::new().ca(path("ca.pem")).identity(path("node.pem"), path("node.key"));
    let store = Etcd::connect(&cluster.address(&[0]), options).unwrap();
    let error = store.get("target").unwrap_err();
    assert!(!error.is_refusal(), "it may get better by itself: {error}");
    authority.issue(folder.path(), "node", "n1");
    until("the new one of the client is taken", || store.get("target").is_ok());

    authority.issue_until(folder.path(), "server", "etcd", 2020);
    cluster.kill(0);
    cluster.run(0);
    cluster.is_well();
    let message = store.get("target").unwrap_err().to_string();
    assert!(message.contains("certificate"), "{message}");
    authority.issue(folder.path(), "server", "etcd");
    until("the new one of the server is taken", || store.get("target").is_ok());
}

#[test]
fn a_server_of_another_authority_is_not_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let path = |file: &str| folder.path().join(file).to_str().unwrap().to_owned();
    Authority::new().issue(folder.path(), "server", "etcd");
    let more = [
        format!("--cert-file={}", path("server.pem")),
        format!("--key-file={}", path("server.key")),
    ];
    let cluster = Cluster::start_with(1, "https", &more);
    fs::write(path("ca.pem"), Authority::new().certificate).unwrap();
    let store = Etcd::connect(&cluster.address(&[0]), Options::new().ca(path("ca.pem"))).unwrap();
    let message = store.get("target").unwrap_err().to_string();
    assert!(message.contains("certificate"), "{message}");
}

#[test]
fn files_that_cannot_be_read_are_named_at_once() {
    let address = "etcd://127.0.0.1:1/coach/test";
    let error = Etcd::connect(address, Options::new().ca("/nowhere/ca.pem")).unwrap_err();
    assert!(error.to_string().contains("cannot read `/nowhere/ca.pem`"), "{error}");
    let options = Options::new().identity("/nowhere/a.pem", "/nowhere/a.key");
    let error = Etcd::connect(address, options).unwrap_err();
    assert!(error.to_string().contains("needs TLS"), "{error}");
}
