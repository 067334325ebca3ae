//! The zone of a calendar, as the server tells it: a name, or a VTIMEZONE with a name in it.

/// The IANA name of the zone, where it has one.
pub(crate) fn name(text: &str) -> Option<String> {
    let text = text.trim();
    if !text.contains('\n') {
        return known(text);
    }
    let unfolded = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
    let value = |property: &str| {
        unfolded.lines().find_map(|line| {
            let (name, value) = line.trim_end().split_once(':')?;
            let name = name.split(';').next().unwrap_or(name).trim();
            name.eq_ignore_ascii_case(property).then(|| known(value))?
        })
    };
    value("X-LIC-LOCATION").or_else(|| value("TZID"))
}

fn known(name: &str) -> Option<String> {
    let zone = calendar::timezone::named(name.trim())?;
    zone.iana_name().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_known_by_its_name_or_by_the_name_inside_its_definition() {
        let body = |id: &str| {
            format!(
                "BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:{id}\r\nEND:VTIMEZONE\r\nEND:VCALENDAR"
            )
        };
        assert_eq!(name("Europe/Berlin").as_deref(), Some("Europe/Berlin"));
        assert_eq!(name(&body("Europe/Berlin")).as_deref(), Some("Europe/Berlin"));
        assert_eq!(name(&body("W. Europe Standard Time")).as_deref(), Some("Europe/Berlin"));
        assert_eq!(name(&body("Somewhere")), None);
        assert_eq!(name(""), None);
    }
}
