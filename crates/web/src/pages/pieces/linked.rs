//! A sentence in which an address stands: the address becomes a link that says where it leads, and
//! can be copied to be sent on.

use maud::{Markup, html};
use url::{Host, Url};

/// What an address in a sentence of ours begins with.
const BEGINS: &str = "http";
/// What may follow an address without being a part of it.
const ENDS: [char; 9] = ['.', ',', ';', ':', '!', '?', ')', '”', '’'];

/// Characters of an address that is shown whole; of a longer one its query is left out.
const SHOWN_MAX: usize = 80;

/// A part of a sentence.
#[derive(Debug, PartialEq, Eq)]
enum Part<'t> {
    Words(&'t str),
    Address(Url),
}

/// The sentence, with its addresses as links.
pub(crate) fn linked(sentence: &str) -> Markup {
    shown(&parts(sentence))
}

/// The same, and behind it a button for each address to copy it.
pub(crate) fn linked_to_copy(sentence: &str) -> Markup {
    let parts = parts(sentence);
    html! {
        (shown(&parts))
        @for part in &parts {
            @if let Part::Address(url) = part && !is_host_alone(url) {
                " "
                button .button.small type="button" hidden data-copy=(url) { "Copy the address" }
            }
        }
    }
}

fn shown(parts: &[Part<'_>]) -> Markup {
    html! {
        @for part in parts {
            @match part {
                Part::Words(words) => (words),
                // The text is the address itself: it cannot lead elsewhere than it says.
                Part::Address(url) => {
                    a href=(url) rel="noopener noreferrer nofollow" { (short(url)) }
                }
            }
        }
    }
}

/// The name of a server, which is nothing to be sent on.
fn is_host_alone(url: &Url) -> bool {
    url.path() == "/" && url.query().is_none()
}

fn short(url: &Url) -> String {
    match url.as_str().split_once('?') {
        Some((place, _)) if url.as_str().len() > SHOWN_MAX => format!("{place}?…"),
        _ => url.to_string(),
    }
}

fn parts(sentence: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = sentence;
    let mut said = 0;
    while let Some(at) = rest.get(said..).and_then(|text| text.find(BEGINS)).map(|at| at + said) {
        let from = rest.get(at..).unwrap_or_default();
        let length = from.find(char::is_whitespace).unwrap_or(from.len());
        let text = from.get(..length).unwrap_or_default().trim_end_matches(ENDS);
        let Some(url) = address(text) else {
            said = at + BEGINS.len();
            continue;
        };
        let (before, after) = (rest.get(..at), rest.get(at + text.len()..));
        parts.extend(before.filter(|words| !words.is_empty()).map(Part::Words));
        parts.push(Part::Address(url));
        (rest, said) = (after.unwrap_or_default(), 0);
    }
    if !rest.is_empty() {
        parts.push(Part::Words(rest));
    }
    parts
}

/// An address that may be followed: over https, or on this very machine, as in the demo; and
/// without a name before the host that could be taken for it.
fn address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_plain = url.username().is_empty() && url.password().is_none();
    let is_safe = match url.host()? {
        Host::Ipv4(ip) if ip.is_loopback() => matches!(url.scheme(), "http" | "https"),
        _ => url.scheme() == "https",
    };
    (is_plain && is_safe).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(sentence: &str) -> String {
        linked(sentence).into_string()
    }

    #[test]
    fn an_address_ends_where_the_sentence_goes_on() {
        let html = html("Send them https://a.example/x?b=1&c=2, then (https://b.example/). Done.");
        assert!(html.contains("href=\"https://a.example/x?b=1&amp;c=2\""), "{html}");
        assert!(html.contains("</a>, then (<a href=\"https://b.example/\""), "{html}");
        assert!(html.ends_with("</a>). Done."), "{html}");
    }

    #[test]
    fn what_is_no_plain_https_address_stays_words() {
        for sentence in [
            "https://",
            "see https:// or https://google.com@evil.example/",
            "javascript:alert(1) http://a.example/ <b>",
        ] {
            assert!(!html(sentence).contains("<a"), "{sentence}");
        }
        assert_eq!(html("<b>"), "&lt;b&gt;");
    }

    #[test]
    fn a_host_in_letters_that_look_alike_is_spelled_out() {
        assert!(html("https://gооgle.com/").contains(">https://xn--ggle-55da.com/</a>"));
    }

    #[test]
    fn a_long_address_leads_as_far_and_is_shown_in_part() {
        let query = "scope=x".repeat(20);
        let html = html(&format!("Send http://127.0.0.1:8090/consent?{query} on."));
        assert!(
            html.contains(&format!("href=\"http://127.0.0.1:8090/consent?{query}\"")),
            "{html}"
        );
        assert!(html.contains(">http://127.0.0.1:8090/consent?…</a> on."), "{html}");
    }

    #[test]
    fn an_address_is_offered_to_be_copied() {
        let html = linked_to_copy("https://a.example/agree").into_string();
        assert!(html.contains("data-copy=\"https://a.example/agree\""), "{html}");
        let html = linked_to_copy("Nobody answers at https://a.example.").into_string();
        assert!(!html.contains("data-copy"), "{html}");
    }
}
