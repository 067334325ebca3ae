//! What is shown once: the secret for an authenticator app, as a picture, an address and a text;
//! and recovery codes.

use std::fmt::Write;

use door::totp;
use maud::{Markup, html};
use qrcodegen::{QrCode, QrCodeEcc};

use super::copy::copyable;
use super::field::Input;
use crate::factors;

/// Light around the picture, in its own squares, as readers want it.
const QUIET: i32 = 4;

/// The steps from a secret to its first code, which is posted to `action` with what `also` asks.
pub(crate) fn app(
    secret: &[u8],
    email: &str,
    (action, also): (&str, &Markup),
    wrong: Option<&str>,
) -> Markup {
    let address = totp::address(secret, email);
    html! {
        ol .how {
            li {
                p {
                    "Scan this with an authenticator app: the one of your password safe, Aegis, \
                     2FAS, Google Authenticator, or any other."
                }
                (picture(&address))
                p .small.soft {
                    "On the phone itself, " a href=(address) { "open the app from here" }
                    "; or type this into it: "
                    (copyable("the secret", &grouped(&totp::base32(secret), " ")))
                }
            }
            li {
                form .stack method="post" action=(action) data-checked {
                    (Input {
                        name: "code", label: "The code that it shows now",
                        hint: "Six digits; a new one every 30 seconds.",
                        length_max: factors::TYPED_MAX, fills: "one-time-code", error: wrong,
                        ..Input::default()
                    }.show())
                    (also)
                    div .actions { button .button.primary type="submit" { "Turn it on" } }
                }
            }
        }
    }
}

/// The square that cameras read. An address that is too long for one has none.
fn picture(address: &str) -> Markup {
    let Ok(code) = QrCode::encode_text(address, QrCodeEcc::Medium) else { return html! {} };
    let side = code.size();
    let dark = (0..side).flat_map(|y| (0..side).map(move |x| (x, y)));
    let dark = dark.filter(|&(x, y)| code.get_module(x, y));
    let path = dark.fold(String::new(), |mut path, (x, y)| {
        // Writing into a String cannot fail.
        let _ = write!(path, "M{},{}h1v1h-1z", x + QUIET, y + QUIET);
        path
    });
    let whole = side + 2 * QUIET;
    html! {
        svg .qr viewBox={ "0 0 " (whole) " " (whole) } role="img"
            aria-label="The secret, as a picture for the app" shape-rendering="crispEdges" {
            rect width=(whole) height=(whole) fill="#fff" {}
            path d=(path) fill="#000" {}
        }
    }
}

/// Recovery codes, which are never shown again.
pub(crate) fn recovery_codes(codes: &[String]) -> Markup {
    let codes: Vec<_> = codes.iter().map(|code| grouped(code, "-")).collect();
    html! {
        p {
            "Keep these recovery codes where your phone is not: printed, or in a password safe. \
             Each signs you in once in place of the second step. They are not shown again."
        }
        ul .codes { @for code in &codes { li { code { (code) } } } }
        p {
            button .button type="button" hidden data-copy=(codes.join("\n"))
                aria-label="Copy all recovery codes" { "Copy all" }
        }
    }
}

/// In groups of four, as people read them.
fn grouped(text: &str, between: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let groups = letters.chunks(4).map(|group| group.iter().collect::<String>());
    groups.collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_is_in_groups_and_the_picture_has_its_quiet_zone() {
        assert_eq!(grouped("abcdefghij", "-"), "abcd-efgh-ij");
        let shown = picture("otpauth://totp/x").into_string();
        assert!(shown.contains("M4,4h1v1h-1z") && !shown.contains("M3,"), "{shown}");
        assert!(picture(&"x".repeat(5_000)).into_string().is_empty());
    }
}
