//! Accounts and users, and how each user wants their calendars to be treated.

use connection::{AccountId, CalendarId, UserId};
use jiff::Timestamp;

use crate::statement::sql;
use crate::{Result, Tx, calendars, codec, connections, dialect};

/// A tenant: one business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub name: String,
    /// IANA name.
    pub time_zone: String,
    pub created_at: Timestamp,
}

/// A person who signs in to Daymark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub account: AccountId,
    pub name: String,
    /// Unique; kept in lower case.
    pub email: String,
    pub role: Role,
    /// IANA name.
    pub time_zone: String,
    pub has_password: bool,
    pub settings: CalendarSettings,
    pub created_at: Timestamp,
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident $word:literal),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($variant),* }

        impl $name {
            /// As the API and the table spell it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// The reverse of `as_str`.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($word => Some(Self::$variant),)* _ => None }
            }
        }
    )*};
}

words! {
    /// What a user may do in the account.
    Role { Admin "admin", Member "member" }
    /// What becomes of events that were made elsewhere.
    Import { Block "block", KnownGuests "known_guests", AllGuests "all_guests" }
    /// What to do when a booking's event is changed at the provider.
    OutsideChange { Apply "apply", Ask "ask", Restore "restore" }
    /// How much of a booking is written into the linked calendar.
    WriteDetail { Full "full", Title "title", Busy "busy" }
}

/// The choices of the page Calendar Connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarSettings {
    /// Where bookings are written.
    pub linked_calendar: Option<CalendarId>,
    /// Others in the account see busy times without titles.
    pub private_mode: bool,
    pub import: Import,
    pub on_outside_change: OutsideChange,
    pub write_detail: WriteDetail,
}

impl Default for CalendarSettings {
    fn default() -> Self {
        Self {
            linked_calendar: None,
            private_mode: true,
            import: Import::Block,
            on_outside_change: OutsideChange::Ask,
            write_detail: WriteDetail::Full,
        }
    }
}

const COLUMNS: &str = "SELECT id, account_id, name, email, role, time_zone, password_hash, \
    linked_calendar_id, private_mode, import, on_outside_change, write_detail, created_at \
    FROM users ";

#[derive(sqlx::FromRow)]
struct UserRow {
    id: String,
    account_id: String,
    name: String,
    email: String,
    role: String,
    time_zone: String,
    password_hash: Option<String>,
    linked_calendar_id: Option<String>,
    private_mode: bool,
    import: String,
    on_outside_change: String,
    write_detail: String,
    created_at: i64,
}

impl UserRow {
    fn read(self) -> Result<User> {
        let outside = "users.on_outside_change";
        Ok(User {
            id: codec::id(&self.id)?,
            account: codec::id(&self.account_id)?,
            name: self.name,
            email: self.email,
            role: codec::word("users.role", &self.role, Role::parse)?,
            time_zone: self.time_zone,
            has_password: self.password_hash.is_some(),
            settings: CalendarSettings {
                linked_calendar: self.linked_calendar_id.as_deref().map(codec::id).transpose()?,
                private_mode: self.private_mode,
                import: codec::word("users.import", &self.import, Import::parse)?,
                on_outside_change: codec::word(
                    outside,
                    &self.on_outside_change,
                    OutsideChange::parse,
                )?,
                write_detail: codec::word(
                    "users.write_detail",
                    &self.write_detail,
                    WriteDetail::parse,
                )?,
            },
            created_at: codec::instant(self.created_at)?,
        })
    }
}

pub async fn insert_account(tx: &mut Tx, account: &Account) -> Result<()> {
    let text = "INSERT INTO accounts (id, name, time_zone, created_at) VALUES ($1, $2, $3, $4)";
    let statement = sql(text)
        .bind(account.id.as_str())
        .bind(&account.name)
        .bind(&account.time_zone)
        .bind(account.created_at);
    tx.run(statement).await?;
    Ok(())
}

pub async fn account(tx: &mut Tx, id: &AccountId) -> Result<Option<Account>> {
    let text = "SELECT id, name, time_zone, created_at FROM accounts WHERE id = $1";
    let row: Option<(String, String, String, i64)> = tx.one(sql(text).bind(id.as_str())).await?;
    row.map(|(id, name, time_zone, created_at)| {
        Ok(Account {
            id: codec::id(&id)?,
            name,
            time_zone,
            created_at: codec::instant(created_at)?,
        })
    })
    .transpose()
}

