//! The audit log as a file: CSV (RFC 4180) or JSON Lines, read and sent part by part, so that its
//! length costs no memory. Where reading fails, the file breaks off: it never looks complete.

use std::fmt::Write;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use connection::{AccountId, AuditId};
use futures_util::stream;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde_json::json;
use store::StoreError;
use store::audit::{self, Entry, Wanted};

use super::{Asking, admit, today};
use crate::Web;
use crate::acts::{self, Did};
use crate::asked::Asked;
use crate::error::Fault;
use crate::session::SignedIn;

/// Acts that are read at once.
const AT_ONCE: i64 = 500;

/// The columns, as both forms call them.
const COLUMNS: [&str; 10] = [
    "id",
    "at",
    "actor",
    "actor_name",
    "act",
    "for_user",
    "for_user_name",
    "subject",
    "subject_name",
    "say",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    JsonLines,
}

impl Format {
    fn of(asking: &Asking) -> Result<Self, Fault> {
        match asking.format.as_deref() {
            None | Some("csv") => Ok(Self::Csv),
            Some("jsonl") => Ok(Self::JsonLines),
            Some(_) => Err(Fault::NotFound),
        }
    }

    fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Csv => ("csv", "text/csv; charset=utf-8"),
            Self::JsonLines => ("jsonl", "application/jsonl"),
        }
    }

    fn head(self) -> String {
        match self {
            Self::Csv => format!("{}\r\n", COLUMNS.join(",")),
            Self::JsonLines => String::new(),
        }
    }

    fn line(self, entry: &Entry) -> String {
        let at = entry.at.to_string();
        let fields = [
            Some(entry.id.as_str()),
            Some(&*at),
            Some(&*entry.actor_id),
            Some(&*entry.actor_name),
            Some(&*entry.act),
            entry.for_user_id.as_deref(),
            entry.for_user_name.as_deref(),
            entry.subject_id.as_deref(),
            entry.subject_name.as_deref(),
            entry.say.as_deref(),
        ];
        match self {
            Self::Csv => {
                let cells: Vec<_> =
                    fields.iter().map(|field| cell(field.unwrap_or_default())).collect();
                format!("{}\r\n", cells.join(","))
            }
            Self::JsonLines => {
                let object: serde_json::Map<_, _> = COLUMNS
                    .iter()
                    .zip(fields)
                    .map(|(n, value)| ((*n).into(), json!(value)))
                    .collect();
                format!("{}\n", serde_json::Value::Object(object))
            }
        }
    }
}

/// One cell. Programs for tables take what begins with such a sign for a formula.
fn cell(text: &str) -> String {
    let formula = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    let needs_quotes = text.contains(['"', ',', '\r', '\n']) || !formula.is_empty();
    if !needs_quotes {
        return text.to_owned();
    }
    let mut cell = String::with_capacity(text.len() + 3);
    // Writing into a String cannot fail.
    let _ = write!(cell, "\"{formula}{}\"", text.replace('"', "\"\""));
    cell
}

/// The file.
pub(crate) async fn export(
    State(web): State<Web>,
    who: SignedIn,
    Asked(asking): Asked<Asking>,
) -> Result<Response, Fault> {
    admit(&who)?;
    let format = Format::of(&asking)?;
    let wanted = asking.wanted(&who.zone);
    let mut tx = web.ctx.db.begin().await?;
    let did = Did { act: "audit.exported", ..Did::default() };
    acts::record(&web.ctx, &mut tx, who.acts(), did).await?;
    tx.commit().await?;
    let (ending, kind) = format.name();
    let name = format!("daymark-audit-{}.{ending}", today(who.now, &who.zone));
    let reading = Reading { web, account: who.account.id, wanted, format, after: None };
    let parts = stream::try_unfold(Some((reading, true)), |state| async {
        let Some((mut reading, is_first)) = state else { return Ok(None) };
        let (part, has_more) = reading.next(is_first).await?;
        Ok::<_, StoreError>(Some((part, has_more.then_some((reading, false)))))
    });
    let attachment = format!("attachment; filename=\"{name}\"");
    let headers = [(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, attachment)];
    Ok((headers, Body::from_stream(parts)).into_response())
}

/// How far the reading is.
struct Reading {
    web: Web,
    account: AccountId,
    wanted: Wanted,
    format: Format,
    after: Option<AuditId>,
}

impl Reading {
    /// The next part, and whether there may be more.
    async fn next(&mut self, is_first: bool) -> Result<(Bytes, bool), StoreError> {
        let mut tx = self.web.ctx.db.read().await?;
        let place = (self.after.as_ref().map(AuditId::as_str), AT_ONCE);
        let entries = audit::list(&mut tx, &self.account, &self.wanted, place).await?;
        drop(tx);
        let mut text = if is_first { self.format.head() } else { String::new() };
        for entry in &entries {
            text.push_str(&self.format.line(entry));
        }
        self.after = entries.last().map(|last| last.id.clone());
        let has_more = i64::try_from(entries.len()).is_ok_and(|count| count == AT_ONCE);
        Ok((text.into(), has_more))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_can_neither_break_its_row_nor_become_a_formula() {
        assert_eq!(cell("Dana Reyes"), "Dana Reyes");
        assert_eq!(cell("a, \"b\"\nc"), "\"a, \"\"b\"\"\nc\"");
        assert_eq!(cell("=HYPERLINK(1)"), "\"'=HYPERLINK(1)\"");
        assert_eq!(cell("@name"), "\"'@name\"");
    }
}
