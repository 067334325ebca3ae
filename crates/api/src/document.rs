//! Completes the OpenAPI document: what every operation of a kind has in common is said here
//! once, and what connecting asks for comes from the catalogue.

use connection::{Catalogue, Field, Integration};
use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::connection_form::{
    FILE_NAME_LENGTH_MAX, PASSWORD_LENGTH_MAX, URL_LENGTH_MAX, USERNAME_LENGTH_MAX,
};
use super::problem::{PROBLEM_JSON, ProblemShape};
use super::shapes::field_of_form;
use super::{PREFIX, idempotency};

/// A text of one line: no control characters.
const LINE: &str = r"^[^\u0000-\u001f\u007f-\u009f]+$";

/// A list of different calendar ids.
pub(super) fn calendar_ids() -> Schema {
    let id =
        ObjectBuilder::new().schema_type(Type::String).pattern(Some("^cal_[0-9a-f]{32}$")).build();
    ArrayBuilder::new().items(id).unique_items(true).max_items(Some(10_000)).build().into()
}

/// A list of different kinds of event, at least one.
pub(super) fn event_kinds() -> Schema {
    let kinds = sync::webhooks::EVENTS.map(|(kind, _)| kind);
    let kind = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(kinds)).build();
    ArrayBuilder::new().items(kind).unique_items(true).min_items(Some(1)).build().into()
}

/// The document, given what the code says of each operation.
pub(super) fn complete(mut generated: OpenApi, catalogue: &Catalogue, version: &str) -> Value {
    let mut shapes = vec![(ProblemShape::name().into(), ProblemShape::schema())];
    ProblemShape::schemas(&mut shapes);
    generated.components.get_or_insert_default().schemas.extend(shapes);
    let mut document = serde_json::to_value(generated).unwrap_or_default();
    document["info"] = json!({
        "title": "Daymark",
        "version": version,
        "description": "Outside calendars, kept true: what is connected, how it stands, and when \
                        someone is busy. Errors are RFC 9457 with a stable `code`; \
                        `docs/errors.md` lists all of them.",
        "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
    });
    document["servers"] = json!([{ "url": "/" }]);
    document["security"] = json!([{ "key": [] }]);
    let components = &mut document["components"];
    components["securitySchemes"] = json!({ "key": {
        "type": "http", "scheme": "bearer", "bearerFormat": "dmk_…",
        "description": "A key of an account, with the scopes `read`, `write` and `manage`.",
    }});
    components["responses"] = refusals();
    if let Some(schemas) = components["schemas"].as_object_mut() {
        sharpen(schemas);
        schemas.insert("ConnectionCreate".into(), connection_create(catalogue));
        schemas["ConnectionSignIn"]["properties"]["integration"]["enum"] = by_page(catalogue);
    }
    name_ids(&mut document);
    let paths = document["paths"].take();
    document["paths"] = prefixed(paths);
    document
}

/// Says of each shape what its code means and its generated form leaves open.
fn sharpen(schemas: &mut Map<String, Value>) {
    let names: Vec<_> = schemas.keys().cloned().collect();
    for name in &names {
        let listed = name.strip_prefix("Listing_").filter(|of| schemas.contains_key(*of));
        let reference = listed.map(|of| json!({ "$ref": format!("#/components/schemas/{of}") }));
        let Some(schema) = schemas.get_mut(name) else { continue };
        if let Some(reference) = reference {
            schema["properties"]["items"]["items"] = reference;
        }
        let Some(properties) = schema["properties"].as_object_mut() else { continue };
        properties.values_mut().for_each(list_words);
        // What may be null is there all the same.
        let nullable = properties.iter().filter(|(_, property)| may_be_null(property));
        let nullable: Vec<_> = nullable.map(|(name, _)| json!(name)).collect();
        if !nullable.is_empty() {
            let mut required = schema["required"].as_array().cloned().unwrap_or_default();
            required
                .extend(nullable.into_iter().filter(|n| !required.contains(n)).collect::<Vec<_>>());
            schema["required"] = Value::Array(required);
        }
    }
}

