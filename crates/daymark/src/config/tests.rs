//! Which layer wins, and what is refused.

use super::*;

fn layers(environment: &[(&str, &str)], file: &str) -> anyhow::Result<Layers> {
    let environment = environment.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
    Layers::new(&Flags::default(), environment, Some(file))
}

#[test]
fn the_environment_stands_above_the_file() {
    let layers = layers(&[("DAYMARK_LISTEN", "127.0.0.1:1")], "listen = \"127.0.0.1:2\"").unwrap();
    assert_eq!(Settings::read(&layers).unwrap().listen.port(), 1);
}

#[test]
fn an_unknown_setting_is_refused_with_the_nearest_known_one() {
    let refused = layers(&[("DAYMARK_LISTN", "x")], "").err().unwrap().to_string();
    assert!(refused.contains("DAYMARK_LISTN") && refused.contains("`listen`"), "{refused}");
    let refused = layers(&[], "publik_url = \"https://d.example\"").err().unwrap().to_string();
    assert!(refused.contains("`public_url`"), "{refused}");
}

#[test]
fn a_secret_is_read_from_a_file_and_not_given_twice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    std::fs::write(&path, "c2VjcmV0\n").unwrap();
    let path = path.to_str().unwrap();
    let from_file = layers(&[("DAYMARK_SECRET_KEY_FILE", path)], "").unwrap();
    assert_eq!(from_file.secret("secret_key").unwrap().unwrap().reveal(), "c2VjcmV0");
    let both = [("DAYMARK_SECRET_KEY_FILE", path), ("DAYMARK_SECRET_KEY", "x")];
    assert!(layers(&both, "").unwrap().secret("secret_key").is_err());
}

#[test]
fn a_wrong_value_says_what_a_right_one_looks_like() {
    let wrong = Settings::read(&layers(&[("DAYMARK_LISTEN", "here")], "").unwrap()).err().unwrap();
    assert!(wrong.to_string().contains("127.0.0.1:8080"), "{wrong}");
    let wrong = Settings::read(&layers(&[("DAYMARK_PUBLIC_URL", "ftp://x")], "").unwrap());
    assert!(wrong.err().unwrap().to_string().contains("https://"));
}

#[test]
fn a_tenant_is_a_name_and_no_part_of_another_address() {
    let read = |tenant| Settings::read(&layers(&[("DAYMARK_MICROSOFT_TENANT", tenant)], "")?);
    assert_eq!(read("").unwrap().microsoft_tenant, None);
    let given = read("northwind.example").unwrap().microsoft_tenant;
    assert_eq!(given.as_deref(), Some("northwind.example"));
    for wrong in ["../consumers", "a/b", "..", "everybody here"] {
        let refused = read(wrong).err().unwrap().to_string();
        assert!(refused.contains("`organizations`"), "{refused}");
    }
}

#[test]
fn a_provider_to_sign_in_at_is_given_whole_and_over_https() {
    let read = |more: &[(&str, &str)]| {
        let mut all = vec![
            ("DAYMARK_OIDC_ISSUER", "https://id.example"),
            ("DAYMARK_OIDC_CLIENT_ID", "daymark"),
            ("DAYMARK_OIDC_CLIENT_SECRET", "secret"),
        ];
        all.retain(|(name, _)| more.iter().all(|(other, _)| name != other));
        all.extend(more);
        Ok::<_, anyhow::Error>(Settings::read(&layers(&all, "")?)?.open_id)
    };
    assert_eq!(read(&[]).unwrap().unwrap().name, "your organisation");
    assert!(read(&[("DAYMARK_OIDC_ISSUER", "http://127.0.0.1:9/")]).unwrap().is_some());
    let refused = |more| read(more).err().unwrap().to_string();
    assert!(refused(&[("DAYMARK_OIDC_CLIENT_ID", "")]).contains("belong together"));
    assert!(refused(&[("DAYMARK_OIDC_ISSUER", "http://id.example")]).contains("https://"));
    assert!(Settings::read(&layers(&[], "").unwrap()).unwrap().open_id.is_none());
}

#[test]
fn zoom_has_a_client_with_both_its_parts_and_a_token_that_may_stand_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "of-zoom\n").unwrap();
    let all = [
        ("DAYMARK_ZOOM_URL", "http://127.0.0.1:8090"),
        ("DAYMARK_ZOOM_CLIENT_ID", "id"),
        ("DAYMARK_ZOOM_CLIENT_SECRET", "secret"),
        ("DAYMARK_ZOOM_SECRET_TOKEN_FILE", path.to_str().unwrap()),
    ];
    let read = |given: &[(&str, &str)]| Settings::read(&layers(given, "").unwrap());
    let settings = read(&all).unwrap();
    assert_eq!(settings.zoom.client_id.as_deref(), Some("id"));
    assert_eq!(settings.zoom.client_secret.unwrap().reveal(), "secret");
    assert_eq!(settings.zoom.url.unwrap().as_str(), "http://127.0.0.1:8090/");
    assert_eq!(settings.zoom_secret_token.unwrap().reveal(), "of-zoom");
    let half = read(&all[..2]).err().unwrap().to_string();
    assert!(half.contains("DAYMARK_ZOOM_CLIENT_SECRET"), "{half}");
    let empty = read(&[("DAYMARK_ZOOM_SECRET_TOKEN", "")]).unwrap();
    assert!(empty.zoom_secret_token.is_none(), "an empty token is none");
}

#[test]
fn the_most_connections_are_twenty_or_a_number_that_lets_somebody_connect() {
    let read = |most| Settings::read(&layers(&[("DAYMARK_CONNECTIONS_MAX", most)], "").unwrap());
    assert_eq!(read("").unwrap().connections_max, 20);
    assert_eq!(read("3").unwrap().connections_max, 3);
    for wrong in ["0", "-1", "many", "2.5"] {
        let refused = read(wrong).err().unwrap().to_string();
        assert!(refused.contains("DAYMARK_CONNECTIONS_MAX"), "{refused}");
    }
}
