//! What a program asks for at an authorization endpoint, as far as every provider reads it alike:
//! whether to ask whom, the way back, and the code that goes along.

use http::header;
use jiff::Timestamp;

use super::form::{Pairs, with_pairs};
use super::{Code, Grant, Scopes};
use crate::answer::{Answer, bare, with_header};
use crate::ask::Ask;

/// A request to an authorization endpoint: a wish, or what was decided about one.
pub(crate) struct Asked {
    pub(crate) decided: bool,
    pub(crate) form: Pairs,
    pub(crate) wish: Wish,
}

/// What a program asks for.
#[derive(Debug)]
pub(crate) struct Wish {
    pub(crate) query: Pairs,
    pub(crate) redirect_uri: String,
}

impl Asked {
    /// The page sends the query of the program along with the decision.
    pub(crate) fn read(ask: &Ask) -> Self {
        let decided = ask.path.last().is_some_and(|last| last == "decision");
        let form = ask.form();
        let query = if decided { form.get("query").unwrap_or_default() } else { &ask.raw_query };
        let query = Pairs::read(query);
        let redirect_uri = query.get("redirect_uri").unwrap_or_default().to_owned();
        Self { decided, form, wish: Wish { query, redirect_uri } }
    }
}

impl Wish {
    pub(crate) fn get(&self, name: &str) -> &str {
        self.query.get(name).unwrap_or_default()
    }

    pub(crate) fn prompts(&self, what: &str) -> bool {
        self.get("prompt").split_whitespace().any(|it| it == what)
    }

    /// A challenge that nobody could check later.
    pub(crate) fn is_challenged_oddly(&self) -> bool {
        self.query.get("code_challenge").is_some() && self.get("code_challenge_method") != "S256"
    }

    /// The account to go on with, unless its person is to choose.
    pub(crate) fn account(&self) -> Option<&str> {
        let hint = self.query.get("login_hint").filter(|_| !self.prompts("select_account"));
        self.query.get("account").or(hint)
    }

    /// The query of the same wish with an account chosen.
    pub(crate) fn with_account(&self, email: &str) -> String {
        let mut pairs = self.query.clone();
        for (_, prompt) in pairs.0.iter_mut().filter(|(name, _)| name == "prompt") {
            *prompt = prompt.replace("select_account", "");
        }
        pairs.0.push(("account".into(), email.to_owned()));
        pairs.write()
    }

    /// Back to the program.
    pub(crate) fn back(&self, pairs: &[(&str, &str)]) -> Answer {
        let pairs = self.answered(pairs);
        with_header(bare(302), header::LOCATION, &with_pairs(&self.redirect_uri, &pairs))
    }

    /// What the program is told: its own state goes along.
    pub(crate) fn answered<'s>(&'s self, pairs: &[(&'s str, &'s str)]) -> Vec<(&'s str, &'s str)> {
        let state = self.query.get("state").map(|state| ("state", state));
        pairs.iter().copied().chain(state).collect()
    }

    /// What a code stands for that goes back with this wish granted.
    pub(crate) fn code(
        &self,
        prefix: &'static str,
        grant: Grant,
        (scopes, with_refresh): (Scopes, bool),
        expires_at: Timestamp,
    ) -> Code {
        let member = |name: &str| self.query.get(name).map(str::to_owned);
        Code {
            prefix,
            grant,
            redirect_uri: self.redirect_uri.clone(),
            challenge: member("code_challenge"),
            nonce: member("nonce"),
            scopes,
            with_refresh,
            expires_at,
        }
    }
}
