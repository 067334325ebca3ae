//! What breaks for good, until somebody mends it: access that is taken back or runs out, calendars
//! that are deleted or no longer shared, or may only be read any more.

use connection::Dice;
use sandbox::{Access, Role, Sharing};

use crate::account::Account;
use crate::book::Book;
use crate::far::Place;
use crate::faults::Luck;
use crate::world::World;

/// So long an access token may be good for, whatever became of what it came from.
const ACCESS_LIFE_S: i64 = 3_960;

/// Something breaks for an account, or what broke is mended at its far side; says what.
pub(crate) fn strike(world: &World, account: &mut Account, luck: &Luck<'_>) -> String {
    let what = match luck.0.below(6) {
        0 => revoke(world, account),
        1 => expire(world, account),
        kind => {
            let nth = usize::try_from(luck.0.below(account.books.len() as u64)).unwrap();
            let (place, email) = (account.place, account.email.clone());
            let book = &mut account.books[nth];
            account.wait.begin(world.now());
            match kind {
                2 | 3 if book.away_since.is_none() => take_away(world, (place, &email), book),
                5 if book.away_since.is_none() => lower(world, (place, &email), book),
                _ => give_back(world, (place, &email), book),
            }
        }
    };
    format!("{} {what}", account.email)
}

/// Its owner takes back what was allowed.
pub(crate) fn revoke(world: &World, account: &mut Account) -> &'static str {
    let email = &account.email;
    match account.place {
        Place::Google => world.sandbox.google().revoke(email).unwrap(),
        Place::Outlook => world.sandbox.microsoft().revoke(email).unwrap(),
        Place::CalDav => {
            world.sandbox.revoke_password(email).unwrap();
            account.password = world.sandbox.new_password(email).unwrap();
        }
    }
    die(world, account, 0);
    "is shut out"
}

/// What was allowed runs out: nothing new comes of it.
fn expire(world: &World, account: &mut Account) -> &'static str {
    let email = &account.email;
    match account.place {
        Place::Google => world.sandbox.google().expire_refresh_tokens(email).unwrap(),
        Place::Outlook => world.sandbox.microsoft().expire_refresh_tokens(email).unwrap(),
        Place::CalDav => return revoke(world, account),
    }
    die(world, account, ACCESS_LIFE_S);
    "runs out"
}

fn die(world: &World, account: &mut Account, after_s: i64) {
    let from = world.now().as_second() + after_s;
    account.dead_from = Some(account.dead_from.map_or(from, |before| before.min(from)));
    account.wait.begin(world.now());
}

/// It is deleted, or no longer shared.
fn take_away(world: &World, (place, email): (Place, &str), book: &mut Book) -> &'static str {
    match (place, book.is_shared) {
        (Place::Google, true) => world.sandbox.google().remove_calendar(email, book.name),
        (Place::Outlook, true) => world.sandbox.microsoft().remove_calendar(email, book.name),
        (Place::CalDav, _) => world.sandbox.lose_calendar(&book.keeper, book.name, true),
        // Nobody can delete the first calendar of an account there.
        (_, false) => return "keeps its calendar",
    }
    .unwrap();
    (book.away_since, book.moved_at) = (Some(world.now().as_second()), world.now().as_second());
    if book.is_shared { "is not shown a calendar any more" } else { "has deleted its calendar" }
}

/// It is there again, and may be changed.
pub(crate) fn give_back(
    world: &World,
    (place, email): (Place, &str),
    book: &mut Book,
) -> &'static str {
    if book.away_since.is_none() && !book.is_lowered {
        return "has all that it had";
    }
    if place == Place::CalDav {
        world.sandbox.lose_calendar(&book.keeper, book.name, false).unwrap();
    }
    share(world, (place, email), book, true);
    (book.away_since, book.is_lowered) = (None, false);
    (book.last_good, book.moved_at) = (None, world.now().as_second());
    "is given back a calendar"
}

fn lower(world: &World, (place, email): (Place, &str), book: &mut Book) -> &'static str {
    if !book.is_shared {
        return "keeps its rights";
    }
    share(world, (place, email), book, false);
    (book.is_lowered, book.moved_at) = (true, world.now().as_second());
    "may only read a calendar now"
}

/// The keeper of a calendar says what an account may do in it.
fn share(world: &World, (place, email): (Place, &str), book: &Book, may_write: bool) {
    if book.is_shared {
        let way = (world, place, (book.keeper.as_str(), book.name));
        let_in(way, email, may_write);
    }
}

/// Somebody lets an account see their calendar, or change it.
pub(crate) fn let_in(
    (world, place, (keeper, name)): (&World, Place, (&str, &str)),
    email: &str,
    may_write: bool,
) {
    let sandbox = &world.sandbox;
    match place {
        Place::Google => {
            let role = if may_write { Role::Writer } else { Role::Reader };
            sandbox.google().share_calendar(keeper, name, (email, role)).unwrap();
        }
        Place::Outlook => {
            let sharing = if may_write { Sharing::Write } else { Sharing::Read };
            sandbox.microsoft().share_calendar(keeper, name, (email, sharing)).unwrap();
        }
        Place::CalDav => {
            let access = if may_write { Access::Write } else { Access::Read };
            sandbox.share_calendar(keeper, name, email, access).unwrap();
        }
    }
}
