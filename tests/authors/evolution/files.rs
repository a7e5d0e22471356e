//! Files at random, from a schema.

use serde_json::{Map, Value, json};

/// The greatest depth of a value.
const DEPTH: usize = 5;

/// Texts that look like something else without quotes, and some that do not.
const TEXTS: [&str; 16] = [
    "",
    "a",
    "b",
    "low",
    "high",
    "5",
    "-1",
    "300",
    "70000",
    "99999999999",
    "1.5",
    "true",
    "null",
    "30s",
    "64 MiB",
    "a longer text: it has a colon",
];

/// A file of a configuration.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) format: &'static str,
    pub(crate) text: String,
}

/// A source of files that follow a schema, most of them.
pub(crate) struct Files<'s> {
    root: &'s Value,
    state: u64,
}

impl<'s> Files<'s> {
    pub(crate) fn new(root: &'s Value) -> Self {
        Self { root, state: 0x9E37_79B9_7F4A_7C15 }
    }

    /// Returns the next file.
    pub(crate) fn next(&mut self) -> File {
        let value = self.value(&[self.root], DEPTH);
        match self.below(3) {
            0 => File { format: "json", text: value.to_string() },
            _ => File { format: "yaml", text: self.written(&value) },
        }
    }

    /// Returns a number below a limit: xorshift, which needs no crate.
    fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 16) as usize % limit.max(1)
    }

    fn one<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let at = self.below(all.len());
        all.get(at)
    }

    /// Returns a value that follows the first of the schemas that say something, without what a file cannot say.
    fn value(&mut self, schemas: &[&'s Value], depth: usize) -> Value {
        let mut all = Vec::new();
        let mut pending = schemas.to_vec();
        while let Some(schema) = pending.pop() {
            all.push(schema);
            let reference =
                schema["$ref"].as_str().and_then(|it| self.root.pointer(it.strip_prefix('#')?));
            pending.extend(reference);
            pending.extend(schema["allOf"].as_array().into_iter().flatten());
            for choice in
                ["anyOf", "oneOf"].into_iter().filter_map(|keyword| schema[keyword].as_array())
            {
                pending.extend(self.one(choice));
            }
        }
        let find = |keyword: &str| all.iter().find_map(|schema| schema.get(keyword));
        if let Some(constant) = find("const") {
            return constant.clone();
        }
        if let Some(words) = find("enum").and_then(Value::as_array) {
            return self.one(words).cloned().unwrap_or_default();
        }
        let kinds: Vec<&str> = match find("type") {
            Some(Value::String(kind)) => vec![kind],
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            _ if find("properties").is_some() => vec!["object"],
            _ => vec!["string", "integer", "boolean", "null", "number", "object", "array"],
        };
        match self.one(&kinds).copied().unwrap_or_default() {
            "boolean" => json!(self.below(2) == 0),
            "integer" => self.integer(&all),
            "number" => self.number(&all),
            "string" => self.text(&all),
            "array" => self.list(&all, depth),
            "object" => self.map(&all, depth),
            _ => Value::Null,
        }
    }

    fn integer(&mut self, all: &[&Value]) -> Value {
        let limit = |keyword: &str| {
            all.iter().filter_map(|schema| schema[keyword].as_i64()).collect::<Vec<_>>()
        };
        let (least, greatest) =
            (limit("minimum").into_iter().max(), limit("maximum").into_iter().min());
        let beyond = match all.iter().find_map(|schema| schema["format"].as_str()) {
            Some("uint32") => u64::from(u32::MAX),
            Some("uint64") => u64::MAX,
            Some("int8") => 127,
            Some("int32") => i32::MAX as u64,
            Some("int64") => i64::MAX as u64,
            _ => 65_535,
        };
        let mut all = vec![
            least.unwrap_or(-3),
            greatest.unwrap_or(300),
            0,
            1,
            2,
            3,
            5,
            10,
            -1,
            128,
            255,
            256,
            40_000,
        ];
        all.retain(|number| {
            least.is_none_or(|least| *number >= least) && greatest.is_none_or(|it| *number <= it)
        });
        match self.below(6) {
            0 if greatest.is_none() => json!(beyond),
            _ => json!(self.one(&all).copied().unwrap_or(1)),
        }
    }

    fn number(&mut self, all: &[&'s Value]) -> Value {
        let limit = |keyword: &str| all.iter().find_map(|schema| schema[keyword].as_f64());
        let (least, greatest) = (limit("minimum"), limit("maximum"));
        let mut all =
            vec![least.unwrap_or(-2.5), greatest.unwrap_or(1e12), 0.25, 1.5, 7.0, -0.5, 1e30, 1e39];
        all.retain(|number| {
            least.is_none_or(|least| *number >= least) && greatest.is_none_or(|it| *number <= it)
        });
        match self.below(3) {
            0 => self.integer(&[]),
            _ => json!(self.one(&all).copied().unwrap_or(1.0)),
        }
    }

    fn text(&mut self, all: &[&'s Value]) -> Value {
        let examples = all.iter().find_map(|schema| schema["examples"].as_array());
        if let Some(example) = examples.and_then(|examples| self.one(examples)) {
            return example.clone();
        }
        let length = |keyword: &str, other: u64| {
            all.iter().find_map(|schema| schema[keyword].as_u64()).unwrap_or(other)
        };
        let (least, greatest) = (length("minLength", 0), length("maxLength", 1000));
        let formats = all.iter().find_map(|schema| schema["format"].as_str());
        let fits: Vec<&str> = match formats {
            Some("ipv4") => vec!["10.0.0.1", "127.0.0.1"],
            Some("ip") => vec!["10.0.0.1", "::1"],
            _ => TEXTS
                .into_iter()
                .filter(|text| (least..=greatest).contains(&(text.chars().count() as u64)))
                .collect(),
        };
        json!(self.one(&fits).copied().unwrap_or("a"))
    }

    fn list(&mut self, all: &[&'s Value], depth: usize) -> Value {
        let find = |keyword: &str| all.iter().find_map(|schema| schema.get(keyword));
        let first = find("prefixItems").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let least = find("minItems").and_then(Value::as_u64).unwrap_or(0) as usize;
        let most = find("maxItems")
            .and_then(Value::as_u64)
            .map_or(least.max(first.len()) + 3, |most| most as usize);
        let length = least + self.below(most - least + 1);
        let Some(depth) = depth.checked_sub(1) else { return json!([]) };
        let item = |index: usize| first.get(index).or_else(|| find("items"));
        (0..length)
            .map(|index| self.value(&item(index).into_iter().collect::<Vec<_>>(), depth))
            .collect()
    }

    fn map(&mut self, all: &[&'s Value], depth: usize) -> Value {
        let mut map = Map::new();
        let required: Vec<&Value> =
            all.iter().filter_map(|schema| schema["required"].as_array()).flatten().collect();
        let depth = depth.saturating_sub(1);
        let named = all.iter().filter_map(|schema| schema["properties"].as_object()).flatten();
        // `true` stands for a key that another part of the map describes, `false` for one of another form.
        for (name, schema) in named.filter(|(_, schema)| !schema.is_boolean()) {
            let is_required = required.iter().any(|required| *required == name);
            let is_wanted = depth > 0 && self.below(3) > 0;
            if is_required || is_wanted {
                // A `null` in the place of what need not be set.
                let is_null = !is_required && depth + 1 == DEPTH && self.below(12) == 0;
                let value = if is_null { Value::Null } else { self.value(&[schema], depth) };
                map.insert(name.clone(), value);
            }
        }
        let find = |keyword: &str| all.iter().find_map(|schema| schema.get(keyword));
        let further = find("additionalProperties").or_else(|| find("unevaluatedProperties"));
        for name in ["one", "two", "value", "b"] {
            let is_open = further.is_some_and(|further| *further != json!(false));
            if is_open && depth > 0 && !map.contains_key(name) && self.below(2) == 0 {
                let value = self.value(&[further.unwrap_or(&Value::Null)], depth);
                map.insert(name.to_owned(), value);
            }
        }
        for (pattern, schema) in
            all.iter().filter_map(|schema| schema["patternProperties"].as_object()).flatten()
        {
            // Those of other names are none of the configuration. Not every one fits, and then the file is refused.
            let names = if pattern.contains("[0-9]") { 8 } else { 0 };
            for name in ["1", "7", "0x50", "0", "-3", "250", "300", "70000"].into_iter().take(names)
            {
                if self.below(if name.len() < 2 || name == "0x50" { 2 } else { 6 }) == 0 {
                    let value = self.value(&[schema], depth);
                    map.insert(name.to_owned(), value);
                }
            }
        }
        Value::Object(map)
    }

    /// Returns a value as YAML: some texts stand without quotes, also such as look like a number.
    fn written(&mut self, value: &Value) -> String {
        match value {
            Value::String(text) => {
                let is_plain = !text.is_empty()
                    && *text != "null"
                    && text.chars().all(|it| it.is_ascii_alphanumeric() || "-.".contains(it));
                if is_plain && self.below(2) == 0 { text.clone() } else { value.to_string() }
            }
            Value::Array(items) => {
                let items: Vec<_> = items.iter().map(|item| self.written(item)).collect();
                format!("[{}]", items.join(", "))
            }
            Value::Object(map) => {
                let entries: Vec<_> = map
                    .iter()
                    .map(|(name, value)| format!("{}: {}", json!(name), self.written(value)))
                    .collect();
                format!("{{{}}}", entries.join(", "))
            }
            _ => value.to_string(),
        }
    }
}
