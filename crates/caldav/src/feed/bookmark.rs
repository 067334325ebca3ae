//! What is remembered of a feed between two polls, and by what names its events go.

use std::collections::HashMap;

use calendar::ical::{Feed, Part, content_hash};
use jiff::SignedDuration;
use sha2::{Digest, Sha256};

use crate::fetch::hex;

/// What is remembered of a feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Bookmark {
    /// `ETag` and `Last-Modified` of the last answer, for the next question.
    pub(crate) etag: String,
    pub(crate) last_modified: String,
    /// Hash of the last body: a server that knows neither may still send the same.
    pub(crate) body: String,
    /// How often it wants to be asked.
    pub(crate) refresh_every: Option<SignedDuration>,
    pub(crate) names: Summary,
}

/// By what names the events went, in hashes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Are UIDs made up anew every time? Then events go by their fingerprints.
    pub(crate) unstable: bool,
    pub(crate) keys: String,
    pub(crate) fingerprints: String,
}

impl Bookmark {
    /// One field a line; headers hold no line ends.
    pub(crate) fn to_text(&self) -> String {
        let refresh_s = self.refresh_every.map_or(0, |every| every.as_secs());
        let names = &self.names;
        let unstable = if names.unstable { "unstable" } else { "stable" };
        format!(
            "{}\n{}\n{}\n{refresh_s}\n{unstable}\n{}\n{}",
            self.etag, self.last_modified, self.body, names.keys, names.fingerprints
        )
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut lines = text.split('\n').map(str::to_owned);
        let mut next = || lines.next();
        let (etag, last_modified, body) = (next()?, next()?, next()?);
        let refresh_s: i64 = next()?.parse().ok()?;
        let unstable = next()? == "unstable";
        let names = Summary { unstable, keys: next()?, fingerprints: next()? };
        let refresh_every = (refresh_s > 0).then(|| SignedDuration::from_secs(refresh_s));
        Some(Self { etag, last_modified, body, refresh_every, names })
    }
}

/// The names of a feed's events.
pub(crate) struct Names {
    summary: Summary,
    /// How many events before this one go by the same name.
    repeats: Vec<usize>,
}

impl Names {
    /// UIDs. Quirk caldav-16: unless all of them are new although the feed says the same.
    pub(crate) fn of(feed: &Feed, since: Option<&Bookmark>) -> Self {
        let keys = hash(feed.parts.iter().map(|part| part.key.as_str()));
        let fingerprints = hash(feed.parts.iter().map(|part| part.fingerprint.as_str()));
        let unstable = since.map(|since| &since.names).is_some_and(|known| {
            let is_news_only_in_names = known.fingerprints == fingerprints && known.keys != keys;
            known.unstable || (is_news_only_in_names && !feed.parts.is_empty())
        });
        let mut names = Self {
            summary: Summary { unstable, keys, fingerprints },
            repeats: Vec::with_capacity(feed.parts.len()),
        };
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for part in &feed.parts {
            let count = seen.entry(names.plain(part)).or_default();
            names.repeats.push(*count);
            *count += 1;
        }
        names
    }

    fn plain<'a>(&self, part: &'a Part) -> &'a str {
        if self.summary.unstable { &part.fingerprint } else { &part.key }
    }

    /// The name of the part at this place of the feed.
    pub(crate) fn name(&self, at: usize, part: &Part) -> String {
        match self.repeats.get(at) {
            None | Some(0) => self.plain(part).to_owned(),
            Some(count) => format!("{} ({})", self.plain(part), count + 1),
        }
    }

    /// What the part says; where UIDs are made up, they say nothing.
    pub(crate) fn content(&self, part: &Part) -> [u8; 32] {
        if self.summary.unstable {
            content_hash(&part.text.replace(&part.key, ""))
        } else {
            part.content
        }
    }

    pub(crate) fn summary(self) -> Summary {
        self.summary
    }
}

fn hash<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    hex(&Sha256::digest(names.join("\n"))[..16])
}
