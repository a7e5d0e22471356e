//! The OpenAPI document, from the table of routes.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use schemars::{
    Schema, SchemaGenerator,
    generate::SchemaSettings,
    transform::{Transform, transform_subschemas},
};
use serde_json::{Map, Value, json};

use super::{
    call::LONGEST_REASON,
    events::LAST_EVENT_ID,
    refusal::{Details, PROBLEM},
    routes::{Access, Answer, ROUTES, Route},
};
use crate::schema::Outline;

/// The greatest integer that every reader of JSON has exactly.
const GREATEST: u64 = (1 << 53) - 1;

/// Makes the document.
pub(super) fn document(outline: &Outline) -> Value {
    let settings = |settings: SchemaSettings| {
        settings.with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        })
    };
    let answers = settings(SchemaSettings::draft2020_12()).for_serialize();
    let mut answers = answers.with_transform(Exact { absent_is_null: false }).into_generator();
    let bodies = settings(SchemaSettings::draft2020_12()).for_deserialize();
    let mut bodies = bodies.with_transform(Exact { absent_is_null: true }).into_generator();
    let refusal = answers.subschema_for::<Details>();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for route in ROUTES {
        let mut operation = operation(route, &mut answers, &mut bodies, &refusal);
        operation["parameters"] = parameters(route, outline).into();
        let method = route.method.as_str().to_lowercase();
        paths.entry(route.path).or_default().insert(method, operation);
    }
    let mut schemas = answers.take_definitions(true);
    schemas.extend(bodies.take_definitions(true));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Configuration",
            "description": "What the configuration of a service is, where each value comes from, and how to change it while the service runs.",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{ "url": ".", "description": "Where this document is." }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
    })
}

fn operation(
    route: &Route,
    answers: &mut SchemaGenerator,
    bodies: &mut SchemaGenerator,
    refusal: &Schema,
) -> Value {
    let mut operation = json!({
        "operationId": route.id,
        "summary": route.summary,
        "responses": responses(route, answers, refusal),
        "security": match route.access {
            Access::Open => json!([]),
            Access::Needs(_) => json!([{ "token": [] }]),
        },
    });
    if let Access::Needs(role) = route.access {
        operation["description"] = format!("Needs the role `{}`.", role.as_str()).into();
    }
    if let Some(body) = &route.body {
        operation["requestBody"] = json!({
            "required": body.is_required,
            "content": { "application/json": { "schema": (body.describe)(bodies) } },
        });
    }
    operation
}

