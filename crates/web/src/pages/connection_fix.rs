//! Fix This: all that needs somebody, grouped by cause, each with its own step, in one place.

mod calendars;

use axum::extract::State;
use axum::response::Redirect;
use connection::{Field, SignIn};
use maud::{Markup, html};
use sync::connect;

use super::calendar_settings::HERE as SETTINGS;
use super::connection_add::crumbs;
use super::connection_sign_in::demo_password;
use super::people;
use super::pieces::admin_step::admin_step;
use super::pieces::calendar_choice::unlinked;
use super::pieces::empty::empty;
use super::pieces::field::{Input, Kind};
use super::pieces::linked::linked_to_copy;
use super::pieces::said::Said;
use super::pieces::words;
use super::standing::{self, Standing};
use crate::asked::Asked;
use crate::error::Fault;
use crate::live::{Piece, Shape, View};
use crate::page::{Page, Place};
use crate::session::{Need, SignedIn};
use crate::{Web, passwords};

pub(crate) use super::pieces::banner::FIX;

/// Forgets all calendars that are gone at their providers.
pub(crate) const FORGET: &str = "/calendars/settings/connections/fix/forget";

/// Where another linked calendar is chosen.
const CHOOSE_LINKED: &str = "/calendars/settings/calendars#linked";

/// Why something needs somebody: one heading and one kind of step for each.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    SignedOut,
    Address,
    Permission,
    Consent,
    ReadOnly,
    Other,
}

impl Cause {
    /// In the order in which they stand.
    const ALL: [Self; 6] = [
        Self::SignedOut,
        Self::Address,
        Self::Permission,
        Self::Consent,
        Self::ReadOnly,
        Self::Other,
    ];

    /// Of the whole connection; calendars that are gone or held are decided about apart.
    fn of(standing: &Standing) -> Option<Self> {
        match standing.status.attention.as_ref()?.reason.as_str() {
            "password_refused" if standing.is_feed() => Some(Self::Address),
            "signed_out" | "password_refused" => Some(Self::SignedOut),
            "scope_missing" => Some(Self::Permission),
            "consent_by_admin" => Some(Self::Consent),
            "read_only" => Some(Self::ReadOnly),
            "calendar_gone" | "brake" => None,
            _ => Some(Self::Other),
        }
    }

    fn heading(self) -> (&'static str, &'static str) {
        match self {
            Self::SignedOut => ("Signed out", "Sign in once more. Everything you chose stays."),
            Self::Address => {
                ("An address is refused", "Enter its present one. Everything you chose stays.")
            }
            Self::Permission => {
                ("A permission is missing", "Sign in there again, and allow all that is asked.")
            }
            Self::Consent => (
                "The organisation must agree",
                "Ask its administrator to allow Daymark, then sign in again.",
            ),
            Self::ReadOnly => (
                "Bookings cannot be written",
                "Allow changes there again, or choose another linked calendar.",
            ),
            Self::Other => ("Refused", "What the provider says, and what helps."),
        }
    }
}

/// The page.
pub(crate) async fn show(
    State(web): State<Web>,
    who: SignedIn,
    Asked(said): Asked<Said>,
) -> Result<Markup, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let all = standing::of_user(&mut tx, &who).await?;
    drop(tx);
    standing::probe(&web, standing::connections(&all));
    let fix = Fix { all: &all, web: &web, who: &who };
    let body = html! {
        div .page-head { div { (crumbs()) h1 { "Fix this" } } }
        (said.notice())
        (fix.all())
        (words::zone_note(&who))
    };
    let stream = fix.shape().stream("fix");
    Ok(Page::new("Fix this", Place::Connections).live(stream).without_banner().show(&who, &body))
}

/// The parts that change while the page is open. Where something was mended or broke, it is loaded
/// again; a form that is being filled in is left alone.
pub(crate) async fn view(web: &Web, who: &SignedIn) -> Result<View, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let all = standing::of_user(&mut tx, who).await?;
    drop(tx);
    let fix = Fix { all: &all, web, who };
    let mut view = View::default();
    for standing in &all {
        view.watch(standing);
    }
    view.pieces.push(Piece::new("waiting", fix.waiting()));
    view.shape = fix.shape();
    Ok(view)
}

/// Forgets the calendars that are gone at their providers, all of them. Where bookings were written
/// to one of them, another is chosen next.
pub(crate) async fn forget(State(web): State<Web>, who: SignedIn) -> Result<Redirect, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let all = standing::of_user(&mut tx, &who).await?;
    drop(tx);
    let mut next = FIX;
    for standing in all.iter().filter(|standing| !standing.is_feed()) {
        for calendar in standing.to_decide(who.now) {
            let is_forgotten = connect::forget_calendar(&web.ctx, &calendar.id, &who.by()).await?;
            if is_forgotten && standing.is_linked(calendar) {
                next = SETTINGS;
            }
        }
    }
    Ok(Redirect::to(&format!("{next}?note=removed")))
}

/// What the page is made from.
struct Fix<'f> {
    all: &'f [Standing],
    web: &'f Web,
    who: &'f SignedIn,
}

