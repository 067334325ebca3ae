//! The week: what happens in all connected calendars of a user, and how surely that is known.

mod days_strip;
mod doubts;
mod grid;
mod known;
mod legend;
mod placing;
mod sheet;

use axum::extract::State;
use connection::{Calendar, Connection, Counts, UserId};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use maud::{Markup, html};
use store::people::{self, User};
use store::{Tx, calendars, connections};

use super::pieces::empty::empty;
use super::pieces::{icon, words};
use super::week_happenings::{self, Happening, Look};
use crate::Web;
use crate::asked::Asked;
use crate::error::Fault;
use crate::live::{Piece, Shape, View};
use crate::page::{Page, Place};
use crate::session::SignedIn;
use grid::Grid;
use known::Known;

/// Years that can be shown.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2200;

/// Which week, of whom.
#[derive(Default, serde::Deserialize)]
pub(crate) struct Which {
    day: Option<String>,
    user: Option<String>,
}

/// The page.
pub(crate) async fn show(
    State(web): State<Web>,
    who: SignedIn,
    Asked(which): Asked<Which>,
) -> Result<Markup, Fault> {
    let asked = (which.day.as_deref(), which.user.as_deref());
    let week = Week::load(&web, &who, asked).await?;
    let body = html! {
        (week.head())
        @if week.calendars.is_empty() {
            section .card { (week.nothing_connected()) }
        } @else {
            (week.days_strip())
            (week.known.notices(&who))
            (week.grid(Some(who.now)))
            (week.legend())
        }
        (words::zone_note(&who))
    };
    let title = format!("Week {}", week.first.iso_week_date().week());
    let stream = week.shape().stream(&format!("week&day={}&user={}", week.first, week.of.id));
    Ok(Page::new(&title, Place::Week).live(stream).show(&who, &body))
}

/// The parts that change while the page is open.
pub(crate) async fn view(
    web: &Web,
    who: &SignedIn,
    asked: (Option<&str>, Option<&str>),
) -> Result<View, Fault> {
    let week = Week::load(web, who, asked).await?;
    let mut view = View::default();
    for (calendar, _) in &week.calendars {
        view.watch_id(calendar.id.as_str());
        view.watch_id(calendar.connection.as_str());
    }
    view.shape = week.shape();
    if !week.calendars.is_empty() {
        view.pieces = vec![
            Piece::new("days", week.days_strip()),
            Piece::new("known", week.known.notices(who)),
            Piece::new("week", week.grid(Some(who.now))).keyed(week.grid(None)),
            Piece::new("now", week.now_line()),
        ];
    }
    Ok(view)
}

/// One week of one user.
struct Week<'w> {
    web: &'w Web,
    who: &'w SignedIn,
    of: User,
    is_own: bool,
    people: Vec<User>,
    first: Date,
    today: Date,
    calendars: Vec<(Calendar, Counts)>,
    connections: Vec<Connection>,
    happenings: Vec<Happening>,
    known: Known,
}

impl<'w> Week<'w> {
    async fn load(
        web: &'w Web,
        who: &'w SignedIn,
        (day, user): (Option<&str>, Option<&str>),
    ) -> Result<Self, Fault> {
        let today = who.now.to_zoned(who.zone.clone()).date();
        let day = day.and_then(|day| day.parse().ok()).filter(|d: &Date| YEARS.contains(&d.year()));
        let first = monday(day.unwrap_or(today));
        let mut tx = web.ctx.db.read().await?;
        let of = whose(&mut tx, who, user).await?;
        let people = people::users(&mut tx, &who.account.id).await?;
        let calendars = calendars::of_user(&mut tx, &of.id).await?;
        let connections = connections::of_user(&mut tx, &of.id).await?;
        let owner_zone = calendar::timezone::named(&of.time_zone).unwrap_or(TimeZone::UTC);
        let is_own = of.id == who.user.id;
        let look = Look {
            first,
            last: first.saturating_add(6.days()),
            zone: &who.zone,
            owner_zone: &owner_zone,
            gate: who.gate(&of),
        };
        let (happenings, has_more) = week_happenings::read(&mut tx, &calendars, &look).await?;
        let held = (calendars.as_slice(), connections.as_slice());
        let known = Known::read(&mut tx, held, (&look, who.now)).await?.with_more(has_more);
        Ok(Self {
            web,
            who,
            of,
            is_own,
            people,
            first,
            today,
            calendars,
            connections,
            happenings,
            known,
        })
    }

