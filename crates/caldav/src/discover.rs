//! Finds the calendar server behind an address (RFC 6764): the address itself, its well-known
//! place, the usual places; then who we are there and where the calendars are.

use std::time::Duration;

use connection::{FailureCode, Refusal};
use http::header::WWW_AUTHENTICATE;
use jiff::Timestamp;
use libdav::Depth;
use outbound::{ErrorKind, Limits, Response};
use url::Url;

use crate::address::Candidates;
use crate::line::Line;
use crate::multistatus::{self, CALDAV, DAV};
use crate::{error, hrefs, list, question, refusal};

/// Limits of one question while looking for a server.
pub(crate) const LIMITS: Limits =
    Limits { time_max: Duration::from_secs(15), body_max: 8 << 20, redirects_max: 5 };

/// A server that answered as one, and let us in.
pub(crate) struct Server {
    /// Where it answered, after all redirects.
    pub(crate) at: Url,
    /// Was it found by its well-known place?
    pub(crate) is_well_known: bool,
    /// Who we are there, where it says so; an address of a single calendar does not.
    principal: Option<Url>,
    /// Its clock.
    pub(crate) date: Option<Timestamp>,
}

/// Where the calendars are, and whose.
pub(crate) struct Home {
    /// Where we are described; the calendar's own address where nothing describes us.
    pub(crate) principal: Url,
    pub(crate) homes: Vec<Url>,
    /// The owner's addresses, lower case, without `mailto:`.
    pub(crate) addresses: Vec<String>,
}

/// How one place answered.
enum Probe {
    Found(Box<Server>),
    /// Nothing there; look further.
    Nothing(Refusal),
    /// Nothing on this host at all.
    HostDead(Refusal),
    /// Looking further would be wrong.
    Stop(Refusal),
}

/// Looks at each place in turn. The refusal says what kept the host that the person named from
/// being a calendar server.
pub(crate) async fn find(line: &Line, candidates: &Candidates) -> Result<Server, Refusal> {
    let mut first: Option<Refusal> = None;
    let mut dead: Vec<String> = Vec::new();
    for url in &candidates.urls {
        let host = url.host_str().unwrap_or_default();
        if dead.iter().any(|known| known == host) {
            continue;
        }
        let refusal = match probe(line, url).await {
            Probe::Found(server) => return Ok(*server),
            Probe::Stop(refusal) => return Err(refusal),
            Probe::Nothing(refusal) => refusal,
            Probe::HostDead(refusal) => {
                dead.push(host.to_owned());
                refusal
            }
        };
        // A web page says more than an empty place before it.
        let says_more = first.as_ref().is_none_or(|known| {
            known.code == FailureCode::NotACalendar && refusal.code == FailureCode::WebPage
        });
        if says_more {
            first = Some(refusal);
        }
    }
    Err(first.unwrap_or_else(|| refusal::not_a_server(&candidates.host)))
}

async fn probe(line: &Line, url: &Url) -> Probe {
    let question = question::properties(question::WHO, Depth::Zero);
    let response = match line.send(question, url).await {
        Ok(response) => response,
        Err(broken) => {
            let refusal = refusal::of_call(&broken);
            return match broken.kind {
                ErrorKind::Throttled { .. } => Probe::Stop(refusal),
                ErrorKind::TooManyRedirects | ErrorKind::TooLarge { .. } | ErrorKind::Protocol => {
                    Probe::Nothing(refusal)
                }
                _ => Probe::HostDead(refusal),
            };
        }
    };
    let site = hrefs::site(&response.url).to_owned();
    match response.status.as_u16() {
        200 | 207 => recognise(response, url),
        401 => Probe::Stop(unauthorised(&response, &site)),
        429 | 503 => Probe::Stop(refusal::busy(&site)),
        _ if multistatus::is_web_page(&response.body) => Probe::Nothing(refusal::web_page(&site)),
        _ => Probe::Nothing(refusal::not_a_server(&site)),
    }
}

