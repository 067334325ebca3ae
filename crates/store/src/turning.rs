//! Turning the key: what an older key sealed is sealed anew with the current one, a few rows at a
//! time, while everything else goes on. Until nothing is left, the older key is needed.

use zeroize::Zeroizing;

use crate::seal::Sealed;
use crate::statement::{Statement, sql};
use crate::{Db, Result, StoreError, Tx};

/// Rows that are moved to the current key in one transaction.
const ROWS_MAX: i64 = 200;

/// What one turn did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Turned {
    /// Sealed things that are under the current key now.
    pub moved: i64,
    /// Sealed things that cannot be opened, by no key at hand; they stay as they are.
    pub unreadable: i64,
}

/// Moves everything that an older key sealed to the current one. May be stopped at any moment and
/// begun again; several processes may do it at once.
pub async fn reseal(db: &Db) -> Result<Turned> {
    let mut turned = Turned::default();
    for sealed in Sealed::ALL {
        let mut after = String::new();
        loop {
            let rows = older_rows(db, sealed, &after).await?;
            let Some((last, _)) = rows.last() else { break };
            after.clone_from(last);
            move_rows(db, sealed, &rows, &mut turned).await?;
        }
    }
    forget_unused(db).await?;
    Ok(turned)
}

/// How many sealed things are not under the current key.
pub async fn count_older(db: &Db) -> Result<i64> {
    let mut tx = db.read().await?;
    let current = tx.keys().current_mark();
    let mut older = 0;
    for sealed in Sealed::ALL {
        let counted = sealed_by("SELECT count(*)", sealed, " <> $1");
        older += tx.number(counted.bind(current.clone())).await?;
    }
    Ok(older)
}

/// Writes down that the current key seals here.
pub(crate) async fn register(tx: &mut Tx) -> Result<()> {
    let text = "INSERT INTO keys (id) VALUES ($1) ON CONFLICT (id) DO NOTHING";
    let current = tx.keys().current_id();
    tx.run(sql(text).bind(current)).await?;
    Ok(())
}

/// Forgets the keys that nothing here is sealed by any more. The search reads whole tables, so it
/// keeps nobody from writing; a process that goes on sealing with such a key registers it again.
async fn forget_unused(db: &Db) -> Result<()> {
    let mut tx = db.read().await?;
    let mut unused = Vec::new();
    for (id, mark) in tx.keys().older_ids() {
        if !is_needed(&mut tx, &mark).await? {
            unused.push(id);
        }
    }
    drop(tx);
    let mut tx = db.begin().await?;
    for id in unused {
        tx.run(sql("DELETE FROM keys WHERE id = $1").bind(id)).await?;
    }
    register(&mut tx).await?;
    tx.commit().await
}

async fn is_needed(tx: &mut Tx, mark: &[u8]) -> Result<bool> {
    for sealed in Sealed::ALL {
        let any = sealed_by("SELECT 1", sealed, " = $1 LIMIT 1").bind(mark);
        if tx.one::<(i32,)>(any).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The next rows that are not under the current key, in the order of their names. Read outside
/// the transaction that writes: where little is left, the search goes through the whole table.
async fn older_rows(db: &Db, sealed: Sealed, after: &str) -> Result<Vec<(String, Vec<u8>)>> {
    let mut tx = db.read().await?;
    let current = tx.keys().current_mark();
    let rows = sql("SELECT ").text(sealed.row()).text(", ").text(sealed.column());
    let rows = from(rows, sealed).text(" <> $1 AND ").text(sealed.row()).text(" > $2 ORDER BY ");
    let rows = rows.text(sealed.row()).text(" LIMIT $3");
    tx.all(rows.bind(current).bind(after).bind(ROWS_MAX)).await
}

/// Seals those rows anew. One that was written meanwhile is left alone: whoever wrote it used the
/// current key, or the next look finds it.
async fn move_rows(
    db: &Db,
    sealed: Sealed,
    rows: &[(String, Vec<u8>)],
    turned: &mut Turned,
) -> Result<()> {
    let mut tx = db.begin().await?;
    for (row, old) in rows {
        let plain = match tx.keys().open(sealed, row, old) {
            Ok(plain) => Zeroizing::new(plain),
            Err(StoreError::Corrupt { what }) => {
                tracing::error!(failure = %what, "cannot be sealed anew");
                turned.unreadable += 1;
                continue;
            }
            Err(failure) => return Err(failure),
        };
        let new = tx.keys().seal(sealed, row, &plain)?;
        let update = sql("UPDATE ").text(sealed.table()).text(" SET ").text(sealed.column());
        let update = update.text(" = $1 WHERE ").text(sealed.row()).text(" = $2 AND ");
        let update = update.text(sealed.column()).text(" = $3");
        turned.moved += tx.run(update.bind(new).bind(row).bind(old.as_slice())).await?;
    }
    tx.commit().await
}

/// `what` of all rows whose key id compares so.
fn sealed_by<'q>(what: &'static str, sealed: Sealed, compares: &'static str) -> Statement<'q> {
    from(sql(what), sealed).text(compares)
}

/// A ciphertext says behind its version by which key it was sealed.
fn from(what: Statement<'_>, sealed: Sealed) -> Statement<'_> {
    let rows = what.text(" FROM ").text(sealed.table());
    rows.text(" WHERE substr(").text(sealed.column()).text(", 2, 4)")
}
