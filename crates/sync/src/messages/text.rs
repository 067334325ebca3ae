//! The words of messages: which connection, since when, what it means for bookings, what to press.
//! No titles of events and no guests stand in them; plain text, a paragraph for each thought.

use calendar::timezone;
use connection::{
    Calendar, Certificate, Connection, ConnectionId, ConnectionStatus, Counts, Ending, GONE_MEANS,
    TRUST_LAST_KNOWN_H,
};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use store::messages::MessageKind;
use store::people::User;

/// What is told of one broken connection.
pub(super) struct Story<'s> {
    pub(super) connection: &'s Connection,
    pub(super) status: &'s ConnectionStatus,
    pub(super) calendars: &'s [(Calendar, Counts)],
    pub(super) integration: &'s str,
    /// Who holds it, where that is another than who reads.
    pub(super) holder: Option<&'s str>,
    pub(super) reader: &'s User,
    pub(super) now: Timestamp,
}

/// One broken connection of several.
pub(super) struct Line {
    pub(super) integration: String,
    pub(super) name: String,
    pub(super) holder: Option<String>,
    pub(super) since: String,
    pub(super) say: String,
    /// Where its reader mends it.
    pub(super) link: Option<String>,
}

/// Where a connection is looked after.
pub(super) fn page_path(id: &ConnectionId) -> String {
    format!("/calendars/settings/connections/{id}")
}

/// Where a connection is mended: by signing in again, or by deciding about a calendar.
pub(super) fn mend_path(id: &ConnectionId, reason: Option<&str>) -> String {
    let page = page_path(id);
    match reason {
        Some("calendar_gone" | "brake") => format!("{page}#calendars"),
        _ => format!("{page}/repair"),
    }
}

fn zone(name: &str) -> TimeZone {
    timezone::named(name).unwrap_or(TimeZone::UTC)
}

/// `Sunday 22 November 2026`.
pub(super) fn day(at: Timestamp, time_zone: &str) -> String {
    at.to_zoned(zone(time_zone)).strftime("%A %-d %B %Y").to_string()
}

/// `Sunday 22 November 2026, 14:00`.
fn time(at: Timestamp, time_zone: &str) -> String {
    at.to_zoned(zone(time_zone)).strftime("%A %-d %B %Y, %H:%M").to_string()
}

impl Story<'_> {
    fn name(&self) -> &str {
        &self.connection.principal.name
    }

    fn when(&self, at: Timestamp) -> String {
        time(at, &self.reader.time_zone)
    }

    /// What the message leads to: the repair, or for who cannot repair it, where it is seen.
    pub(super) fn href(&self) -> String {
        if self.holder.is_some() {
            return super::PAGE.to_owned();
        }
        mend_path(&self.connection.id, self.status.reason())
    }

    fn opening(&self) -> String {
        let (integration, name) = (self.integration, self.name());
        let since = self.when(self.status.since);
        let zone = &self.reader.time_zone;
        match self.holder {
            Some(holder) => format!(
                "The {integration} connection {name} of {holder} has been broken since {since} \
                 ({zone})."
            ),
            None => {
                format!("Your {integration} connection {name} needs you since {since} ({zone}).")
            }
        }
    }

    /// What it means for bookings. Unknown is not free.
    fn meaning(&self) -> String {
        if self.status.reason() == Some("calendar_gone") {
            return format!("What it means for bookings: {GONE_MEANS}");
        }
        let mut counted =
            self.calendars.iter().map(|(calendar, _)| calendar).filter(|c| c.counts_as_busy);
        let Some(first) = counted.next() else {
            return "None of its calendars blocks bookings, so no times are closed by this; but \
                    nothing is read from it either."
                .to_owned();
        };
        let known_at = counted.map(|calendar| calendar.known_at).min();
        let known_at = known_at.map_or(first.known_at, |others| others.min(first.known_at));
        let Some(at) = known_at else {
            return "What it means for bookings: its busy times are not known, so times that it \
                    could block stay closed until it works."
                .to_owned();
        };
        let trusted = SignedDuration::from_hours(TRUST_LAST_KNOWN_H);
        let until = at.checked_add(trusted).unwrap_or(Timestamp::MAX);
        let (at, until_say) = (self.when(at), self.when(until));
        if until > self.now {
            format!(
                "What it means for bookings: its busy times are as of {at}, and go on blocking \
                 until {until_say}. After that they count as unknown, and unknown is not free: \
                 times that it could block are closed until it is mended."
            )
        } else {
            format!(
                "What it means for bookings: its busy times are as of {at}. They count as unknown \
                 since {until_say}, and unknown is not free: times that it could block are closed \
                 until it is mended."
            )
        }
    }

    fn step(&self) -> String {
        match self.holder {
            Some(holder) => format!(
                "Only {holder} can mend it: a banner on every page of theirs leads there. They \
                 were told on the first day and again since then."
            ),
            None => "What to do: press Fix this. It leads to the step that mends it; if you are \
                     not signed in to Daymark, you sign in first and come back there. Everything \
                     you chose stays as it was, and what was missed is read afterwards."
                .to_owned(),
        }
    }

    fn subject(&self, kind: MessageKind, day: i64) -> String {
        let (integration, name) = (self.integration, self.name());
        let days = if day == 1 { "1 day".to_owned() } else { format!("{day} days") };
        match (kind, self.holder) {
            (MessageKind::AdminNotice, Some(holder)) => {
                format!("{integration} of {holder} has been broken for {days}")
            }
            (MessageKind::Reminder | MessageKind::AdminNotice, _) => {
                format!("Broken for {days}: {integration}, {name}")
            }
            _ => format!("Fix this: {integration}, {name}"),
        }
    }
}