/// `has_password` is not written: a password comes by [`set_password`]. An e-mail address that is
/// taken is a conflict.
pub async fn insert_user(tx: &mut Tx, user: &User) -> Result<()> {
    let text = "INSERT INTO users (id, account_id, name, email, role, time_zone, \
                linked_calendar_id, private_mode, import, on_outside_change, write_detail, \
                created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let settings = &user.settings;
    let statement = sql(text)
        .bind(user.id.as_str())
        .bind(user.account.as_str())
        .bind(&user.name)
        .bind(user.email.to_lowercase())
        .bind(user.role.as_str())
        .bind(&user.time_zone)
        .bind(settings.linked_calendar.as_ref().map(CalendarId::as_str))
        .bind(settings.private_mode)
        .bind(settings.import.as_str())
        .bind(settings.on_outside_change.as_str())
        .bind(settings.write_detail.as_str())
        .bind(user.created_at);
    tx.run(statement).await?;
    Ok(())
}

pub async fn user(tx: &mut Tx, id: &UserId) -> Result<Option<User>> {
    let statement = sql(COLUMNS).text("WHERE id = $1").bind(id.as_str());
    tx.one::<UserRow>(statement).await?.map(UserRow::read).transpose()
}

pub async fn user_by_email(tx: &mut Tx, email: &str) -> Result<Option<User>> {
    let statement = sql(COLUMNS).text("WHERE email = $1").bind(email.to_lowercase());
    tx.one::<UserRow>(statement).await?.map(UserRow::read).transpose()
}

/// In the order in which they came.
pub async fn users(tx: &mut Tx, account: &AccountId) -> Result<Vec<User>> {
    let text = "WHERE account_id = $1 ORDER BY created_at, id";
    let rows = tx.all::<UserRow>(sql(COLUMNS).text(text).bind(account.as_str())).await?;
    rows.into_iter().map(UserRow::read).collect()
}

/// Holds who administers the account until the transaction ends, and counts them: there must always
/// be one. Whoever writes down something of the account waits for nothing.
pub async fn hold_admins(tx: &mut Tx, account: &AccountId) -> Result<i64> {
    let held = sql("SELECT id FROM accounts WHERE id = $1")
        .text(dialect::for_change(&tx.engine))
        .bind(account.as_str());
    tx.one::<(String,)>(held).await?;
    let text = "SELECT COUNT(*) FROM users WHERE account_id = $1 AND role = $2";
    tx.number(sql(text).bind(account.as_str()).bind(Role::Admin.as_str())).await
}

pub async fn set_role(tx: &mut Tx, id: &UserId, role: Role) -> Result<()> {
    tx.run(sql("UPDATE users SET role = $1 WHERE id = $2").bind(role.as_str()).bind(id.as_str()))
        .await?;
    Ok(())
}

/// Forgets a user with all that is theirs. Says whether there was one.
pub async fn delete_user(tx: &mut Tx, id: &UserId) -> Result<bool> {
    connections::hold_of_user(tx, id).await?;
    // What names no user by a reference goes here.
    for text in [
        "DELETE FROM remembered_choices WHERE owner_id = $1",
        "DELETE FROM invitations WHERE by_id = $1",
        "DELETE FROM invitations WHERE (account_id, email) = \
         (SELECT account_id, email FROM users WHERE id = $1)",
    ] {
        tx.run(sql(text).bind(id.as_str())).await?;
    }
    Ok(tx.run(sql("DELETE FROM users WHERE id = $1").bind(id.as_str())).await? > 0)
}

/// The administrators of all accounts, in the order in which they came.
pub async fn administrators(tx: &mut Tx) -> Result<Vec<User>> {
    let statement = sql(COLUMNS).text("WHERE role = 'admin' ORDER BY created_at, id");
    tx.all::<UserRow>(statement).await?.into_iter().map(UserRow::read).collect()
}

/// Of all accounts: zero means that nobody has been here yet.
pub async fn count_users(tx: &mut Tx) -> Result<i64> {
    tx.number(sql("SELECT COUNT(*) FROM users")).await
}

/// The one user there is; `None` where there are more, or none.
pub async fn only_user(tx: &mut Tx) -> Result<Option<User>> {
    if count_users(tx).await? != 1 {
        return Ok(None);
    }
    let row = tx.one::<UserRow>(sql(COLUMNS)).await?;
    row.map(UserRow::read).transpose()
}

pub async fn password_hash(tx: &mut Tx, id: &UserId) -> Result<Option<String>> {
    let statement = sql("SELECT password_hash FROM users WHERE id = $1").bind(id.as_str());
    Ok(tx.one::<(Option<String>,)>(statement).await?.and_then(|(hash,)| hash))
}

