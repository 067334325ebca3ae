//! Small drawings; all of them decoration beside words. Colours that are not the page's own are
//! attributes of SVG, so that no style has to be allowed inline.

use maud::{Markup, html};

/// The sign of Daymark: a beacon.
pub(crate) fn daymark() -> Markup {
    html! {
        svg .sign viewBox="0 0 24 24" aria-hidden="true" {
            path d="M12 2v20M5 22h14M8 8l4-6 4 6zM7 22l2-14h6l2 14M8.2 13.5h7.6" {}
        }
    }
}

fn line(path: &str) -> Markup {
    html! { svg .icon viewBox="0 0 24 24" aria-hidden="true" { path d=(path) {} } }
}

/// A calendar's sheet.
pub(crate) fn week() -> Markup {
    line("M4 6.5h16v13H4zM4 10.5h16M8.5 3.5v4M15.5 3.5v4")
}

/// Something that is plugged in.
pub(crate) fn plug() -> Markup {
    line("M9 3v5M15 3v5M6.5 8h11v3.5a5.5 5.5 0 0 1-11 0zM12 17v4")
}

/// A letter.
pub(crate) fn letter() -> Markup {
    line("M4 6.5h16v11H4zM4.5 7l7.5 6 7.5-6")
}

/// A person.
pub(crate) fn person() -> Markup {
    line("M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c.8-3.6 3.7-5.5 7.5-5.5s6.7 1.9 7.5 5.5")
}

/// Several people.
pub(crate) fn people() -> Markup {
    line(
        "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19.5c.7-3.2 3.2-5 6.5-5s5.8 1.8 6.5 5\
         M16 4.8a3.5 3.5 0 0 1 0 6.4M17.5 14.9c2.1.6 3.5 2.2 4 4.6",
    )
}

/// A key.
pub(crate) fn key() -> Markup {
    line("M8 19a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM10.8 12.2 19 4M15.5 7.5l3 3")
}

/// What programs are written with.
pub(crate) fn brackets() -> Markup {
    line("M8.5 6 3 12l5.5 6M15.5 6 21 12l-5.5 6M13.5 4.5l-3 15")
}

/// A door with an arrow out of it.
pub(crate) fn leave() -> Markup {
    line("M14 4H5.5v16H14M10 12h10M16.5 8.5 20 12l-3.5 3.5")
}

/// Something to look at.
pub(crate) fn alert() -> Markup {
    line("M12 7.5v5.5M12 16.4v.1M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z")
}

/// Forward or back, by direction.
pub(crate) fn earlier() -> Markup {
    line("M14.5 5.5 8 12l6.5 6.5")
}

/// The other way.
pub(crate) fn later() -> Markup {
    line("M9.5 5.5 16 12l-6.5 6.5")
}

/// The mark of an integration, in its own colour.
pub(crate) fn mark(sign: &str, color: &str) -> Markup {
    html! {
        svg .mark.sign-mark viewBox="0 0 36 36" aria-hidden="true" {
            rect .ground width="36" height="36" rx="8" fill=(safe_color(color)) {}
            text x="18" y="18.5" text-anchor="middle" dominant-baseline="central" { (sign) }
        }
    }
}

/// A dab of a calendar's colour.
pub(crate) fn swatch(color: &str) -> Markup {
    html! {
        svg .swatch viewBox="0 0 10 10" aria-hidden="true" {
            rect width="10" height="10" rx="3" fill=(safe_color(color)) {}
        }
    }
}

/// The colour of a calendar behind an event.
pub(crate) fn tint(color: &str) -> Markup {
    html! {
        svg .tint aria-hidden="true" {
            rect .wash width="100%" height="100%" fill=(safe_color(color)) {}
            rect .edge width="3" height="100%" fill=(safe_color(color)) {}
        }
    }
}

/// `#rrggbb` as it came, or grey where it is anything else.
fn safe_color(color: &str) -> &str {
    let is_hex = color.len() == 7
        && color.starts_with('#')
        && color.bytes().skip(1).all(|byte| byte.is_ascii_hexdigit());
    if is_hex { color } else { "#7a828a" }
}