/// Gives each id a format that says what it names.
fn name_ids(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(name_ids),
        Value::Object(map) => {
            let pattern = map.get("pattern").and_then(Value::as_str);
            let kind = pattern.and_then(|p| p.strip_prefix('^')?.strip_suffix("_[0-9a-f]{32}$"));
            if let Some(kind) = kind.map(|kind| format!("{kind}_id")) {
                map.insert("format".into(), json!(kind));
            }
            map.values_mut().for_each(name_ids);
        }
        _ => {}
    }
}

fn may_be_null(property: &Value) -> bool {
    let types = property["type"].as_array();
    let choices = property["oneOf"].as_array();
    types.is_some_and(|types| types.contains(&json!("null")))
        || choices.is_some_and(|choices| choices.contains(&json!({ "type": "null" })))
}

/// A pattern that only lists words is an enumeration.
fn list_words(property: &mut Value) {
    let pattern = property["pattern"].as_str();
    let words = pattern.and_then(|text| text.strip_prefix("^(")?.strip_suffix(")$"));
    let Some(words) = words else { return };
    let mut words: Vec<_> = words.split('|').map(|word| json!(word)).collect();
    if may_be_null(property) {
        words.push(Value::Null);
    }
    if let Some(property) = property.as_object_mut() {
        property.remove("pattern");
        property.insert("enum".into(), Value::Array(words));
    }
}

fn prefixed(paths: Value) -> Value {
    let Value::Object(paths) = paths else { return paths };
    let mut whole = Map::new();
    for (path, mut operations) in paths {
        if let Value::Object(operations) = &mut operations {
            for (method, operation) in operations.iter_mut() {
                finish(&path, method, operation);
            }
        }
        whole.insert(format!("{PREFIX}{path}"), operations);
    }
    Value::Object(whole)
}

/// The refusals that follow from the shape of an operation.
fn finish(path: &str, method: &str, operation: &mut Value) {
    if operation.get("security").is_some() {
        refuse(operation, &["500", "503"]);
        return;
    }
    refuse(operation, &["400", "401", "403", "429", "500", "503"]);
    let writes = method != "get";
    if writes || takes_window(operation) {
        refuse(operation, &["409"]);
    }
    if writes && method != "delete" {
        refuse(operation, &["413", "415", "422"]);
    }
    if path.contains('{') || path.starts_with("/connections") {
        refuse(operation, &["404"]);
    }
    if method == "post" {
        add_idempotency_key(operation);
    }
    if (path, method) == ("/connections", "post") {
        let schema = json!({ "$ref": "#/components/schemas/ConnectionCreate" });
        operation["requestBody"] =
            json!({ "required": true, "content": { "application/json": { "schema": schema } } });
    }
}

fn takes_window(operation: &Value) -> bool {
    let parameters = operation["parameters"].as_array();
    parameters.is_some_and(|all| all.iter().any(|parameter| parameter["name"] == "from"))
}

fn refuse(operation: &mut Value, statuses: &[&str]) {
    for status in statuses {
        operation["responses"][status] =
            json!({ "$ref": format!("#/components/responses/{}", name_of(status)) });
    }
}

fn add_idempotency_key(operation: &mut Value) {
    let parameter = json!({
        "name": idempotency::HEADER, "in": "header", "required": false,
        "description": "The same key and body get the same answer for 24 hours.",
        "schema": { "type": "string", "pattern": "^[!-~]{1,200}$" },
    });
    match &mut operation["parameters"] {
        Value::Array(parameters) => parameters.push(parameter),
        none => *none = json!([parameter]),
    }
}

/// The statuses of refusals, with a name and what they mean.
const REFUSALS: [(&str, &str, &str); 11] = [
    ("400", "Malformed", "The request cannot be read: query, header or JSON."),
    ("401", "KeyNeeded", "No API key, or one that is not known."),
    ("403", "ScopeNeeded", "The API key does not carry the scope."),
    ("404", "NotFound", "Unknown, of another account, or no id at all: one answer for all."),
    ("409", "Conflict", "It does not go together with what is there."),
    ("413", "TooLarge", "The body is too large."),
    ("415", "NotJson", "The body is not sent as JSON."),
    ("422", "Refused", "A field is wrong, or a check of the examination failed."),
    ("429", "TooOften", "Asked too often: wait."),
    ("500", "Broken", "A fault of ours."),
    ("503", "Away", "Not possible at the moment: try again."),
];

