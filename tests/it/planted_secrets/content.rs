//! Random configurations, with a secret of its own at every place for one.

use serde_json::{Map, Value, json};

use super::plant::{Random, secret};

/// A configuration, and the secrets that were planted in it.
pub(super) struct Content {
    pub(super) root: Map<String, Value>,
    pub(super) secrets: Vec<String>,
}

impl Content {
    pub(super) fn new(random: &mut Random) -> Self {
        let mut maker = Maker { random, secrets: Vec::new() };
        let mut root = maker.harmless();
        root.append(&mut maker.fields());
        root.append(&mut maker.sections());
        root.append(&mut maker.leaves());
        root.retain(|_, _| !maker.random.once_in(2));
        // They belong together.
        if root.contains_key("realm") || root.contains_key("ticket") {
            root.insert("realm".into(), maker.word());
            root.insert("ticket".into(), maker.secret());
        }
        let text = Value::Object(root.clone()).to_string();
        let mut secrets = maker.secrets;
        secrets
            .retain(|secret| text.contains(Value::from(&**secret).to_string().trim_matches('"')));
        Self { root, secrets }
    }
}

struct Maker<'r> {
    random: &'r mut Random,
    secrets: Vec<String>,
}

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

impl Maker<'_> {
    fn secret_text(&mut self) -> String {
        let secret = secret(self.random);
        self.secrets.push(secret.clone());
        secret
    }

    fn secret(&mut self) -> Value {
        self.secret_text().into()
    }

    fn word(&mut self) -> Value {
        let words = ["a.example", "blue", "two words", "x: y", "it's", "on", "10", "~", "päth/to"];
        self.random.one_of(&words).into()
    }

    fn number(&mut self, below: usize) -> Value {
        self.random.below(below).into()
    }

    fn harmless(&mut self) -> Map<String, Value> {
        map(json!({
            "name": self.word(),
            "port": self.number(60_000),
            "ratio": 0.5,
            "verbose": true,
            "tags": [self.word(), self.word()],
            "labels": { "app": self.word(), "some.tier": self.word() },
            "weights": { "a": self.number(9), "b": self.number(9) },
            "extra": { "deep": [{ "what": self.word() }, 1], "note": self.word() },
            "peer": { "host": self.word(), "weight": self.number(9) },
            "rate": self.number(100),
            "motd": self.word(),
            "limits": { "a": self.number(9) },
        }))
    }

    fn fields(&mut self) -> Map<String, Value> {
        let vault = [(self.secret_text(), self.secret()), ("plain".to_owned(), self.secret())];
        map(json!({
            "api_key": self.secret(),
            "password": self.secret(),
            "token": self.secret(),
            "checked": self.secret(),
            "keys": [self.secret(), self.secret()],
            "vault": Map::from_iter(vault),
        }))
    }

    fn sections(&mut self) -> Map<String, Value> {
        let pin = self.random.one_of(&["pin", "secret_code"]);
        map(json!({
            "auth": {
                "user": self.word(),
                "retries": self.number(9),
                pin: self.secret(),
                "inner": { "mode": "safe", "seed": self.secret() },
                "foreign": [self.foreign()],
                "kind": { "type": "http", "url": self.word(), "token": self.secret() },
            },
            "backup": { "bucket": self.word(), "access": self.secret() },
            "note": self.word(),
            "burst": self.number(9),
            "salt": self.secret(),
            "realm": self.word(),
            "ticket": self.secret(),
            "plugins": { "folder": self.word(), "first": self.conn(), "other.one": self.conn() },
            "store": { "path": self.word(), "type": "http", "url": self.word(), "token": self.secret() },
        }))
    }

    fn leaves(&mut self) -> Map<String, Value> {
        map(json!({
            "conn": self.conn(),
            "conns": [self.conn(), self.conn()],
            "by_name": { "main": self.conn(), "b/c": self.conn() },
            "strict": { "user": self.word(), "phrase": self.secret() },
            "rest": { "host": self.word(), "one": self.secret(), "two": self.secret() },
            "out": self.out(),
            "outs": { "a": self.out(), "b": self.out() },
            "sinks": [self.sink(), self.sink(), { "type": "console" }],
            "target": self.target(),
            "any": [
                { "url": self.word(), "token": self.secret() },
                { "key": self.secret() },
                self.number(9),
            ],
            "foreign": self.foreign(),
            "foreigns": { "a": [self.foreign()], "b": [self.foreign(), self.foreign()] },
        }))
    }

    fn conn(&mut self) -> Value {
        let (host, token) = match self.random.below(4) {
            0 => ("address", "code"),
            1 => ("address", "token"),
            2 => ("host", "code"),
            _ => ("host", "token"),
        };
        json!({
            host: self.word(),
            token: self.secret(),
            "user": self.word(),
            "phrase": self.secret(),
        })
    }

    fn foreign(&mut self) -> Value {
        json!({ "host": self.word(), "token": self.secret() })
    }

    fn out(&mut self) -> Value {
        match self.random.below(4) {
            0 => json!({ "http": { "url": self.word(), "token": self.secret() } }),
            1 => json!({ "basic": self.secret() }),
            2 => json!({ "pair": [self.word(), self.secret()] }),
            _ => json!("console"),
        }
    }

    fn sink(&mut self) -> Value {
        match self.random.below(2) {
            0 => json!({ "type": "http", "url": self.word(), "token": self.secret() }),
            _ => json!({ "type": "conn", "user": self.word(), "phrase": self.secret() }),
        }
    }

    fn target(&mut self) -> Value {
        match self.random.below(2) {
            0 => json!({ "kind": "http", "with": { "url": self.word(), "token": self.secret() } }),
            _ => json!({ "kind": "key", "with": self.secret() }),
        }
    }
}
