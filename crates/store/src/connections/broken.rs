//! Connections that need somebody, as they were last told: for the banner above every page.

use connection::{AccountId, ConnectionId, IntegrationKind, UserId};
use jiff::Timestamp;

use crate::statement::sql;
use crate::{Result, Tx, codec};

/// A connection that needs attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    pub id: ConnectionId,
    pub integration: IntegrationKind,
    /// What the principal is called.
    pub name: String,
    /// Who holds it, and what they are called; `None` where the account does.
    pub owner: Option<(UserId, String)>,
    /// A stable code, and the sentence for a person.
    pub reason: String,
    pub say: String,
    pub since: Timestamp,
    /// As of when all of its counted calendars are known; `None` where one never was.
    pub known_at: Option<Timestamp>,
}

impl Broken {
    /// What its owner is to do; to anybody else, that they have to.
    pub fn say_to(&self, user: &UserId) -> String {
        match &self.owner {
            Some((id, owner)) if id != user => {
                let is_feed = self.integration.as_str() == "feed";
                connection::say_to_others(owner, (&self.reason, &self.say), is_feed)
            }
            _ => self.say.clone(),
        }
    }
}

#[derive(sqlx::FromRow)]
struct BrokenRow {
    id: String,
    integration: String,
    principal_name: String,
    user_id: Option<String>,
    user_name: Option<String>,
    told_reason: Option<String>,
    told_say: Option<String>,
    since: i64,
    counted: i64,
    known: i64,
    known_at: Option<i64>,
}

impl BrokenRow {
    fn read(self) -> Result<Broken> {
        let owner = match (self.user_id, self.user_name) {
            (Some(id), Some(name)) => Some((codec::id(&id)?, name)),
            _ => None,
        };
        Ok(Broken {
            id: codec::id(&self.id)?,
            integration: IntegrationKind::new(self.integration),
            name: self.principal_name,
            owner,
            reason: self.told_reason.unwrap_or_default(),
            say: self.told_say.unwrap_or_default(),
            since: codec::instant(self.since)?,
            known_at: codec::instant_maybe(self.known_at.filter(|_| self.known == self.counted))?,
        })
    }
}

/// Those of an account that need somebody, the longest first; with `user`, theirs alone.
pub async fn broken(
    tx: &mut Tx,
    account: &AccountId,
    user: Option<&UserId>,
) -> Result<Vec<Broken>> {
    let text = "SELECT connections.id, integration, principal_name, user_id, \
                users.name AS user_name, told_reason, told_say, \
                COALESCE(told_since, told_at) AS since, \
                (SELECT COUNT(*) FROM calendars WHERE connection_id = connections.id \
                AND counts_as_busy) AS counted, \
                (SELECT COUNT(known_at) FROM calendars WHERE connection_id = connections.id \
                AND counts_as_busy) AS known, \
                (SELECT MIN(known_at) FROM calendars WHERE connection_id = connections.id \
                AND counts_as_busy) AS known_at \
                FROM connections LEFT JOIN users ON users.id = connections.user_id \
                WHERE connections.account_id = $1 AND told_state = 'attention' \
                AND ($2 = '' OR connections.owner_id = $2) ORDER BY since, connections.id";
    let user = user.map_or("", UserId::as_str);
    let rows = tx.all::<BrokenRow>(sql(text).bind(account.as_str()).bind(user)).await?;
    rows.into_iter().map(BrokenRow::read).collect()
}