fn parameters(route: &Route, outline: &Outline) -> Vec<Value> {
    let names = route.path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let keys: Vec<_> = outline.leaves().into_iter().take(5).map(|leaf| leaf.key.clone()).collect();
    let mut parameters: Vec<_> = names
        .map(|name| {
            let (schema, text) = match name {
                "key" => (
                    json!({ "type": "string", "minLength": 1, "examples": keys }),
                    "A key, such as `logging.level` or `upstreams[\"a\"].weight`.",
                ),
                _ => (
                    json!({ "type": "integer", "minimum": 0, "maximum": GREATEST, "examples": [1] }),
                    "The number of a generation.",
                ),
            };
            json!({ "name": name, "in": "path", "required": true, "schema": schema, "description": text })
        })
        .collect();
    let mut optional = |name: &str, place: &str, schema: Value, text: &str| {
        parameters
            .push(json!({ "name": name, "in": place, "schema": schema, "description": text }));
    };
    if route.changes() {
        let tag =
            json!({ "type": "string", "pattern": r#"^"[0-9]{1,15}"$"#, "examples": ["\"1\""] });
        let text = "The `ETag` of the answer that the change goes by: it is refused if another generation is in force by then.";
        optional("If-Match", "header", tag, text);
        if route.body.is_none() {
            let why = json!({ "type": "string", "maxLength": LONGEST_REASON });
            optional(
                "why",
                "query",
                why,
                "The reason, which stands in the report and in the audit.",
            );
        }
    }
    if route.answers.iter().any(|answer| matches!(answer, Answer::Events(..))) {
        let id = json!({ "type": "string", "pattern": "^[0-9]{1,15}(-[0-9a-f]{8})?$" });
        let text = "The `id` of the last event that was seen, to go on from there. `0` asks for all that are kept.";
        optional(LAST_EVENT_ID, "header", id, text);
    }
    parameters
}

fn responses(route: &Route, answers: &mut SchemaGenerator, refusal: &Schema) -> Value {
    let mut responses = Map::new();
    let mut add = |status: StatusCode, text: &str, media: &str, schema: Value| {
        let status = status.as_u16().to_string();
        let tag = matches!(status.as_str(), "200" if route.access != Access::Open && media != "text/event-stream");
        let response = responses
            .entry(status)
            .or_insert_with(|| json!({ "description": text, "content": {} }));
        response["content"][media] = json!({ "schema": schema });
        if tag {
            let text = match route.id {
                "fleet" => "The revision of the pointer of the fleet.",
                _ => "The generation in force, for `If-Match`.",
            };
            response["headers"] =
                json!({ "ETag": { "description": text, "schema": { "type": "string" } } });
        }
    };
    for answer in route.answers {
        match answer {
            Answer::Json(status, text, describe) => {
                add(*status, text, "application/json", describe(answers).to_value());
            }
            Answer::Document(text, media) => {
                add(StatusCode::OK, text, media, json!({ "type": "object" }));
            }
            Answer::Page(text) => {
                add(StatusCode::OK, text, "text/html", json!({ "type": "string" }));
            }
            Answer::Events(text, describe) => {
                add(StatusCode::OK, text, "text/event-stream", describe(answers).to_value());
            }
            Answer::Refusal(status, text) => {
                add(*status, text, PROBLEM, refusal.clone().to_value())
            }
        }
    }
    for (status, text) in refusals(route) {
        add(status, text, PROBLEM, refusal.clone().to_value());
    }
    Value::Object(responses)
}

/// Returns the refusals that all routes of a kind give.
fn refusals(route: &Route) -> Vec<(StatusCode, &'static str)> {
    let mut refusals = vec![
        (StatusCode::BAD_REQUEST, "A part of the request is malformed."),
        (StatusCode::METHOD_NOT_ALLOWED, "The path has other methods."),
    ];
    if route.access == Access::Open {
        return refusals;
    }
    refusals.extend([
        (StatusCode::UNAUTHORIZED, "There is no valid token."),
        (StatusCode::FORBIDDEN, "The role is another one, or a page of another site asked."),
        (StatusCode::NOT_FOUND, "There is no such path."),
        (StatusCode::MISDIRECTED_REQUEST, "The host name is none of the service's."),
        (StatusCode::TOO_MANY_REQUESTS, "Too many attempts failed, or too many streams are open."),
        (StatusCode::SERVICE_UNAVAILABLE, "The reloader has stopped, or is busy."),
    ]);
    if route.body.is_some() {
        refusals.extend([
            (StatusCode::REQUEST_TIMEOUT, "The body did not arrive in time."),
            (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large."),
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is not JSON by its content type."),
        ]);
    }
    refusals
}

/// Makes schemas say all that is so: no member but those that are described, and no integer beyond what every reader of
/// JSON has exactly.
#[derive(Clone)]
struct Exact {
    /// False if what is absent is never `null`, as in all answers.
    absent_is_null: bool,
}

impl Transform for Exact {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(keywords) = schema.as_object_mut() else { return };
        if let Some(Value::String(text)) = keywords.get_mut("description") {
            *text = without_links(text);
        }
        if keywords.get("type") == Some(&json!("integer")) {
            let is_small = keywords.get("format") == Some(&json!("uint32"));
            let greatest = if is_small { u64::from(u32::MAX) } else { GREATEST };
            keywords.entry("maximum").or_insert(greatest.into());
            keywords.remove("format");
        }
        let required =
            keywords.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        if let Some(properties) = keywords.get_mut("properties").and_then(Value::as_object_mut) {
            let absent = |name: &String| {
                !self.absent_is_null && !required.iter().any(|required| required == name)
            };
            for (_, property) in properties.iter_mut().filter(|(name, _)| absent(name)) {
                drop_null(property);
            }
            close(keywords);
        }
    }
}

/// Returns a text without the links of `rustdoc`, which lead nowhere outside of it: a name or words in brackets,
/// perhaps with a target.
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, (words, after))) =
        rest.split_once('[').and_then(|(before, inside)| Some((before, inside.split_once(']')?)))
    {
        plain.push_str(before);
        let target = after.strip_prefix('(').and_then(|target| target.split_once(')'));
        match target {
            Some((_, after)) => {
                plain.push_str(words);
                rest = after;
            }
            None if words.starts_with('`') => {
                plain.push_str(words);
                rest = after;
            }
            None => {
                plain.extend(["[", words, "]"]);
                rest = after;
            }
        }
    }
    plain + rest
}

/// Closes a struct. Where it is put together from parts, only all of them together know its members.
fn close(keywords: &mut Map<String, Value>) {
    const PARTS: [&str; 3] = ["allOf", "anyOf", "oneOf"];
    let has_parts =
        PARTS.iter().any(|part| keywords.contains_key(*part)) || keywords.contains_key("$ref");
    if !has_parts {
        keywords.entry("additionalProperties").or_insert(false.into());
        return;
    }
    keywords.entry("unevaluatedProperties").or_insert(false.into());
    for part in PARTS {
        let parts = keywords.get_mut(part).and_then(Value::as_array_mut);
        for part in parts.into_iter().flatten().filter_map(Value::as_object_mut) {
            part.remove("additionalProperties");
        }
    }
}

/// Takes `null` from what a property may be.
fn drop_null(property: &mut Value) {
    let Some(keywords) = property.as_object_mut() else { return };
    if keywords.get("default") == Some(&Value::Null) {
        keywords.remove("default");
    }
    if let Some(Value::Array(kinds)) = keywords.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [kind] = &kinds[..] {
            let kind = kind.clone();
            keywords.insert("type".to_owned(), kind);
        }
    }
    if let Some(Value::Array(choices)) = keywords.get_mut("anyOf") {
        choices.retain(|choice| choice != &json!({ "type": "null" }));
        if let [Value::Object(only)] = &choices[..] {
            let only = only.clone();
            keywords.remove("anyOf");
            for (keyword, value) in only {
                keywords.entry(keyword).or_insert(value);
            }
        }
    }
}
