//! Listings by `$select`, `$filter`, `$orderby`, `$top` and `$skip`, in pages that follow a link.

use serde_json::{Value, json};

use super::answer::{Outcome, Refusal, Reply};
use super::desk::Desk;
use super::event_edit::named_property;
use crate::oauth::form::Pairs;

const PAGE_DEFAULT: usize = 10;
const PAGE_MAX: usize = 1_000;

/// A condition of `$filter`.
enum Filter {
    Property { id: String, value: String },
    Equal { path: Vec<String>, value: String },
    Begins { path: Vec<String>, value: String },
}

/// `'it''s'` as a text.
fn quoted(text: &str) -> Option<String> {
    let inner = text.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    Some(inner.replace("''", "'"))
}

fn path(text: &str) -> Vec<String> {
    text.trim().split('/').map(str::to_owned).collect()
}

impl Filter {
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let lower = text.to_ascii_lowercase();
        if lower.starts_with("singlevalueextendedproperties/any(") {
            let inner =
                text.get("singlevalueextendedproperties/any(".len()..)?.strip_suffix(')')?;
            let (variable, conditions) = inner.split_once(':')?;
            let of = |name: &str| {
                let begins = format!("{}/{name} eq ", variable.trim());
                let at = conditions.find(&begins)? + begins.len();
                let rest = conditions.get(at..)?.trim();
                let end = rest.find(" and ").unwrap_or(rest.len());
                quoted(rest.get(..end)?)
            };
            return Some(Self::Property { id: of("id")?, value: of("value")? });
        }
        if let Some(inner) = lower.strip_prefix("startswith(").and_then(|it| it.strip_suffix(')')) {
            let inner = text.get(text.len() - inner.len() - 1..text.len() - 1)?;
            let (name, value) = inner.split_once(',')?;
            return Some(Self::Begins { path: path(name), value: quoted(value)? });
        }
        let (name, value) = text.split_once(" eq ")?;
        let not_filterable = name.trim().eq_ignore_ascii_case("transactionId");
        (!not_filterable).then_some(())?;
        Some(Self::Equal { path: path(name), value: quoted(value)? })
    }

    fn keeps(&self, shown: &Value, stored: &super::world::Event) -> bool {
        match self {
            Self::Property { id, value } => {
                let held = named_property(stored, id);
                held.and_then(|it| it.get("value")).and_then(Value::as_str) == Some(value)
            }
            Self::Equal { path, value } => at(shown, path) == Some(value),
            Self::Begins { path, value } => at(shown, path).is_some_and(|it| it.starts_with(value)),
        }
    }
}

fn at<'a>(shown: &'a Value, path: &[String]) -> Option<&'a str> {
    path.iter().try_fold(shown, |at, name| at.get(name)).and_then(Value::as_str)
}

impl Desk<'_> {
    /// Only the members that `$select` names, and those that are always there.
    pub(crate) fn selected(&self, mut shown: Value) -> Value {
        let Some(names) = self.parameter("select") else { return shown };
        let names: Vec<&str> = names.split(',').map(str::trim).collect();
        if let Value::Object(members) = &mut shown {
            members.retain(|name, _| {
                name == "id" || name.starts_with('@') || names.contains(&name.as_str())
            });
        }
        shown
    }

    fn number(&self, name: &str) -> Result<Option<usize>, Refusal> {
        let wrong = |_| Refusal::new(400, "BadRequest", format!("Invalid value for ${name}."));
        self.parameter(name).map(|it| it.parse().map_err(wrong)).transpose()
    }

    /// Rows as shown beside what is stored, filtered, in order, and cut into pages.
    pub(crate) fn listed(
        &self,
        context: &str,
        mut rows: Vec<(Value, super::world::Event)>,
    ) -> Outcome {
        if let Some(text) = self.parameter("filter") {
            let says = "The query filter is not supported.";
            let filter = Filter::read(text)
                .ok_or_else(|| Refusal::new(400, "ErrorInvalidUrlQueryFilter", says))?;
            rows.retain(|(shown, stored)| filter.keeps(shown, stored));
        }
        if let Some(by) = self.parameter("orderby") {
            let (name, backwards) = match by.trim().split_once(' ') {
                Some((name, direction)) => (name, direction.trim() == "desc"),
                None => (by.trim(), false),
            };
            let path = path(name);
            rows.sort_by(|(a, _), (b, _)| at(a, &path).cmp(&at(b, &path)));
            if backwards {
                rows.reverse();
            }
        }
        let top = self.number("top")?.or(self.look.page_max).unwrap_or(PAGE_DEFAULT);
        let max = self.microsoft().manners.page_max.unwrap_or(PAGE_MAX);
        let (top, skip) =
            (top.clamp(1, PAGE_MAX).min(max.max(1)), self.number("skip")?.unwrap_or(0));
        let all = rows.len();
        let page = rows.into_iter().skip(skip).take(top);
        let page: Vec<Value> = page.map(|(shown, _)| self.selected(shown)).collect();
        let mut listed = json!({ "value": page });
        if skip.saturating_add(top) < all {
            listed["@odata.nextLink"] = json!(self.next_link(skip + top));
        }
        Ok(Reply::within(&self.context(context), listed))
    }

    fn next_link(&self, skip: usize) -> String {
        let mut pairs = self.ask.query.clone();
        pairs.0.retain(|(name, _)| name != "$skip");
        pairs.0.push(("$skip".into(), skip.to_string()));
        let query = Pairs(pairs.0).write().replace("%24", "$");
        format!("{}{}?{query}", self.ask.origin, self.ask.raw_path)
    }
}