fn name_of(status: &str) -> &'static str {
    REFUSALS.iter().find(|(known, _, _)| *known == status).map_or("Broken", |(_, name, _)| name)
}

fn refusals() -> Value {
    let problem = json!({ "schema": { "$ref": "#/components/schemas/Problem" } });
    let mut responses = Map::new();
    for (status, name, say) in REFUSALS {
        let mut response = json!({ "description": say, "content": { PROBLEM_JSON: problem } });
        match status {
            "401" => {
                response["headers"]["WWW-Authenticate"] =
                    json!({ "required": true, "schema": { "type": "string" } });
            }
            "429" | "503" => {
                response["headers"]["Retry-After"] = json!({
                    "description": "Seconds to wait.",
                    "required": status == "429",
                    "schema": { "type": "integer", "minimum": 1 },
                });
            }
            _ => {}
        }
        responses.insert(name.to_owned(), response);
    }
    Value::Object(responses)
}

/// What `POST /connections` takes: one shape for each integration, as its sign-in form asks.
fn connection_create(catalogue: &Catalogue) -> Value {
    let typed = |row: &&Integration| !row.sign_in.fields().is_empty();
    let shapes: Vec<_> = catalogue.rows().iter().filter(typed).map(shape_of).collect();
    json!({
        "description": "The integration, who will hold the connection, and what signing in asks. \
                        Where `sign_in` is `oauth`, `POST /connections/sign-in` begins it.",
        "oneOf": shapes,
    })
}

/// The integrations that are signed in to at a page of the provider's own.
fn by_page(catalogue: &Catalogue) -> Value {
    let rows = catalogue.rows().iter().filter(|row| row.sign_in.as_str() == "oauth");
    rows.map(|row| row.kind.as_str()).collect()
}

fn shape_of(row: &Integration) -> Value {
    let fields = row.sign_in.fields();
    let mut properties = Map::new();
    let mut required = vec!["integration", "user"];
    properties
        .insert("integration".into(), json!({ "type": "string", "const": row.kind.as_str() }));
    let user = json!({ "type": "string", "pattern": "^usr_[0-9a-f]{32}$" });
    properties.insert("user".into(), user);
    for field in fields {
        let name = field_of_form(field.name);
        properties.insert(name.into(), field_schema(field));
        if !field.optional {
            required.push(name);
        }
    }
    let say = "No more than the times of its events is ever stored.";
    let busy_only = json!({ "type": "boolean", "default": false, "description": say });
    properties.insert("busy_only".into(), busy_only);
    // Where each field may be left out, one of them must be there.
    let least = if required.len() > 2 { required.len() } else { 3 };
    let mut schema = json!({
        "title": row.name, "type": "object", "additionalProperties": false,
        "properties": properties, "required": required, "minProperties": least,
    });
    if schema["properties"]["file"].is_object() {
        schema["properties"]["file_name"] = json!({
            "type": "string", "pattern": LINE, "maxLength": FILE_NAME_LENGTH_MAX,
            "description": "What that file is called.",
        });
        schema["dependentRequired"] = json!({ "file_name": ["file"] });
        schema["anyOf"] = json!([{ "required": ["url"] }, { "required": ["file"] }]);
    }
    schema
}

fn field_schema(field: &Field) -> Value {
    let line = |max: usize| json!({ "type": "string", "pattern": LINE, "maxLength": max });
    let mut schema = match field.name {
        "address" => line(URL_LENGTH_MAX),
        "username" => line(USERNAME_LENGTH_MAX),
        "password" => line(PASSWORD_LENGTH_MAX),
        _ => json!({ "type": "string", "pattern": r"^[^\u0000]+$" }),
    };
    schema["description"] = json!(field.label);
    schema
}
