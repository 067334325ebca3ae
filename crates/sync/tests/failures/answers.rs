//! The rows where somebody answers.

use crate::far::{self, EVERYONE, Site};
use crate::table::{Answer, Row, rows};

async fn broken_promises(row: &Row) -> Vec<String> {
    let mut broken = Vec::new();
    let places = if row.place == "anyone" { &EVERYONE[..] } else { &[row.place.as_str()][..] };
    for place in places {
        for answer in row.answers() {
            let body = far::in_words_of(place, &answer.body);
            let client = far::answering(Answer { body, ..answer.clone() });
            let told = far::ask(place, &client, &Site::default()).await;
            if let Some(says) = far::broken_promise((&row.code, row.wait_s), &told) {
                broken.push(format!("row {}, {place}: {answer:?} {says}", row.number));
            }
        }
    }
    broken
}

#[tokio::test]
async fn museum_33_each_answer_becomes_what_the_document_says() {
    let mut broken = Vec::new();
    let mut played = 0;
    for row in rows().iter().filter(|row| row.mishap().is_none()) {
        broken.extend(broken_promises(row).await);
        played += 1;
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
    assert!(played >= 60, "{played} rows were played");
}
