//! `schema.sql` is the whole schema on one page: what the migrations lead to, on both engines.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use sqlx::{Connection as _, PgConnection, SqliteConnection};
use store::Location;

use crate::house::{House, on_shared_engines};

const HEAD: &str = "-- The whole schema on one page, as the migrations leave it. Generated: \
                    DAYMARK_WRITE_SCHEMA=1 cargo test -p store schema\n";

/// Every table with its indexes, in the order of their names.
async fn written_by_sqlite(path: &Path) -> String {
    let mut connection =
        SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND tbl_name <> 'migrations' \
         ORDER BY tbl_name, type DESC, name",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let mut page = HEAD.to_owned();
    for (sql,) in rows {
        let gap = if sql.starts_with("CREATE TABLE") { "\n" } else { "" };
        writeln!(page, "{gap}{sql};").unwrap();
    }
    page
}

#[expect(clippy::disallowed_methods, reason = "whether to write the page anew is said so")]
fn wants_writing() -> bool {
    std::env::var("DAYMARK_WRITE_SCHEMA").is_ok_and(|word| word == "1")
}

/// `table.column type null`, as each engine says it, with one spelling for both.
async fn columns(location: &Location) -> BTreeSet<String> {
    let rows: Vec<(String, String, String, bool)> = match location {
        Location::Memory => panic!("nobody else can reach a database in memory"),
        Location::File(path) => {
            let address = format!("sqlite://{}", path.display());
            let mut connection = SqliteConnection::connect(&address).await.unwrap();
            sqlx::query_as(
                "SELECT s.name, c.name, c.type, c.\"notnull\" OR c.pk > 0 FROM sqlite_schema s, \
                 pragma_table_info(s.name) c WHERE s.type = 'table' AND s.name <> 'migrations'",
            )
            .fetch_all(&mut connection)
            .await
            .unwrap()
        }
        Location::Postgres(address) => {
            let mut connection = PgConnection::connect(address).await.unwrap();
            sqlx::query_as(
                "SELECT table_name::text, column_name::text, upper(data_type::text), \
                 is_nullable = 'NO' FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND table_name <> 'migrations'",
            )
            .fetch_all(&mut connection)
            .await
            .unwrap()
        }
    };
    let line = |(table, column, kind, required)| format!("{table}.{column} {kind} {required}");
    rows.into_iter().map(line).collect()
}

#[tokio::test]
async fn schema_sql_is_what_the_migrations_lead_to() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.sql");
    let sqlite = tokio::sync::Mutex::new(BTreeSet::new());
    on_shared_engines(async |house: &House| {
        let columns = columns(&house.location).await;
        if let Location::File(file) = &house.location {
            let page = written_by_sqlite(file).await;
            if wants_writing() {
                std::fs::write(&path, &page).unwrap();
            }
            let kept = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(kept == page, "schema.sql is out of date: {HEAD}");
            *sqlite.lock().await = columns;
        } else {
            assert_eq!(columns, *sqlite.lock().await);
        }
    })
    .await;
}
