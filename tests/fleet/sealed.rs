//! Versions as they are stored: limits, digests and signatures.

use std::sync::Arc;

use dlc_reload::fleet::{
    Desk, Document, MOST_BYTES, MOST_DOCUMENTS, MemoryStore, SigningKey, Store as _, TrustedKey,
};

use crate::desk::{desk, documents};

/// Made by `openssl genpkey -algorithm ed25519`, with the public halves by `openssl pkey -pubout`.
pub(crate) const ALICE: (&str, &str) = (
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIDD6QSg3fBoptAxO01HJ/gmhQTPHlIkaNyArpvvPjPq9\n-----END PRIVATE KEY-----\n",
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEArwPV/HIdM8r/7QKwSA2lFptCR8MNHRFeV7kr76Q6ti8=\n-----END PUBLIC KEY-----\n",
);
pub(crate) const MALLORY: (&str, &str) = (
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIPf9CBrochgVYPxhS6rD9naXMzvp5qWJluO5ZWKi3k9A\n-----END PRIVATE KEY-----\n",
    "MCowBQYDK2VwAyEAuGSleJXWKJIQJMbBjvzynjR58+C/e0BIikEcz36q/cg=",
);

pub(crate) fn key((private, _): (&str, &str)) -> SigningKey {
    SigningKey::from_pem(private).unwrap()
}

pub(crate) fn trusted((_, public): (&str, &str)) -> TrustedKey {
    TrustedKey::from_pem(public).unwrap()
}

fn document(name: &str) -> Document {
    Document { name: name.into(), text: String::new() }
}

#[test]
fn documents_with_names_that_do_not_fit_are_refused() {
    let engine = MemoryStore::new("coach/test");
    let desk = desk(&engine, "alice");
    let publish = |names: &[&str]| {
        let documents = names.iter().map(|name| document(name)).collect();
        desk.publish(documents, "a test").map_err(|error| error.to_string())
    };
    let long = format!("{}.yaml", "x".repeat(128));
    for (names, reason) in [
        (&[][..], "at least one document"),
        (&["../base.yaml"], "no plain name"),
        (&["a/base.yaml"], "no plain name"),
        (&[".base.yaml"], "no plain name"),
        (&["base@1.yaml"], "no plain name"),
        (&["b\u{e4}se.yaml"], "no plain name"),
        (&["base\n.yaml"], "`base\\n.yaml` is no plain name"),
        (&[""], "no plain name"),
        (&["base"], "names no format"),
        (&["base.ini"], "names no format"),
        (&[&*long], "longer than 128"),
        (&["base.yaml", "base.yaml"], "two documents are called `base.yaml`: rename one"),
        (&["base.yaml", "BASE.yaml"], "upper and lower case"),
    ] {
        let said = publish(names).unwrap_err();
        assert!(said.contains(reason) && !said.contains('\n'), "{names:?}: {said}");
    }
    assert_eq!(publish(&["base.yaml", "base.yml", "b.JSON", "10-x_y.toml"]), Ok(1));
    let said = Document::from_utf8("base.yaml", b"a: 1\nb: \xff".to_vec()).unwrap_err();
    assert_eq!(said, "base.yaml:2: is no text in UTF-8, save it as UTF-8");
}

#[test]
fn versions_beyond_the_limits_are_refused_with_the_limit() {
    let engine = MemoryStore::new("coach/test");
    let desk = desk(&engine, "alice");
    let many =
        |count: usize| (0..count).map(|number| document(&format!("{number}.yaml"))).collect();
    assert!(desk.publish(many(MOST_DOCUMENTS), "a test").is_ok());
    let said = desk.publish(many(MOST_DOCUMENTS + 1), "a test").unwrap_err().to_string();
    assert!(said.contains("at most 64 documents, these are 65"), "{said}");

    let around = desk.publish(documents(""), "a test").unwrap();
    let around = engine.client().get(&format!("versions/{around}")).unwrap().unwrap().value.len();
    // The time of a publication is written with as many digits as it has.
    let digits = 10;
    let fits = "x".repeat(MOST_BYTES - around - digits);
    assert!(desk.publish(documents(&fits), "a test").is_ok());
    let more = "x".repeat(2 * digits + 1);
    let said = desk.publish(documents(&(fits + &more)), "a test").unwrap_err().to_string();
    assert!(said.contains("at most 1048576 (1 MiB) are allowed"), "{said}");
}

