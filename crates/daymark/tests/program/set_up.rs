//! The set-up page with its real texts, through the whole program, and what its buttons find.

use crate::house::House;
use crate::open_id::Browser;

const PAGE: &str = "/settings/set-up";

/// The card of one provider.
fn card<'p>(page: &'p str, kind: &str) -> &'p str {
    let from = page.find(&format!("<section class=\"card\" id=\"{kind}\"")).expect(kind);
    page[from..].split("</section>").next().unwrap()
}

#[test]
fn each_provider_can_be_set_up_by_what_its_card_says_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::demo(folder.path());
    let here = house.address.to_string();
    let mut dana = Browser::default();
    let typed = "email=dana%40northwind.example&password=a-look-around";
    let let_in = dana.exchange(&here, "POST /sign-in", typed);
    assert!(let_in.starts_with("HTTP/1.0 303"), "{let_in}");
    let page = dana.exchange(&here, &format!("GET {PAGE}"), "");
    for (kind, name, hook, settings) in [
        ("google", "Google", "google", &["CLIENT_ID", "CLIENT_SECRET"][..]),
        ("outlook", "Microsoft", "microsoft", &["CLIENT_ID", "CLIENT_SECRET"]),
        ("zoom", "Zoom", "zoom", &["CLIENT_ID", "CLIENT_SECRET", "SECRET_TOKEN"]),
    ] {
        let card = card(&page, kind);
        let mut shown = vec![
            format!("http://{here}/oauth/callback"),
            format!("http://{here}/hooks/{hook}"),
            format!("action=\"{PAGE}/{kind}/check#{kind}\""),
        ];
        let setting = |part: &&str| format!("DAYMARK_{}_{part}", name.to_uppercase());
        shown.extend(settings.iter().map(setting));
        for text in shown {
            assert!(card.contains(&text), "“{text}” is missing: {card}");
        }
        let checked = dana.exchange(&here, &format!("POST {PAGE}/{kind}/check"), "");
        let known = format!("{name} knows this client, and takes its secret");
        assert!(checked.contains(&known), "{checked}");
    }
    assert!(card(&page, "zoom").contains("Nobody can connect an account at Zoom in this version"));
    // The sandbox's Zoom signs nothing, so its secret token is not set.
    let ring = dana.exchange(&here, "POST /hooks/zoom", "");
    assert!(ring.starts_with("HTTP/1.0 404"), "{ring}");
}
