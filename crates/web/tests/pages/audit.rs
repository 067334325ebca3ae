//! The audit log as administrators see it and take it along.

use crate::house::House;

const PAGE: &str = "/settings/audit";

#[tokio::test]
async fn an_administrator_reads_who_did_what_and_narrows_it_down() {
    let house = House::new().await;
    let (mut dana, connection) = house.connected().await;
    dana.post(&format!("{connection}/pause"), &[("paused", "true")]).await.expect(303);
    let page = dana.get(PAGE).await.expect(200);
    page.says(&["Audit log", "connected", "paused", "dana@icloud.example", "signed in"]);
    let of_connections = dana.get(&format!("{PAGE}?act=connection")).await.expect(200);
    of_connections.says(&["</b> paused dana@icloud.example"]).hides(&["</b> signed in"]);
    let tomorrow = dana.get(&format!("{PAGE}?from=2026-11-23")).await.expect(200);
    tomorrow.says(&["Nothing of that kind was done."]);
    let today = dana.get(&format!("{PAGE}?from=2026-11-22&until=2026-11-22")).await.expect(200);
    today.says(&["</b> signed in"]);
    let of_nobody = dana.get(&format!("{PAGE}?person=operator")).await.expect(200);
    of_nobody.says(&["Nothing of that kind was done."]);
}

#[tokio::test]
async fn the_log_is_taken_along_whole_in_both_forms() {
    let house = House::new().await;
    let (mut dana, connection) = house.connected().await;
    for _ in 0..600 {
        dana.post(&format!("{connection}/pause"), &[("paused", "true")]).await.expect(303);
    }
    let csv = dana.get(&format!("{PAGE}/export?format=csv&act=connection")).await.expect(200);
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    let name = csv.headers["content-disposition"].to_str().unwrap();
    assert_eq!(name, "attachment; filename=\"daymark-audit-2026-11-22.csv\"");
    let lines: Vec<_> = csv.html.split("\r\n").collect();
    assert_eq!(lines.len(), 1 + 601 + 1, "a head, 600 pauses, one connecting, the end");
    assert!(lines[0].starts_with("id,at,actor,actor_name,act,"), "{}", lines[0]);
    let jsonl = dana.get(&format!("{PAGE}/export?format=jsonl&act=connection")).await.expect(200);
    let first: serde_json::Value =
        serde_json::from_str(jsonl.html.lines().next().unwrap()).unwrap();
    assert_eq!(first["act"], "connection.paused");
    assert_eq!(first["subject_name"], "dana@icloud.example");
    assert_eq!(jsonl.html.lines().count(), 601);
    dana.get(&format!("{PAGE}?act=audit")).await.expect(200).says(&["took the audit log along"]);
    dana.get(&format!("{PAGE}/export?format=xml")).await.expect(404);
}
