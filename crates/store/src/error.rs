//! What can go wrong with the store, sorted by what the caller does about it.

/// What the store answers. *Not found* is an `Option` inside, never an error.
pub type Result<T> = std::result::Result<T, StoreError>;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Try again later: the database is busy, full or away.
    #[error("the database did not do it")]
    Unavailable(#[source] sqlx::Error),
    /// A row cannot be read or unsealed; a person must look at it. Never holds the row's content.
    #[error("the database holds something that cannot be read: {what}")]
    Corrupt {
        /// Which column of which row, and why.
        what: String,
    },
    /// Such a row is there already, or what it belongs to is gone.
    #[error("it is there already, or what it belongs to is gone")]
    Conflict,
    /// This database cannot be used by this program with these keys; said once, when it is opened.
    #[error("{say}")]
    Unusable {
        /// Why, and what to do about it.
        say: String,
    },
}

impl StoreError {
    pub(crate) fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt { what: what.into() }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(cause)
                if cause.is_unique_violation() || cause.is_foreign_key_violation() =>
            {
                Self::Conflict
            }
            sqlx::Error::ColumnDecode { index, .. } => {
                Self::corrupt(format!("column {index} holds another type"))
            }
            _ => Self::Unavailable(error),
        }
    }
}