pub async fn set_password(tx: &mut Tx, id: &UserId, hash: &str) -> Result<()> {
    let text = "UPDATE users SET password_hash = $1 WHERE id = $2";
    tx.run(sql(text).bind(hash).bind(id.as_str())).await?;
    Ok(())
}

pub async fn set_settings(tx: &mut Tx, id: &UserId, settings: &CalendarSettings) -> Result<()> {
    let text = "UPDATE users SET linked_calendar_id = $1, private_mode = $2, import = $3, \
                on_outside_change = $4, write_detail = $5 WHERE id = $6";
    let statement = sql(text)
        .bind(settings.linked_calendar.as_ref().map(CalendarId::as_str))
        .bind(settings.private_mode)
        .bind(settings.import.as_str())
        .bind(settings.on_outside_change.as_str())
        .bind(settings.write_detail.as_str())
        .bind(id.as_str());
    tx.run(statement).await?;
    if let Some(linked) = &settings.linked_calendar {
        calendars::count_linked(tx, linked).await?;
    }
    // What nothing is written to any more does not have to be writable.
    let text = "UPDATE calendars SET write_lost_at = NULL WHERE write_lost_at IS NOT NULL \
                AND connection_id IN (SELECT id FROM connections WHERE owner_id = $1) \
                AND NOT EXISTS (SELECT 1 FROM users WHERE linked_calendar_id = calendars.id)";
    tx.run(sql(text).bind(id.as_str())).await?;
    Ok(())
}

/// Bookings are written there from now on, unless they are written somewhere already. Says whether
/// they are.
pub async fn link(tx: &mut Tx, id: &UserId, calendar: &CalendarId) -> Result<bool> {
    let text = "UPDATE users SET linked_calendar_id = $1 \
                WHERE id = $2 AND linked_calendar_id IS NULL";
    tx.run(sql(text).bind(calendar.as_str()).bind(id.as_str())).await?;
    calendars::count_linked(tx, calendar).await
}

/// What a person says of themselves. A new e-mail address is not confirmed; one that is taken is a
/// conflict.
pub async fn update_user(
    tx: &mut Tx,
    id: &UserId,
    name: &str,
    email: &str,
    time_zone: &str,
) -> Result<()> {
    let text = "UPDATE users SET name = $1, email_confirmed = (email_confirmed AND email = $2), \
                email = $2, time_zone = $3 WHERE id = $4";
    let statement =
        sql(text).bind(name).bind(email.to_lowercase()).bind(time_zone).bind(id.as_str());
    tx.run(statement).await?;
    Ok(())
}

/// How far a user has come in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Belonging {
    /// They were invited to connect calendars, and not to join so far.
    pub connects_only: bool,
    /// Their e-mail address is known to be theirs: an administrator gave it.
    pub email_confirmed: bool,
}

pub async fn belonging(tx: &mut Tx, id: &UserId) -> Result<Belonging> {
    let text = "SELECT connects_only, email_confirmed FROM users WHERE id = $1";
    let row: Option<(bool, bool)> = tx.one(sql(text).bind(id.as_str())).await?;
    let (connects_only, email_confirmed) = row.unwrap_or_default();
    Ok(Belonging { connects_only, email_confirmed })
}

/// From now on they may connect calendars, and no more.
pub async fn limit_to_connecting(tx: &mut Tx, id: &UserId) -> Result<()> {
    tx.run(sql("UPDATE users SET connects_only = TRUE WHERE id = $1").bind(id.as_str())).await?;
    Ok(())
}

/// Who may only connect calendars joins. False where they have joined, maybe just now.
pub async fn join(tx: &mut Tx, id: &UserId) -> Result<bool> {
    let text = "UPDATE users SET connects_only = FALSE WHERE id = $1 AND connects_only";
    Ok(tx.run(sql(text).bind(id.as_str())).await? > 0)
}

/// Their e-mail address is theirs. False where that was known.
pub async fn confirm_email(tx: &mut Tx, id: &UserId) -> Result<bool> {
    let text = "UPDATE users SET email_confirmed = TRUE WHERE id = $1 AND NOT email_confirmed";
    Ok(tx.run(sql(text).bind(id.as_str())).await? > 0)
}

pub async fn rename_account(
    tx: &mut Tx,
    id: &AccountId,
    name: &str,
    time_zone: &str,
) -> Result<()> {
    let text = "UPDATE accounts SET name = $1, time_zone = $2 WHERE id = $3";
    tx.run(sql(text).bind(name).bind(time_zone).bind(id.as_str())).await?;
    Ok(())
}