fn recognise(response: Response, asked: &Url) -> Probe {
    let site = hrefs::site(&response.url).to_owned();
    let text = multistatus::text(&response).into_owned();
    let Ok(document) = multistatus::parse(&text) else {
        return Probe::Nothing(if multistatus::is_web_page(text.as_bytes()) {
            refusal::web_page(&site)
        } else {
            refusal::not_a_server(&site)
        });
    };
    let Some(member) = multistatus::members(&document).next() else {
        return Probe::Nothing(refusal::not_a_server(&site));
    };
    let named = ["current-user-principal", "principal-URL"];
    let href = named.iter().find_map(|name| member.prop_hrefs(DAV, name).into_iter().next());
    let principal = href.and_then(|href| hrefs::resolve(&response.url, &href));
    if principal.is_none() && !list::is_calendar(member) {
        return Probe::Nothing(refusal::not_a_server(&site));
    }
    Probe::Found(Box::new(Server {
        is_well_known: asked.path() == "/.well-known/caldav",
        principal,
        date: response.date,
        at: response.url,
    }))
}

fn unauthorised(response: &Response, site: &str) -> Refusal {
    if response.password_withheld {
        return refusal::elsewhere(site);
    }
    let offered = response.headers.get_all(WWW_AUTHENTICATE).iter();
    let offered: Vec<_> = offered.filter_map(|line| line.to_str().ok()).collect();
    // Quirk caldav-13: several ways may stand in one line, and Basic need not be the first.
    let speaks_basic = offered.iter().any(|line| {
        line.split(',').any(|way| {
            let word = way.trim().split(' ').next().unwrap_or_default();
            word.eq_ignore_ascii_case("basic")
        })
    });
    if speaks_basic || offered.is_empty() {
        refusal::password(site)
    } else {
        refusal::other_sign_in(site)
    }
}

/// Asks the server who we are and where the calendars are.
pub(crate) async fn home(line: &Line, server: &Server) -> Result<Home, Refusal> {
    let Some(principal) = &server.principal else {
        let at = server.at.clone();
        return Ok(Home { principal: at.clone(), homes: vec![at], addresses: Vec::new() });
    };
    follow(line, &server.at, principal)?;
    let question = question::properties(question::PRINCIPAL, Depth::Zero);
    let response = line.demand(question, principal).await.map_err(|e| refusal::of_provider(&e))?;
    let text = multistatus::text(&response);
    let document = multistatus::parse(&text).map_err(|e| refusal::of_provider(&e))?;
    // Quirk caldav-14: the answer may name another principal than was asked; there is only one.
    let mut homes = Vec::new();
    let mut addresses = Vec::new();
    for member in multistatus::members(&document) {
        homes.extend(member.prop_hrefs(CALDAV, "calendar-home-set"));
        addresses.extend(member.prop_hrefs(CALDAV, "calendar-user-address-set"));
    }
    let homes: Vec<Url> =
        homes.iter().filter_map(|href| hrefs::resolve(&response.url, href)).collect();
    for home in &homes {
        follow(line, &server.at, home)?;
    }
    if homes.is_empty() {
        return Err(refusal::no_home(hrefs::site(&server.at)));
    }
    let addresses = addresses.iter().filter_map(|address| mail(address)).collect();
    Ok(Home { principal: principal.clone(), homes, addresses })
}

fn follow(line: &Line, from: &Url, to: &Url) -> Result<(), Refusal> {
    if line.may_follow(from, to) { Ok(()) } else { Err(refusal::elsewhere(hrefs::site(to))) }
}

fn mail(address: &str) -> Option<String> {
    let scheme = address.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:"))?;
    let address = hrefs::decoded(address[scheme.len()..].trim()).to_lowercase();
    address.contains('@').then_some(address)
}

/// What the server says that it can do. An answer without the header leaves it unknown.
pub(crate) async fn abilities(line: &Line, home: &Url) -> Result<Vec<String>, error::Unknown> {
    let asked = question::Question::new(http::Method::OPTIONS);
    let response = line.ask(asked, home).await.map_err(|_| error::Unknown)?;
    let abilities = list::abilities(&response);
    if abilities.is_empty() { Err(error::Unknown) } else { Ok(abilities) }
}
