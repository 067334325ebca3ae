//! The words of messages: which connection, since when, what it means for bookings, what to press.
//! No titles of events and no guests stand in them; plain text, a paragraph for each thought.

use calendar::timezone;
use connection::{
    Ask, Calendar, Certificate, Connection, ConnectionId, ConnectionStatus, Counts, Ending,
    GONE_MEANS, TRUST_LAST_KNOWN_H, names_of, say_to_others,
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
    pub(super) holder: Option<&'s User>,
    pub(super) reader: &'s User,
    /// Of what its calendars ask for, that of which the reader was not told before.
    pub(super) news: &'s [Ask],
    pub(super) now: Timestamp,
}

/// One broken connection of several.
pub(super) struct Line {
    pub(super) integration: String,
    pub(super) name: String,
    pub(super) holder: Option<String>,
    pub(super) since: String,
    pub(super) say: String,
    /// What its reader can do, and where.
    pub(super) press: &'static str,
    pub(super) link: String,
}

/// Where all that is broken is mended, one's own, and that of others where they are asked to.
pub(super) const FIX: &str = "/calendars/settings/connections/fix";
/// What leads to a repair.
pub(super) const FIX_THIS: &str = "Fix this";
/// What leads to a link for somebody else.
const ASK_THEM: &str = "Ask them to mend it";
/// What leads to the calendars about which administrators decide for others, too.
const DECIDE: &str = "Decide about its calendars";

/// Where a connection is looked after.
pub(super) fn page_path(id: &ConnectionId) -> String {
    format!("/calendars/settings/connections/{id}")
}

/// Is it mended by a decision about calendars?
fn is_decided(reason: Option<&str>) -> bool {
    matches!(reason, Some("calendar_gone" | "brake"))
}

/// Where a connection is mended: by signing in again, or by deciding about a calendar.
pub(super) fn mend_path(id: &ConnectionId, reason: Option<&str>) -> String {
    let page = page_path(id);
    if is_decided(reason) { format!("{page}#calendars") } else { format!("{page}/repair") }
}

/// What whoever reads can do, and where: its holder mends it, and others ask them to, or decide
/// about its calendars. A feed has no calendars to decide about.
pub(super) fn step_of(
    (connection, status): (&Connection, &ConnectionStatus),
    holder: Option<&User>,
) -> (String, &'static str) {
    let path = mend_path(&connection.id, status.reason());
    match holder {
        None => (path, FIX_THIS),
        Some(_) if is_decided(status.reason()) && !connection.principal.is_feed() => (path, DECIDE),
        Some(holder) => (format!("/settings/people/{}/link", holder.id), ASK_THEM),
    }
}

/// What leads there from a message of administrators.
pub fn press_of(href: &str) -> &'static str {
    if href.ends_with("#calendars") { DECIDE } else { ASK_THEM }
}

/// What is to be done, to its holder; to others, who has to.
pub(super) fn say_to(
    (connection, status): (&Connection, &ConnectionStatus),
    holder: Option<&User>,
) -> String {
    let say = status.say().unwrap_or("It does not say why.");
    let reason = status.reason().unwrap_or_default();
    let is_feed = connection.principal.is_feed();
    holder.map_or(say.to_owned(), |holder| say_to_others(&holder.name, (reason, say), is_feed))
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

    /// What the message leads to: where whoever reads can do something.
    pub(super) fn href(&self) -> String {
        step_of((self.connection, self.status), self.holder).0
    }

    fn opening(&self) -> String {
        let (integration, name) = (self.integration, self.name());
        let since = self.when(self.status.since);
        let zone = &self.reader.time_zone;
        match self.holder {
            Some(User { name: holder, .. }) => format!(
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
            Some(User { name: holder, .. }) => {
                let told = "They were told on the first day and again since then.";
                match step_of((self.connection, self.status), self.holder).1 {
                    DECIDE => format!(
                        "What to do: press {DECIDE}, and decide for {holder}, or ask them to. \
                         {told}"
                    ),
                    press => format!(
                        "What to do: press {press}. It makes a link for {holder} that leads \
                         straight to it: nobody else can sign in for them. {told}"
                    ),
                }
            }
            None => "What to do: press Fix this. It leads to the step that mends it. Everything \
                     you chose stays as it was, and what was missed is read afterwards."
                .to_owned(),
        }
    }

    /// What happened; and where something was told before, what of it is new.
    fn happened(&self) -> String {
        let say = say_to((self.connection, self.status), self.holder);
        let is_new = |calendar: &&Calendar| self.news.iter().any(|ask| ask.calendar == calendar.id);
        let calendars = self.calendars.iter().map(|(calendar, _)| calendar);
        let new: Vec<&str> = calendars.filter(is_new).map(|c| c.name.as_str()).collect();
        if new.is_empty() || self.news.len() == self.status.asks.len() {
            return format!("What happened: {say}");
        }
        format!("What happened: {say} New since you were told last: {}.", names_of(&new))
    }

    fn subject(&self, kind: MessageKind, day: i64) -> String {
        let (integration, name) = (self.integration, self.name());
        let days = if day == 1 { "1 day".to_owned() } else { format!("{day} days") };
        match (kind, self.holder) {
            (MessageKind::AdminNotice, Some(User { name: holder, .. })) => {
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
    let paragraphs = [story.opening(), story.happened(), story.meaning(), story.step()];
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
    paragraphs.push("This comes once a week, until they are mended.".to_owned());
    (subject, paragraphs.join("\n\n"))
}

impl Line {
    fn paragraph(&self) -> String {
        let Self { integration, name, since, say, press, link, .. } = self;
        let of = self.holder.as_ref().map_or(String::new(), |holder| format!(" of {holder}"));
        format!("{integration}, {name}{of}, broken since {since}: {say}\n{press}: {link}")
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
            press: if holder.is_none() { FIX_THIS } else { ASK_THEM },
            link: "https://calendar.example/x".into(),
        };
        let (subject, body) = of_digest(&[line(None), line(Some("Kit"))]);
        assert_eq!(subject, "2 connections are still broken");
        for part in [
            "Google, dana@example.org, broken since Monday 23 November 2026: Sign in there again.\n\
             Fix this: https://calendar.example/x\n",
            "dana@example.org of Kit, broken since Monday",
            "Ask them to mend it: https://calendar.example/x\n",
        ] {
            assert!(body.contains(part), "{part} is missing:\n{body}");
        }
        assert_eq!(of_digest(&[line(None)]).0, "1 connection is still broken");
    }
}
