//! What the small reader of Rust must get right.

use super::*;

#[test]
fn comments_and_literals_are_no_code() {
    let split = split("let a = \"fn x {\"; // fn y {\n/* a /* b */ { */ let c = '{';");
    assert_eq!(split.code, "let a = \"      \";          \n                  let c = ' ';");
    assert!(split.comments.contains("// fn y {"));
    assert!(!split.comments.contains("fn x"));
}

#[test]
fn raw_strings_and_escapes_end_where_they_end() {
    assert_eq!(split("r#\"a \"b\" {\"# }").code.trim(), "}");
    assert_eq!(split(r#"("\"{", '\'', 'a')"#).code.matches('{').count(), 0);
    assert_eq!(split("for x in &'a str {}").code, "for x in &'a str {}");
}

#[test]
fn a_function_reaches_to_its_closing_brace() {
    let code =
        split("fn short() {}\n\npub fn long(\n    a: [u8; 3],\n) -> u8 {\n    { a[0] }\n}\n").code;
    let found = functions(&code);
    assert_eq!(found[0].last_line, 1);
    assert_eq!((found[1].first_line, found[1].last_line), (3, 7));
}

#[test]
fn a_function_without_a_body_is_left_out() {
    assert_eq!(functions("trait T { fn a(&self) -> [u8; 2]; }"), []);
}

#[test]
fn definitions_are_told_from_uses() {
    let code = "pub async fn ask() {} struct Row; type F = fn(u8); const fn one() {} let x = y;";
    let names: Vec<_> = definitions(code).into_iter().map(|d| (d.name, d.public)).collect();
    let expected = [("ask", true), ("Row", false), ("F", false), ("one", false)];
    assert_eq!(names, expected.map(|(name, public)| (name.to_owned(), public)));
}

#[test]
fn pub_of_the_crate_alone_is_not_public() {
    assert!(!definitions("pub(crate) struct Row;")[0].public);
    assert!(definitions("pub struct Row;")[0].public);
}

#[test]
fn tests_begin_at_the_attribute() {
    assert_eq!(tests_begin("fn a() {}\n\n#[cfg(test)]\nmod tests {\n}\n"), Some(2));
    assert_eq!(tests_begin("#[cfg(test)]\nmod tests;\nfn a() {}\n"), None);
}
