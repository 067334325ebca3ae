//! API keys: `dmk_` and 256 random bits. Only their SHA-256 is stored, so a copy of the database
//! opens nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use connection::{AccountId, ApiKeyId};
use sha2::{Digest, Sha256};
use store::StoreError;
use store::api_keys::{self, ApiKey};
use store::audit::Actor;

use crate::acts::{self, Did, Who};

/// What every key begins with, so that people and scanners recognise one.
const PREFIX: &str = "dmk_";

/// What a key allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// To look.
    Read,
    /// To change.
    Write,
    /// To decide for people what is theirs alone: who sees what their events are about.
    Manage,
}

impl Scope {
    /// As a key carries it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Manage => "manage",
        }
    }
}

/// Makes a key with all scopes for an account, as whoever runs the installation is asked to, and
/// gives it back for the only time.
pub async fn api_key(
    ctx: &sync::Context,
    account: &AccountId,
    name: &str,
) -> Result<String, StoreError> {
    let scopes = [Scope::Read, Scope::Write, Scope::Manage];
    make(ctx, (account, Actor::Operator), name, &scopes).await
}

/// Makes a key with some scopes, and gives it back for the only time.
pub async fn make(
    ctx: &sync::Context,
    who: Who<'_>,
    name: &str,
    scopes: &[Scope],
) -> Result<String, StoreError> {
    let mut chance = [0; 32];
    ctx.dice.fill(&mut chance);
    let key = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(chance));
    let now = ctx.clock.now();
    let row = ApiKey {
        id: ApiKeyId::new(now, ctx.dice.as_ref()),
        account: who.0.clone(),
        name: name.to_owned(),
        scopes: scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
        created_at: now,
        last_used_at: None,
    };
    let mut tx = ctx.db.begin().await?;
    api_keys::insert(&mut tx, &row, &hash(&key)).await?;
    let say = format!("with {}", row.scopes.join(" and "));
    let subject = Some((row.id.as_str(), name));
    let did = Did { act: "api_key.made", subject, say: Some(&say), ..Did::default() };
    acts::record(ctx, &mut tx, who, did).await?;
    tx.commit().await?;
    Ok(key)
}

/// What is stored of a key.
pub fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}