#[test]
fn a_version_that_was_altered_anywhere_is_refused_or_says_the_same() {
    let engine = MemoryStore::new("coach/test");
    let client = engine.client();
    let alice = desk(&engine, "alice").sign_with(key(ALICE));
    alice.publish(documents("rate: 1\n"), "a reason").unwrap();
    let trusting = desk(&engine, "bob");
    let strict = desk(&engine, "bob").trust([trusted(ALICE)]);
    let version = strict.version(1).unwrap();
    let stored = client.get("versions/1").unwrap().unwrap();
    let mut seen = stored.revision;
    let mut harmless = 0;
    for offset in 0..stored.value.len() {
        for flip in [1, 0x20, 0x80] {
            let mut altered = stored.value.clone();
            altered[offset] ^= flip;
            seen = client.swap("versions/1", seen, &altered).unwrap().unwrap();
            assert!(strict.version(1).is_err(), "{}", String::from_utf8_lossy(&altered));
            match trusting.version(1) {
                Ok(same) if same == version => harmless += 1,
                Ok(other) => panic!("{other:?}"),
                Err(error) => assert!(!error.to_string().contains("rate"), "{error}"),
            }
        }
        let cut = &stored.value[..offset];
        seen = client.swap("versions/1", seen, cut).unwrap().unwrap();
        assert!(trusting.version(1).is_err());
    }
    // The name of the key and the signature mean nothing to those who do not ask for them.
    assert!(harmless < 400, "{harmless}");
}

#[test]
fn a_version_of_another_fleet_or_number_is_refused() {
    let (one, other) = (MemoryStore::new("coach/one"), MemoryStore::new("coach/other"));
    let at_one = desk(&one, "alice").sign_with(key(ALICE)).trust([trusted(ALICE)]);
    let at_other = desk(&other, "alice").trust([trusted(ALICE)]);
    at_one.publish(documents("a: 1"), "a test").unwrap();
    at_one.publish(documents("a: 2"), "a test").unwrap();
    let copied = one.client().get("versions/1").unwrap().unwrap().value;
    other.client().swap("versions/1", Default::default(), &copied).unwrap().unwrap();
    let said = at_other.version(1).unwrap_err().to_string();
    assert_eq!(said, "version 1 was published for the fleet `coach/one`, this is `coach/other`");

    let second = one.client().get("versions/2").unwrap().unwrap();
    one.client().swap("versions/2", second.revision, &copied).unwrap().unwrap();
    let said = at_one.version(2).unwrap_err().to_string();
    assert!(said.contains("version 2 says that it is version 1"), "{said}");
}

#[test]
fn only_a_version_of_a_trusted_key_is_read() {
    let engine = MemoryStore::new("coach/test");
    let signing = |by| desk(&engine, "alice").sign_with(key(by));
    desk(&engine, "alice").publish(documents("a: 1"), "a test").unwrap();
    signing(MALLORY).publish(documents("a: 2"), "a test").unwrap();
    signing(ALICE).publish(documents("a: 3"), "a test").unwrap();
    let trusting =
        |keys: &[(&str, &str)]| desk(&engine, "bob").trust(keys.iter().map(|key| trusted(*key)));
    let (both, alice) = (trusting(&[MALLORY, ALICE]), trusting(&[ALICE]));
    let unsigned = both.version(1).unwrap_err().to_string();
    assert!(unsigned.contains("version 1 is not signed"), "{unsigned}");
    assert!(both.version(2).is_ok() && both.version(3).is_ok() && alice.version(3).is_ok());
    let said = alice.version(2).unwrap_err().to_string();
    let (mallory, known) = (key(MALLORY).id(), key(ALICE).id());
    assert_eq!(
        said,
        format!("version 2 is signed by the key {mallory}, this program trusts {known}")
    );

    // The name of a trusted key over the signature of another one.
    let stored = engine.client().get("versions/2").unwrap().unwrap();
    let forged = String::from_utf8(stored.value).unwrap().replace(&mallory, &known);
    engine.client().swap("versions/2", stored.revision, forged.as_bytes()).unwrap().unwrap();
    let said = alice.version(2).unwrap_err().to_string();
    assert!(said.contains("wrong signature"), "{said}");

    // A trusted signature over another version.
    let good = engine.client().get("versions/3").unwrap().unwrap();
    let moved = String::from_utf8(good.value).unwrap().replace("a: 3", "a: 4");
    engine.client().swap("versions/3", good.revision, moved.as_bytes()).unwrap().unwrap();
    assert!(alice.version(3).unwrap_err().to_string().contains("digest"));
    let listed = alice.versions(9).unwrap();
    assert!(listed.iter().all(|it| it.version.is_none() && it.trouble.is_some()), "{listed:?}");
}

#[test]
fn what_is_no_key_is_refused_and_no_key_is_shown() {
    let private = ALICE.0.lines().nth(1).unwrap();
    for text in ["", "x", private, ALICE.1, &ALICE.0[..60]] {
        let said = SigningKey::from_pem(text).unwrap_err();
        assert!(said.contains("openssl genpkey -algorithm ed25519") && !said.contains(private));
    }
    for text in ["", "AAAA", ALICE.0, private] {
        let said = TrustedKey::from_pem(text).unwrap_err();
        assert!(said.contains("openssl pkey") && !said.contains(private), "{said}");
    }
    let shown = format!(
        "{:?} {:?}",
        key(ALICE),
        Desk::new(Arc::new(MemoryStore::new("f").client()), "a").sign_with(key(ALICE))
    );
    assert!(!shown.contains(private) && shown.contains(&key(ALICE).id()), "{shown}");
    assert_eq!(trusted(ALICE), key(ALICE).trusted());
    assert_eq!(trusted(ALICE).id(), key(ALICE).id());
}
