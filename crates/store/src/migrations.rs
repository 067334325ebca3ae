//! The steps from nothing to the present schema. A step that was released is never edited.

use std::borrow::Cow;

use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

use crate::StoreError;

const STEPS: &[(i64, &str, &str)] = &[
    (1, "house", include_str!("migrations/0001_house.sql")),
    (2, "refusals", include_str!("migrations/0002_refusals.sql")),
    (3, "status_changes", include_str!("migrations/0003_status_changes.sql")),
    (4, "audit", include_str!("migrations/0004_audit.sql")),
    (5, "messages", include_str!("migrations/0005_messages.sql")),
    (6, "webhooks", include_str!("migrations/0006_webhooks.sql")),
    (7, "factors", include_str!("migrations/0007_factors.sql")),
    (8, "people", include_str!("migrations/0008_people.sql")),
    (9, "mending", include_str!("migrations/0009_mending.sql")),
    (10, "replacing", include_str!("migrations/0010_replacing.sql")),
    (11, "connects_only", include_str!("migrations/0011_connects_only.sql")),
    (12, "foretelling", include_str!("migrations/0012_foretelling.sql")),
    (13, "forgetting", include_str!("migrations/0013_forgetting.sql")),
    (14, "piling_up", include_str!("migrations/0014_piling_up.sql")),
    (15, "telling", include_str!("migrations/0015_telling.sql")),
    (16, "open_id", include_str!("migrations/0016_open_id.sql")),
];

/// Runs what has not run yet. On PostgreSQL it holds an advisory lock meanwhile.
pub(crate) fn migrator() -> Migrator {
    let steps = STEPS.iter().map(|&(version, name, text)| {
        let name = Cow::Borrowed(name);
        Migration::new(version, name, MigrationType::Simple, text.into_sql_str(), false)
    });
    let mut migrator = Migrator::with_migrations(steps.collect());
    migrator.dangerous_set_table_name("migrations");
    migrator
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(_) | MigrateError::VersionMismatch(_) => Self::Unusable {
                say: "This database was written by another version of Daymark. Start the newest \
                      version, or restore the backup that was made before the update."
                    .to_owned(),
            },
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
            other => Self::Unavailable(sqlx::Error::Migrate(Box::new(other))),
        }
    }
}
