//! What a person allowed at the provider's page, in plain words, and what is missed without it.

use connection::Permission;
use maud::{Markup, html};

use super::One;
use crate::pages::pieces::linked::linked;

impl One<'_> {
    /// The card; nothing where a password opens everything.
    pub(super) fn permissions(&self) -> Markup {
        let row = self.standing.integration(&self.web.ctx.catalogue);
        let adapter = row.and_then(|row| row.sign_in.oauth());
        let Some((row, adapter)) = row.zip(adapter) else { return html! { div #permissions {} } };
        let all = adapter.permissions(&self.standing.connection.scopes);
        let refused = self.standing.connection.attention.as_ref().map(|why| why.reason.as_str());
        let is_out = refused == Some("signed_out");
        let is_whole = all.iter().all(|permission| permission.granted);
        html! {
            section .card #permissions aria-labelledby="permissions-title" {
                header {
                    div {
                        h2 #permissions-title { "Allowed at " (row.name) }
                        p {
                            @if is_out {
                                "Nothing at present: access was taken back there, or has ended."
                            } @else if is_whole && refused == Some("scope_missing") {
                                "One of these was taken back there. Sign in again and allow all \
                                 of it."
                            } @else if is_whole {
                                "Everything that is needed. It can be taken back there at any time."
                            } @else {
                                "Not everything was allowed. Sign in again and allow all of it to \
                                 have the rest."
                            }
                        }
                    }
                    @if !is_whole && !is_out && self.standing.is_of(self.who) {
                        a .button href={ (self.standing.href()) "/repair" } { "Allow the rest" }
                    }
                }
                @if !is_out {
                    div .body { ul .checks { @for permission in &all { (line(permission)) } } }
                }
            }
        }
    }
}

fn line(permission: &Permission) -> Markup {
    html! {
        li class=(if permission.granted { "pass" } else { "warn" }) {
            span .unseen { @if permission.granted { "Allowed: " } @else { "Not allowed: " } }
            span {
                (permission.say)
                @if !permission.granted {
                    span .small.soft { " · " (linked(permission.without)) }
                }
            }
        }
    }
}
