//! Keys to the HTTP API. Only their hash is kept.

use connection::{AccountId, ApiKeyId};
use jiff::Timestamp;

use crate::statement::sql;
use crate::{Result, Tx, codec};

/// A key to the HTTP API, without the key itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub account: AccountId,
    pub name: String,
    pub scopes: Vec<String>,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct KeyRow {
    id: String,
    account_id: String,
    name: String,
    scopes: String,
    created_at: i64,
    last_used_at: Option<i64>,
}

impl KeyRow {
    fn read(self) -> Result<ApiKey> {
        Ok(ApiKey {
            id: codec::id(&self.id)?,
            account: codec::id(&self.account_id)?,
            name: self.name,
            scopes: codec::from_json("api_keys.scopes", &self.scopes)?,
            created_at: codec::instant(self.created_at)?,
            last_used_at: codec::instant_maybe(self.last_used_at)?,
        })
    }
}

pub async fn insert(tx: &mut Tx, key: &ApiKey, hash: &[u8; 32]) -> Result<()> {
    let text = "INSERT INTO api_keys (id, account_id, token_hash, name, scopes, created_at) \
                VALUES ($1, $2, $3, $4, $5, $6)";
    let statement = sql(text)
        .bind(key.id.as_str())
        .bind(key.account.as_str())
        .bind(hash)
        .bind(&key.name)
        .bind(codec::json(&key.scopes))
        .bind(key.created_at);
    tx.run(statement).await?;
    Ok(())
}

const COLUMNS: &str =
    "SELECT id, account_id, name, scopes, created_at, last_used_at FROM api_keys ";

pub async fn find(tx: &mut Tx, hash: &[u8; 32]) -> Result<Option<ApiKey>> {
    let statement = sql(COLUMNS).text("WHERE token_hash = $1").bind(hash);
    tx.one::<KeyRow>(statement).await?.map(KeyRow::read).transpose()
}

/// Is it one that was not ended?
pub async fn is_known(tx: &mut Tx, id: &ApiKeyId) -> Result<bool> {
    let statement = sql("SELECT 1 FROM api_keys WHERE id = $1").bind(id.as_str());
    Ok(tx.one::<(i32,)>(statement).await?.is_some())
}

/// It was used just now.
pub async fn touch(tx: &mut Tx, id: &ApiKeyId, now: Timestamp) -> Result<()> {
    let text = "UPDATE api_keys SET last_used_at = $1 WHERE id = $2";
    tx.run(sql(text).bind(now).bind(id.as_str())).await?;
    Ok(())
}

/// In the order in which they were made.
pub async fn of_account(tx: &mut Tx, account: &AccountId) -> Result<Vec<ApiKey>> {
    let statement =
        sql(COLUMNS).text("WHERE account_id = $1 ORDER BY created_at, id").bind(account.as_str());
    tx.all::<KeyRow>(statement).await?.into_iter().map(KeyRow::read).collect()
}

/// Says whether the account had it.
pub async fn delete(tx: &mut Tx, account: &AccountId, id: &ApiKeyId) -> Result<bool> {
    let text = "DELETE FROM api_keys WHERE id = $1 AND account_id = $2";
    Ok(tx.run(sql(text).bind(id.as_str()).bind(account.as_str())).await? > 0)
}