    fn shape(&self) -> Shape {
        Shape::of(self.calendars.is_empty().then_some("empty").into_iter())
    }

    fn last(&self) -> Date {
        self.first.saturating_add(6.days())
    }

    fn head(&self) -> Markup {
        let week = self.first.iso_week_date().week();
        html! {
            div .page-head.of-week {
                div {
                    p .crumbs { "Week " (week) }
                    h1 { (between(self.first, self.last())) }
                }
                (self.staff())
                nav .actions aria-label="Weeks" {
                    a .button.icon-only href=(self.href(-7)) aria-label="Earlier week" {
                        (icon::earlier())
                    }
                    a .button href=(self.href_of_today()) { "Today" }
                    a .button.icon-only href=(self.href(7)) aria-label="Later week" {
                        (icon::later())
                    }
                }
            }
        }
    }

    fn href(&self, days: i64) -> String {
        let day = self.first.saturating_add(days.days());
        if self.is_own {
            format!("/week?day={day}")
        } else {
            format!("/week?day={day}&user={}", self.of.id)
        }
    }

    fn href_of_today(&self) -> String {
        if self.is_own {
            "/week#today".to_owned()
        } else {
            format!("/week?user={}#today", self.of.id)
        }
    }

    /// Whose week it is, where there is a choice.
    fn staff(&self) -> Markup {
        html! {
            @if self.people.len() > 1 {
                form .staff method="get" action="/week" {
                    input type="hidden" name="day" value=(self.first);
                    label for="staff" .small.soft { "Staff" }
                    select .select #staff name="user" {
                        @for person in &self.people {
                            option value=(person.id) selected[person.id == self.of.id] {
                                (person.name) @if person.id == self.who.user.id { " (you)" }
                            }
                        }
                    }
                    button .button type="submit" { "Show" }
                }
            }
        }
    }

    fn nothing_connected(&self) -> Markup {
        html! {
            @if self.is_own {
                (empty(
                    "Your week is not known yet",
                    "Connect a calendar, and what happens in it stands here.",
                    ("Add New", "/calendars/settings/connections/add"),
                ))
            } @else {
                (empty(
                    "This week is not known",
                    "No calendar of this person is connected. Only they can connect one.",
                    ("Show my week", "/week"),
                ))
            }
        }
    }

    fn grid(&self, now: Option<jiff::Timestamp>) -> Markup {
        Grid::new(self).show(now)
    }

    fn now_line(&self) -> Markup {
        Grid::new(self).now_line(self.who.now)
    }
}

/// The user that is asked for, of the same account; whoever asks, where nobody is named.
async fn whose(tx: &mut Tx, who: &SignedIn, user: Option<&str>) -> Result<User, Fault> {
    let Some(user) = user.filter(|user| !user.is_empty()) else { return Ok(who.user.clone()) };
    let id: UserId = user.parse().map_err(|_| Fault::NotFound)?;
    let found = people::user(tx, &id).await?;
    found.filter(|user| user.account == who.account.id).ok_or(Fault::NotFound)
}

fn monday(day: Date) -> Date {
    let since = i64::from(day.weekday().since(Weekday::Monday));
    day.saturating_sub(since.days())
}

/// `16 – 22 November 2026`, with what differs named twice.
fn between(first: Date, last: Date) -> String {
    let end = last.strftime("%-d %B %Y");
    let start = if first.year() != last.year() {
        first.strftime("%-d %B %Y").to_string()
    } else if first.month() != last.month() {
        first.strftime("%-d %B").to_string()
    } else {
        first.day().to_string()
    };
    format!("{start} – {end}")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_week_begins_on_monday() {
        assert_eq!(monday(date(2026, 11, 22)), date(2026, 11, 16));
        assert_eq!(monday(date(2026, 11, 16)), date(2026, 11, 16));
        assert_eq!(monday(date(2027, 1, 1)), date(2026, 12, 28));
    }

    #[test]
    fn a_week_is_named_shortly() {
        let week = |first: Date| between(first, first.saturating_add(6.days()));
        assert_eq!(week(date(2026, 11, 16)), "16 – 22 November 2026");
        assert_eq!(week(date(2026, 11, 30)), "30 November – 6 December 2026");
        assert_eq!(week(date(2026, 12, 28)), "28 December 2026 – 3 January 2027");
    }
}
