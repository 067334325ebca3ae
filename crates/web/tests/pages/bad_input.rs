//! What nobody should send: each answered with its sentence, nothing lost, never a fault of ours.

use crate::house::{EMAIL, House, LIST, PASSWORD};

#[tokio::test]
async fn an_address_that_is_not_there_says_what_to_do() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    for path in ["/nothing", "/calendars", "/sign-in/a/b", "/calendars/settings/connections/x/y"] {
        dana.get(path).await.expect(404).says(&["There is nothing here"]);
    }
    let id = "con_0123";
    for path in [id, "con_%00", "%ff", "..%2f..", &"x".repeat(3_000)] {
        dana.get(&format!("{LIST}/{path}")).await.expect(404);
    }
    dana.get(&format!("{LIST}/attempts/att_{}", "0".repeat(32))).await.expect(404);
    dana.get("/sign-out").await.expect(405).says(&["works another way"]);
}

#[tokio::test]
async fn control_characters_and_long_texts_are_refused_beside_their_field() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let long = "x".repeat(201);
    for name in ["a\0b", "a\u{7}b", "a\nb", &long] {
        let typed = [("name", name), ("email", EMAIL), ("time_zone", "UTC")];
        let answer = dana.post("/settings/profile", &typed).await.expect(422);
        answer.hides(&["data-error-of=\"name\"></p>"]).says(&["data-error-of=\"email\"></p>"]);
        let typed = [("username", name), ("password", "abcd-efgh-ijkl-mnop")];
        let answer = dana.post(&format!("{LIST}/add/icloud"), &typed).await.expect(422);
        answer.hides(&["data-error-of=\"username\"></p>"]);
        house.browser().sign_in(name, PASSWORD).await.expect(422);
        house.browser().sign_in(EMAIL, &format!("{name}{long}")).await.expect(422);
    }
}

#[tokio::test]
async fn an_empty_form_says_which_fields_to_fill_in() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let empty = dana.post(&format!("{LIST}/add/icloud"), &[]).await.expect(422);
    assert_eq!(empty.html.matches("Fill this in.").count(), 2);
    let empty = dana.post("/settings/profile", &[]).await.expect(422);
    assert_eq!(empty.html.matches("Fill this in.").count(), 3);
    dana.post("/calendars/settings/calendars", &[]).await.expect(422);
}

#[tokio::test]
async fn a_body_that_is_no_form_is_refused_and_one_that_is_too_large_says_so() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let add = format!("{LIST}/add/feed");
    let refused = dana.post_raw(&add, "application/json", b"{}".to_vec()).await.expect(400);
    refused.says(&["did not arrive whole"]);
    dana.post_raw(&add, "multipart/form-data", b"x".to_vec()).await.expect(400);
    let cut = b"--edge\r\nContent-Disposition: form-data; name=\"file\"".to_vec();
    dana.post_raw(&add, "multipart/form-data; boundary=edge", cut).await.expect(400);
    let kind = "application/x-www-form-urlencoded";
    dana.post_raw("/settings/profile", kind, vec![0xff; 1_000]).await.expect(422);
    let large = vec![b'x'; 300 * 1024];
    dana.post_raw("/settings/profile", kind, large).await.expect(413).says(&["too large"]);
}

#[tokio::test]
async fn a_calendar_of_somebody_else_cannot_be_chosen() {
    let house = House::new().await;
    let (mut dana, _) = house.connected().await;
    let foreign = format!("cal_{}", "0".repeat(32));
    let typed = [("linked", "none"), ("conflict", foreign.as_str())];
    let answer = dana.post("/calendars/settings/calendars", &typed).await.expect(422);
    answer.says(&["not there any more"]);
    let typed = [("linked", foreign.as_str())];
    dana.post("/calendars/settings/calendars", &typed).await.expect(422);
}

#[tokio::test]
async fn what_a_provider_names_things_is_shown_as_text() {
    let house = House::new().await;
    house.put("<script>alert(1)", "DTSTART:20261123T100000Z\nDTEND:20261123T110000Z");
    let (mut dana, _) = house.connected().await;
    let page = dana.get("/week?day=2026-11-23").await.expect(200);
    page.says(&["&lt;script&gt;"]).hides(&["<script>alert"]);
}
