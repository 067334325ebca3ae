//! Reads the two tables of the document. What stands between backticks in a row is meant for here;
//! all else is for people.

use std::collections::BTreeSet;

const TEXT: &str = include_str!("../../../../docs/failures.md");
const ANSWERS: &str = "## What is answered";
const CONSEQUENCES: &str = "## What is done about it";

/// A row of the first table.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) number: usize,
    /// Who is asked, and for what: `Google, read`.
    pub(crate) place: String,
    /// What is answered, in the order in which it stands there.
    pub(crate) spans: Vec<String>,
    /// What the adapter makes of it.
    pub(crate) code: String,
    /// Until when to wait, from now on.
    pub(crate) wait_s: Option<i64>,
    /// Does it prove that the connection no longer works by itself?
    pub(crate) proves: String,
}

/// A row of the second table.
#[derive(Debug)]
pub(crate) struct Consequence {
    pub(crate) code: String,
    /// When a person is asked: `no`, or the how-many-eth failure in a row does it.
    pub(crate) asks: String,
    /// The reason that the status tells then.
    pub(crate) reason: Option<String>,
    /// How long after the first failure it is tried again; `None` where the provider says.
    pub(crate) again_s: Option<i64>,
    /// How long after it asked for a person.
    pub(crate) flagged_again_s: Option<i64>,
}

/// One answer of a far side.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    /// A body as it is, or a word that stands in the provider's own form of an error.
    pub(crate) body: String,
}

impl Row {
    /// All answers that the row stands for: each status with each body. None where no server
    /// answers at all.
    pub(crate) fn answers(&self) -> Vec<Answer> {
        let is_status = |span: &&String| span.len() == 3 && span.parse::<u16>().is_ok();
        let header = |span: &String| {
            let (name, value) = span.split_once(": ")?;
            let is_name = name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
            is_name.then(|| (name.to_owned(), value.to_owned()))
        };
        let statuses: Vec<u16> =
            self.spans.iter().filter(is_status).map(|span| span.parse().unwrap()).collect();
        let headers: Vec<_> = self.spans.iter().filter_map(header).collect();
        let bodies = self.spans.iter().filter(|span| !is_status(span) && header(span).is_none());
        let mut bodies: Vec<String> = bodies.cloned().collect();
        if bodies.is_empty() {
            bodies.push(String::new());
        }
        let each = |status: &u16| {
            let (status, headers) = (*status, headers.clone());
            let of = move |body: &String| Answer {
                status,
                headers: headers.clone(),
                body: body.clone(),
            };
            bodies.iter().map(of).collect::<Vec<_>>()
        };
        statuses.iter().flat_map(each).collect()
    }

    /// What happens instead of an answer.
    pub(crate) fn mishap(&self) -> Option<&str> {
        self.answers().is_empty().then(|| self.spans[0].as_str())
    }
}

/// The first table.
pub(crate) fn rows() -> Vec<Row> {
    let rows = lines(ANSWERS);
    rows.iter().map(|cells| row(cells)).collect()
}

fn row(cells: &[&str]) -> Row {
    let [number, place, answer, becomes, proves] = cells else { panic!("five cells: {cells:?}") };
    let becomes = spans(becomes);
    Row {
        number: number.parse().unwrap(),
        place: (*place).to_owned(),
        spans: spans(answer),
        code: becomes[0].clone(),
        wait_s: becomes.get(1).map(|text| seconds(text)),
        proves: (*proves).to_owned(),
    }
}

/// The second table.
pub(crate) fn consequences() -> Vec<Consequence> {
    let rows = lines(CONSEQUENCES);
    rows.iter().map(|cells| consequence(cells)).collect()
}

fn consequence(cells: &[&str]) -> Consequence {
    let [code, _, asks, again, _, _] = cells else { panic!("six cells: {cells:?}") };
    let again: Vec<i64> = spans(again).iter().map(|text| seconds(text)).collect();
    let once_flagged = usize::from(!asks.starts_with("at once"));
    let (asks, reason) = asks
        .split_once(':')
        .map_or((*asks, None), |(when, reason)| (when, Some(spans(reason).remove(0))));
    Consequence {
        code: spans(code).remove(0),
        asks: asks.to_owned(),
        reason,
        again_s: again.first().copied(),
        flagged_again_s: again.get(once_flagged).copied(),
    }
}

/// `30 s` or `12 h`.
fn seconds(text: &str) -> i64 {
    let (count, unit) = text.split_once(' ').unwrap();
    let unit_s = match unit {
        "s" => 1,
        "min" => 60,
        "h" => 3_600,
        _ => panic!("no unit of time: {text}"),
    };
    count.parse::<i64>().unwrap() * unit_s
}

/// The rows of the table under a heading, without its head.
fn lines(heading: &str) -> Vec<Vec<&'static str>> {
    let (_, after) = TEXT.split_once(heading).unwrap();
    let table = after.lines().skip_while(|line| !line.starts_with('|'));
    let table = table.take_while(|line| line.starts_with('|')).skip(2);
    table.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

fn spans(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_rows_are_counted_and_each_says_whether_it_proves_anything() {
    let rows = rows();
    let numbers: Vec<usize> = rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=rows.len()).collect::<Vec<_>>());
    assert!(rows.len() >= 60, "{} rows", rows.len());
    for row in &rows {
        let proves = match row.code.as_str() {
            "password_refused" | "token_refused" => "the second time",
            "signed_out" | "scope_missing" | "consent_by_admin" => "at once",
            _ => "no",
        };
        assert_eq!(row.proves, proves, "row {}", row.number);
        assert!(!row.spans.is_empty(), "row {} answers nothing", row.number);
    }
}

#[test]
fn whatever_is_answered_has_its_consequence() {
    let answered: BTreeSet<String> = rows().into_iter().map(|row| row.code).collect();
    let told: BTreeSet<String> = consequences().into_iter().map(|row| row.code).collect();
    assert_eq!(answered, told);
}
