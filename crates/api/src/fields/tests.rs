//! Tests.

use http::HeaderValue;
use http::header::CONTENT_TYPE;

use super::*;

fn body(json: &str, known: &[&str]) -> Result<Fields, Problem> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    Fields::of_body(&headers, json.as_bytes(), known)
}

fn errors(fields: Fields) -> Vec<(String, &'static str)> {
    fields.wrong.into_iter().map(|error| (error.field, error.code)).collect()
}

#[test]
fn a_misspelt_field_is_refused_with_the_name_that_was_meant() {
    let fields = body(r#"{"pasword":"x"}"#, &["password", "user"]).unwrap_or_else(|_| panic!());
    assert_eq!(fields.wrong[0].code, "unknown");
    assert!(fields.wrong[0].detail.contains("Is it `password`?"), "{}", fields.wrong[0].detail);
    let fields = body(r#"{"zzzzzz":"x"}"#, &["user"]).unwrap_or_else(|_| panic!());
    assert!(fields.wrong[0].detail.contains("Known are `user`"), "{}", fields.wrong[0].detail);
}

#[test]
fn every_fault_is_found_in_one_go() {
    let json = r#"{"url":7,"username":"a\u0000b","password":"1234567"}"#;
    let mut fields =
        body(json, &["url", "username", "password", "user"]).unwrap_or_else(|_| panic!());
    assert_eq!(fields.text("url", 10), None);
    assert_eq!(fields.text("username", 10), None);
    assert_eq!(fields.text("password", 6), None);
    assert_eq!(fields.id::<connection::UserId>("user"), None);
    let found = errors(fields);
    let codes: Vec<_> = found.iter().map(|(field, code)| (field.as_str(), *code)).collect();
    assert_eq!(
        codes,
        [("url", "type"), ("username", "invalid"), ("password", "too_long"), ("user", "required")]
    );
}

#[test]
fn a_name_is_repeated_without_control_characters_and_not_at_length() {
    let json = format!(r#"{{"\u0007{}":1}}"#, "x".repeat(500));
    let fields = body(&json, &["user"]).unwrap_or_else(|_| panic!());
    assert_eq!(fields.wrong[0].field, "x".repeat(NAME_SHOWN_MAX));
}

#[test]
fn a_query_parameter_may_stand_only_once() {
    let fields = Fields::of_query(Some("limit=1&limit=2"), &["limit"]);
    assert_eq!(errors(fields), [("limit".to_owned(), "invalid")]);
}
