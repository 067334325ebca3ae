//! sync-collection: deltas, truncation, tokens that are no more.

use http::StatusCode;
use sandbox::{BogusToken, Preset};

use crate::client::{Client, event};

fn put(client: &Client, name: &str) {
    let text = event(name, "20261102T100000Z");
    client.sandbox.put_event(&client.user, "Home", &format!("{name}.ics"), &text).unwrap();
}

/// Members of an answer: `name` or `-name` for a removed one, the collection as `.`.
fn members(answer: &crate::client::Answer) -> Vec<String> {
    let document = roxmltree::Document::parse(answer.text()).unwrap();
    let responses = document.descendants().filter(|node| node.tag_name().name() == "response");
    let read = |node: roxmltree::Node<'_, '_>| {
        let text = |local: &str| {
            node.children().find(|c| c.tag_name().name() == local).and_then(|c| c.text())
        };
        let href = text("href").unwrap_or_default();
        let name = href.rsplit('/').next().unwrap().trim_end_matches(".ics");
        let name = if name.is_empty() { "." } else { name };
        match text("status") {
            Some(status) if status.contains("404") => format!("-{name}"),
            Some(status) if status.contains("507") => format!("{name}507"),
            _ => name.to_owned(),
        }
    };
    responses.map(read).collect()
}

#[tokio::test]
async fn a_first_sync_lists_what_is_there_and_the_next_what_has_changed() {
    let client = Client::new();
    let home = client.home();
    put(&client, "a");
    put(&client, "b");
    put(&client, "c");
    client.sandbox.delete_event(&client.user, "Home", "c.ics").unwrap();
    let first = client.sync(&home, "").await;
    assert_eq!(members(&first), [".", "a", "b"], "the collection lists itself");
    let token = first.all("sync-token").pop().unwrap();
    assert!(token.starts_with("HwoQEgwAAA"), "{token}");

    let quiet = client.sync(&home, &token).await;
    assert_eq!(members(&quiet), ["."]);
    assert_eq!(quiet.all("sync-token").pop().unwrap(), token);

    put(&client, "b");
    put(&client, "d");
    client.sandbox.delete_event(&client.user, "Home", "a.ics").unwrap();
    let delta = client.sync(&home, &token).await;
    assert_eq!(members(&delta), [".", "b", "d", "-a"]);
}

#[tokio::test]
async fn a_truncated_answer_goes_on_from_its_own_token() {
    let client = Client::new();
    let home = client.home();
    client.sandbox.change_manners(None, |manners| manners.sync_max = Some(2)).unwrap();
    for name in ["a", "b", "c", "d", "e"] {
        put(&client, name);
    }
    let (mut token, mut seen, mut rounds) = (String::new(), Vec::new(), 0);
    loop {
        let answer = client.sync(&home, &token).await;
        token = answer.all("sync-token").pop().unwrap();
        let found = members(&answer);
        seen.extend(found.iter().filter(|name| !name.starts_with('.')).cloned());
        rounds += 1;
        if !found.contains(&".507".to_owned()) {
            break;
        }
        assert!(answer.text().contains("number-of-matches-within-limits"));
    }
    assert_eq!((seen.join(""), rounds), ("abcde".to_owned(), 3));
}

#[tokio::test]
async fn an_unknown_token_is_refused_in_each_servers_way() {
    let client = Client::new();
    let home = client.home();
    put(&client, "a");
    let token = client.sync(&home, "").await.all("sync-token").pop().unwrap();
    client.sandbox.expire_sync_tokens(&client.user).unwrap();
    for (manner, status, says) in [
        (BogusToken::Forbidden, 403, true),
        (BogusToken::Conflict, 409, true),
        (BogusToken::Gone, 410, false),
        (BogusToken::PreconditionFailed, 412, false),
        (BogusToken::Crashes, 500, false),
        (BogusToken::ListsEverything, 207, false),
    ] {
        client.sandbox.change_manners(None, |manners| manners.bogus_token = manner).unwrap();
        for token in [token.as_str(), "nonsense", "HwoQEgwAAAffffffff"] {
            let answer = client.sync(&home, token).await;
            assert_eq!(answer.status.as_u16(), status, "{manner:?} {token}");
            assert_eq!(answer.text().contains("valid-sync-token"), says, "{manner:?}");
        }
    }
    assert_eq!(members(&client.sync(&home, &token).await), [".", "a"]);
}

#[tokio::test]
async fn each_preset_writes_its_own_tokens_and_gmx_has_none() {
    let client = Client::new();
    for (preset, start) in [
        (Preset::ICloud, "HwoQEgwAAA"),
        (Preset::Nextcloud, "http://sabre.io/ns/sync/"),
        (Preset::Radicale, "http://radicale.org/ns/sync/"),
        (Preset::Fastmail, "data:,"),
    ] {
        client.sandbox.set_preset(None, preset).unwrap();
        let answer = client.sync(&client.home(), "").await;
        let token = answer.all("sync-token").pop().unwrap();
        assert!(token.starts_with(start), "{preset:?}: {token}");
        let again = client.sync(&client.home(), &token).await;
        assert_eq!(again.status, StatusCode::MULTI_STATUS, "{preset:?} knows its own token");
    }
    client.sandbox.set_preset(None, Preset::Gmx).unwrap();
    let answer = client.sync(&client.home(), "").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let answer = client.propfind(&client.home(), "0", "<D:supported-report-set/>").await;
    assert!(!answer.text().contains("sync-collection"));
}

#[tokio::test]
async fn ctag_and_token_move_with_every_change_and_only_then() {
    let client = Client::new();
    let home = client.home();
    let tags = async || {
        let answer = client.propfind(&home, "0", "<S:getctag/><D:sync-token/>").await;
        (answer.first("getctag"), answer.first("sync-token"))
    };
    let before = tags().await;
    assert_eq!(tags().await, before);
    put(&client, "a");
    let after = tags().await;
    assert!(after.0 != before.0 && after.1 != before.1);
}

#[tokio::test]
async fn a_lost_calendar_is_gone_and_comes_back_whole() {
    let client = Client::new();
    let home = client.home();
    put(&client, "a");
    client.sandbox.lose_calendar(&client.user, "Home", true).unwrap();
    assert_eq!(client.sync(&home, "").await.status, StatusCode::NOT_FOUND);
    let listing = client.propfind(&home.replace("home/", ""), "1", "<D:displayname/>").await;
    assert!(!listing.all("displayname").contains(&"Home".to_owned()));
    client.sandbox.lose_calendar(&client.user, "Home", false).unwrap();
    assert_eq!(members(&client.sync(&home, "").await), [".", "a"]);
}

#[tokio::test]
async fn museum_24_a_calendar_may_come_back_empty() {
    let client = Client::new();
    let home = client.home();
    put(&client, "a");
    let token = client.sync(&home, "").await.all("sync-token").pop().unwrap();
    client.sandbox.empty_calendar(&client.user, "Home", true).unwrap();
    assert_eq!(client.sync(&home, &token).await.status, StatusCode::FORBIDDEN);
    assert_eq!(members(&client.sync(&home, "").await), ["."]);
    let one = client.send("GET", &format!("{home}a.ics"), &[], "").await;
    assert_eq!(one.status, StatusCode::NOT_FOUND);
    client.sandbox.empty_calendar(&client.user, "Home", false).unwrap();
    assert_eq!(members(&client.sync(&home, "").await), [".", "a"]);
}
