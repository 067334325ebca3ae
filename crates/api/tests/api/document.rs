//! The OpenAPI document.

use connection::StatusCause;
use serde_json::Value;

use crate::house::House;

async fn document() -> Value {
    let mut house = House::new().await;
    house.key = String::new();
    house.get("/openapi.json").await.expect(200).body
}

#[tokio::test]
async fn the_document_is_as_it_was_agreed() {
    let document = document().await;
    // Sorted: whether a map keeps its order depends on what else is built along.
    insta::with_settings!({sort_maps => true}, {
        insta::assert_json_snapshot!("openapi", document);
    });
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    fn walk(value: &Value, whole: &Value) {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(reference)) = map.get("$ref") {
                    let target = whole.pointer(reference.strip_prefix('#').unwrap());
                    assert!(target.is_some(), "{reference} leads nowhere");
                }
                map.values().for_each(|value| walk(value, whole));
            }
            Value::Array(values) => values.iter().for_each(|value| walk(value, whole)),
            _ => {}
        }
    }
    let document = document().await;
    walk(&document, &document);
}

#[tokio::test]
async fn what_is_sent_may_hold_no_other_fields() {
    let document = document().await;
    let schemas = &document["components"]["schemas"];
    for name in ["ConnectionRepair", "CalendarSettings", "CalendarChange"] {
        assert_eq!(schemas[name]["additionalProperties"], false, "{name}");
    }
    for shape in schemas["ConnectionCreate"]["oneOf"].as_array().unwrap() {
        assert_eq!(shape["additionalProperties"], false);
    }
}

#[tokio::test]
async fn every_cause_of_a_change_of_state_is_in_the_document() {
    let document = document().await;
    let causes = StatusCause::ALL.map(StatusCause::as_str);
    let documented = &document["components"]["schemas"]["StatusChange"]["properties"]["cause"];
    assert_eq!(documented["enum"], serde_json::json!(causes));
}

#[tokio::test]
async fn every_operation_says_how_it_refuses() {
    let document = document().await;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let statuses = operation["responses"].as_object().unwrap();
            let open = path.ends_with("/openapi.json");
            for status in ["400", "401", "403", "429"] {
                assert_eq!(statuses.contains_key(status), !open, "{method} {path} {status}");
            }
            assert!(statuses.contains_key("500") && statuses.contains_key("503"));
        }
    }
}