impl Fix<'_> {
    /// What is broken, and how: where this changes, the page is another.
    fn shape(&self) -> Shape {
        let needs = self.who.needs.iter();
        Shape::of(needs.flat_map(|need| [need.broken.id.as_str(), need.broken.reason.as_str()]))
    }

    fn others_needs(&self) -> Vec<&Need> {
        self.who.needs.iter().filter(|need| !need.is_of(&self.who.user.id)).collect()
    }

    /// Is there nothing to be told of their own?
    fn is_well(&self) -> bool {
        let needs = |one: &Standing| one.status.attention.is_some();
        let waits = |one: &Standing| one.status.waits_until.is_some();
        !self.all.iter().any(|one| needs(one) || waits(one) || one.troubles().next().is_some())
    }

    fn all(&self) -> Markup {
        let others = self.others_needs();
        html! {
            (unlinked(self.all, self.who.user.settings.linked_calendar.as_ref(), CHOOSE_LINKED))
            @for cause in Cause::ALL { (self.group(cause)) }
            (self.gone())
            (self.held())
            (self.waiting())
            @if !others.is_empty() { (self.others(&others)) }
        }
    }

    fn group(&self, cause: Cause) -> Markup {
        let of: Vec<_> = self.all.iter().filter(|one| Cause::of(one) == Some(cause)).collect();
        let (heading, say) = cause.heading();
        html! {
            @if !of.is_empty() {
                section .card aria-label=(heading) {
                    header { div { h2 { (heading) } p { (say) } } }
                    ul .rows { @for standing in of { (self.one(standing, cause)) } }
                }
            }
        }
    }

    fn one(&self, standing: &Standing, cause: Cause) -> Markup {
        let catalogue = &self.web.ctx.catalogue;
        let name = &standing.connection.principal.name;
        html! {
            li .row.fix id=(standing.connection.id) {
                (standing.mark(catalogue))
                div .stack {
                    div {
                        h3 { (standing.kind(catalogue)) " · " (words::name(name)) }
                        @if let Some(attention) = &standing.status.attention {
                            p .small.soft {
                                "Since " (words::when(attention.since, self.who)) ". "
                                (linked_to_copy(&attention.say))
                            }
                        }
                        (self.costs(standing, cause))
                    }
                    (self.step(standing, cause))
                }
            }
        }
    }

    /// What it means for those who book.
    fn costs(&self, standing: &Standing, cause: Cause) -> Markup {
        // What may only be read any more is read as before.
        let is_blind = cause != Cause::ReadOnly;
        let calendars = standing.calendars.iter();
        let counted = calendars.filter(|(calendar, _)| is_blind && calendar.counts_as_busy);
        let names: Vec<_> = counted.map(|(calendar, _)| calendar.name.as_str()).collect();
        let is_linked = standing.calendars.iter().any(|(c, _)| standing.is_linked(c));
        html! {
            ul .small.plain {
                @if !names.is_empty() {
                    li {
                        "Busy times from " b { (names.join(", ")) }
                        @match standing.known_at() {
                            Some(at) => {
                                " are as of " (words::when(at, self.who))
                                ". They block for 24 hours from then; after that nothing is \
                                 offered, for nobody knows."
                            }
                            None => " were never read: nothing is offered, for nobody knows.",
                        }
                    }
                }
                @if is_linked { li { "Your bookings are written to it: they wait." } }
            }
        }
    }

    fn step(&self, standing: &Standing, cause: Cause) -> Markup {
        let href = standing.href();
        let row = standing.integration(&self.web.ctx.catalogue);
        let fields = row.map_or(&[][..], |row| row.sign_in.fields());
        let password_field = fields.iter().find(|field| field.name == "password");
        let is_oauth = row.is_some_and(|row| matches!(row.sign_in, SignIn::OAuth { .. }));
        html! {
            @if cause == Cause::Consent { (admin_step(self.web, row, None)) }
            @if cause == Cause::ReadOnly {
                div .actions {
                    a .button.primary href=(CHOOSE_LINKED) {
                        "Choose another linked calendar"
                    }
                    form method="post" action={ (href) "/pull" } {
                        button .button type="submit" { "It is allowed again, look" }
                    }
                }
            } @else if let Some(field) = password_field {
                (password(standing, field))
                @if let Some(row) = row { (demo_password(self.web, row)) }
            } @else {
                div .actions {
                    @if is_oauth {
                        a .button.primary rel="nofollow" href={
                            "/oauth/go/" (standing.connection.integration) "?repairs="
                            (standing.connection.id)
                        } { "Sign in again" }
                        a .button.quiet href={ (href) "/repair" } { "What will be asked" }
                    } @else {
                        (standing.renew(self.who, true))
                    }
                }
            }
        }
    }

    /// What an administrator sees of others: that it is broken, and whom to ask.
    fn others(&self, others: &[&Need]) -> Markup {
        html! {
            section .card aria-label="Of your colleagues" {
                header {
                    div {
                        h2 { "Of your colleagues" }
                        p {
                            @if self.is_well() { "Nothing of yours needs you. " }
                            "Nobody can sign in for somebody else: send them a link that leads \
                             straight to it."
                        }
                    }
                }
                ul .rows {
                    @for need in others {
                        li .row {
                            div {
                                h3 { (need.whose()) }
                                p .small.soft {
                                    (need.kind) " · " (words::name(&need.broken.name)) " since "
                                    (words::when(need.broken.since, self.who)) ". "
                                    (linked_to_copy(&need.broken.say_to(&self.who.user.id)))
                                }
                            }
                            @if let Some((id, name)) = &need.broken.owner {
                                a .button href=(people::link_href(id)) {
                                    "Ask " (name) " to mend it"
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The one field that is needed.
fn password(standing: &Standing, field: &Field) -> Markup {
    let input = Input {
        name: field.name,
        of: standing.connection.id.as_str(),
        label: field.label,
        tip: field.tip,
        hint: field.hint,
        example: field.example,
        pattern: (field.pattern, field.pattern_say),
        kind: Kind::Password,
        length_max: passwords::LENGTH_MAX,
        fills: "off",
        ..Input::default()
    };
    html! {
        form .stack method="post" action={ (standing.href()) "/repair" } data-checked {
            (input.show())
            div .actions {
                button .button.primary type="submit" { "Sign in again" }
                a .button.quiet href={ (standing.href()) "/repair" } { "Change more than that" }
            }
        }
    }
}