/// Subject and body of what is told of one broken connection.
pub(super) fn of_break(story: &Story<'_>, kind: MessageKind, day: i64) -> (String, String) {
    let say = story.status.say().unwrap_or("It does not say why.");
    let paragraphs =
        [story.opening(), format!("What happened: {say}"), story.meaning(), story.step()];
    (story.subject(kind, day), paragraphs.join("\n\n"))
}

/// Subject and body of what is told before something of a connection ends.
pub(super) fn of_ending(
    (integration, name): (&str, &str),
    ending: &Ending,
    time_zone: &str,
) -> (String, String) {
    let date = ending.at().to_zoned(zone(time_zone)).strftime("%-d %B").to_string();
    let (subject, what, to_do) = match ending {
        Ending::Grant { .. } => (
            format!("Renew before {date}: {integration}, {name}"),
            "what you allowed there".to_owned(),
            "press Renew and sign in there once more, before that day. Nothing stops meanwhile, \
             and everything you chose stays as it was.",
        ),
        Ending::Certificate(Certificate { host, .. }) => (
            format!("The certificate of {host} ends on {date}: {integration}, {name}"),
            format!("the certificate of {host}, by which the server proves who it is,"),
            "ask whoever runs that server to renew it, before that day. You need not do anything \
             here then.",
        ),
    };
    let body = format!(
        "Your {integration} connection {name} works, but {what} ends on {} ({time_zone}). From \
         then on nothing is read from it, and a day later times that its calendars could block \
         are closed for bookings.\n\nWhat to do: {to_do}",
        time(ending.at(), time_zone)
    );
    (subject, body)
}

/// Subject and body of what administrators are told before a client's secret ends.
pub(super) fn of_secret(provider: &str, ends_at: Timestamp) -> (String, String) {
    let date = ends_at.to_zoned(TimeZone::UTC).strftime("%-d %B").to_string();
    let body = format!(
        "This installation's client secret at {provider} ends on {}. From then on no connection \
         there can be read.\n\n\
         What to do: make a new secret at {provider}, as the page Set-up says, set it and its end \
         in the settings, and start Daymark again. Nobody has to sign in anew.",
        day(ends_at, "UTC")
    );
    (format!("Renew before {date}: the client secret at {provider}"), body)
}

/// Subject and body of the weekly digest.
pub(super) fn of_digest(lines: &[Line]) -> (String, String) {
    let subject = match lines.len() {
        1 => "1 connection is still broken".to_owned(),
        many => format!("{many} connections are still broken"),
    };
    let mut paragraphs = vec![
        "These connections have been broken for long. Until they are mended, times that their \
         calendars could block are closed for bookings."
            .to_owned(),
    ];
    paragraphs.extend(lines.iter().map(Line::paragraph));
    paragraphs.push(
        "This comes once a week, until they are mended or you mute them on the page Messages."
            .to_owned(),
    );
    (subject, paragraphs.join("\n\n"))
}

impl Line {
    fn paragraph(&self) -> String {
        let Self { integration, name, since, say, .. } = self;
        let of = self.holder.as_ref().map_or(String::new(), |holder| format!(" of {holder}"));
        let step = match &self.link {
            Some(link) => format!("Fix this: {link}"),
            None => "Only they can mend it.".to_owned(),
        };
        format!("{integration}, {name}{of}, broken since {since}: {say}\n{step}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_names_each_connection_and_where_it_is_mended() {
        let line = |holder: Option<&str>| Line {
            integration: "Google".into(),
            name: "dana@example.org".into(),
            holder: holder.map(str::to_owned),
            since: day("2026-11-22T23:00:00Z".parse().unwrap(), "Europe/Athens"),
            say: "Sign in there again.".into(),
            link: holder.is_none().then(|| "https://calendar.example/x/repair".into()),
        };
        let (subject, body) = of_digest(&[line(None), line(Some("Kit"))]);
        assert_eq!(subject, "2 connections are still broken");
        for part in [
            "Google, dana@example.org, broken since Monday 23 November 2026: Sign in there again.\n\
             Fix this: https://calendar.example/x/repair\n",
            "dana@example.org of Kit, broken since Monday",
            "Only they can mend it.",
        ] {
            assert!(body.contains(part), "{part} is missing:\n{body}");
        }
        assert_eq!(of_digest(&[line(None)]).0, "1 connection is still broken");
    }
}
