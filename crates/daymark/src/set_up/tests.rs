//! What the set-up page says of each provider, held against the settings and addresses there are.

use super::*;
use crate::config::{Flags, Layers};
use crate::integrations;

/// The set-ups of an installation with these settings.
fn with(given: &[(&str, &str)]) -> Vec<SetUp> {
    let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let layers = Layers::new(&Flags::default(), given, None).unwrap();
    let catalogue = integrations::catalogue(&Settings::read(&layers).unwrap()).unwrap();
    catalogue.set_ups().to_vec()
}

/// Everything of one provider that a card shows as text.
fn texts(set_up: &SetUp) -> String {
    let steps = set_up.steps.iter().map(|step| format!("{} {}", step.title, step.say));
    steps.chain(set_up.notes.iter().map(|&note| note.to_owned())).collect::<Vec<_>>().join(" ")
}

#[test]
fn each_card_has_the_way_back_the_push_address_and_its_settings() {
    let all = with(&[]);
    let names: Vec<_> = all.iter().map(|set_up| (set_up.name, set_up.hook)).collect();
    assert_eq!(
        names,
        [
            ("Google", Some("/hooks/google")),
            ("Microsoft", Some("/hooks/microsoft")),
            ("Zoom", Some("/hooks/zoom")),
        ]
    );
    for set_up in &all {
        let copies: Vec<_> = set_up.steps.iter().flat_map(|step| step.copies).collect();
        for to_copy in [ToCopy::Callback, ToCopy::Hook] {
            assert!(copies.contains(&&to_copy), "{}: {to_copy:?}", set_up.name);
        }
        let prefix = format!("DAYMARK_{}_", set_up.name.to_uppercase());
        let needed: Vec<_> = set_up.settings.iter().filter(|one| one.is_needed).collect();
        for part in ["CLIENT_ID", "CLIENT_SECRET"] {
            let is_there = needed.iter().any(|one| one.name == format!("{prefix}{part}"));
            assert!(is_there, "{prefix}{part}");
        }
        assert!(set_up.settings.iter().all(|one| one.name.starts_with(&prefix) && !one.is_set));
        assert!(set_up.client.is_none() && set_up.notices.is_none(), "{}", set_up.name);
    }
}

#[test]
fn a_setting_that_a_card_names_is_read_and_shown_as_set() {
    for set_up in with(&[]) {
        let given: Vec<_> = set_up
            .settings
            .iter()
            .map(|one| match one.name {
                name if name.ends_with("_URL") => (name, "http://127.0.0.1:9/"),
                name if name.ends_with("_ENDS") => (name, "2027-11-30"),
                name => (name, "given"),
            })
            .collect();
        let all = with(&given);
        let same = all.iter().find(|one| one.kind == set_up.kind).unwrap();
        for one in &same.settings {
            assert!(one.is_set, "{}", one.name);
        }
        assert!(same.client.is_some(), "{} can be asked", same.name);
        assert_eq!(same.notices.is_some(), same.name == "Zoom");
        for other in all.iter().filter(|one| one.kind != set_up.kind) {
            assert!(other.client.is_none(), "{}", other.name);
        }
    }
}

#[test]
fn steps_that_settings_name_are_steps_that_there_are() {
    for set_up in with(&[]) {
        for one in set_up.settings.iter().filter(|one| one.is_needed) {
            let number = one.say.split("of step ").nth(1).expect(one.say);
            let number: usize = number.split('.').next().unwrap().parse().unwrap();
            assert!((1..=set_up.steps.len()).contains(&number), "{}: {}", one.name, one.say);
        }
    }
}

#[test]
fn a_card_promises_no_account_at_zoom_and_hides_none_of_the_others() {
    for set_up in with(&[]) {
        match set_up.later {
            Some(say) => {
                assert_eq!(set_up.name, "Zoom");
                assert!(say.starts_with("Nobody can connect an account at Zoom in this version"));
                assert!(set_up.gives.ends_with("in a later version"));
            }
            None => assert!(!texts(&set_up).contains("later version"), "{}", set_up.name),
        }
    }
}
