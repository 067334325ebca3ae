//! What ends by itself: when a grant or a server's certificate does, so that whoever holds the
//! connection can be told before.

use connection::{AccountId, Certificate, ConnectionId, Credential, Ending, SOON};
use jiff::Timestamp;

use crate::statement::{Statement, sql};
use crate::{Result, Tx, codec};

/// An end that a connection comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewal {
    pub connection: ConnectionId,
    pub ending: Ending,
}

const COLUMNS: &str = "SELECT id, renew_before, certificate_host, certificate_begins_at, \
    certificate_ends_at FROM connections ";

type Row = (String, Option<i64>, Option<String>, Option<i64>, Option<i64>);

fn read((id, renew_before, host, begins_at, ends_at): Row) -> Result<Vec<Renewal>> {
    let connection: ConnectionId = codec::id(&id)?;
    let grant = codec::instant_maybe(renew_before)?.map(|at| Ending::Grant { at });
    let life = codec::instant_maybe(begins_at)?.zip(codec::instant_maybe(ends_at)?);
    let certificate = host.zip(life).map(|(host, (begins_at, ends_at))| {
        Ending::Certificate(Certificate { host, begins_at, ends_at })
    });
    let both = grant.into_iter().chain(certificate);
    Ok(both.map(|ending| Renewal { connection: connection.clone(), ending }).collect())
}

/// The soonest first.
async fn all(tx: &mut Tx, statement: Statement<'_>) -> Result<Vec<Renewal>> {
    let rows: Vec<Row> = tx.all(statement).await?;
    let mut all = Vec::new();
    for row in rows {
        all.extend(read(row)?);
    }
    all.sort_by_key(|renewal| renewal.ending.at());
    Ok(all)
}

/// Written with every credential that is kept: when it ends, where the far side says so.
pub(crate) async fn note(tx: &mut Tx, id: &ConnectionId, credential: &Credential) -> Result<()> {
    let ends_at = match credential {
        Credential::Tokens(tokens) => tokens.ends_at,
        Credential::Password { .. } | Credential::Address { .. } | Credential::File { .. } => None,
    };
    let text = "UPDATE connections SET renew_before = $1 WHERE id = $2";
    tx.run(sql(text).bind(ends_at).bind(id.as_str())).await?;
    Ok(())
}

/// The certificate that its server showed last.
pub async fn set_certificate(
    tx: &mut Tx,
    id: &ConnectionId,
    certificate: Option<&Certificate>,
) -> Result<()> {
    let text = "UPDATE connections SET certificate_host = $1, certificate_begins_at = $2, \
                certificate_ends_at = $3 WHERE id = $4";
    let statement = sql(text)
        .bind(certificate.map(|certificate| certificate.host.as_str()))
        .bind(certificate.map(|certificate| certificate.begins_at))
        .bind(certificate.map(|certificate| certificate.ends_at))
        .bind(id.as_str());
    tx.run(statement).await?;
    Ok(())
}

/// The ends that a connection comes to, as far as they are known.
pub async fn of_connection(tx: &mut Tx, id: &ConnectionId) -> Result<Vec<Ending>> {
    let found = all(tx, sql(COLUMNS).text("WHERE id = $1").bind(id.as_str())).await?;
    Ok(found.into_iter().map(|renewal| renewal.ending).collect())
}

/// Those of an account, its users' too.
pub async fn of_account(tx: &mut Tx, account: &AccountId) -> Result<Vec<Renewal>> {
    let text = "WHERE account_id = $1 AND (renew_before IS NOT NULL \
                OR certificate_ends_at IS NOT NULL) ORDER BY id";
    all(tx, sql(COLUMNS).text(text).bind(account.as_str())).await
}

/// Those of all accounts that come soon.
pub async fn soon(tx: &mut Tx, now: Timestamp) -> Result<Vec<Renewal>> {
    let until = now.checked_add(SOON).unwrap_or(Timestamp::MAX);
    let text = "WHERE (renew_before > $1 AND renew_before <= $2) \
                OR (certificate_ends_at > $1 AND certificate_ends_at <= $2) ORDER BY id";
    let mut found = all(tx, sql(COLUMNS).text(text).bind(now).bind(until)).await?;
    found.retain(|renewal| renewal.ending.is_soon(now));
    Ok(found)
}
