//! What the administrator of somebody's organisation does at the provider.

use connection::Integration;
use maud::{Markup, html};

use super::copy::copyable;
use crate::Web;
use crate::pages::oauth;

/// The step, and what they are handed, to copy; nothing where no organisation decides. Of a step
/// that a sentence has `said` already, what the sentence ends with is left.
pub(crate) fn admin_step(web: &Web, row: Option<&Integration>, said: Option<&str>) -> Markup {
    let adapter = row.and_then(|row| row.sign_in.oauth());
    let step = adapter.map(|adapter| adapter.admin_step(&oauth::callback(&web.settings)));
    let is_wanted = |hand: &str| said.is_none_or(|said| said.trim_end_matches('.').ends_with(hand));
    html! {
        @if let Some(step) = step.filter(|step| is_wanted(&step.hand)) {
            @if said.is_none() { p .small { (step.say) } }
            p { (copyable("for the administrator", &step.hand)) }
        }
    }
}
