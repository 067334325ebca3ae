//! Series that are listed in parts: expanded anew, as one object, when any part of them changed.

use std::collections::BTreeSet;

use connection::{Page, RemoteId};
use store::{StoreError, Tx, events};

use crate::expansion;
use crate::plan::Step;
use crate::pull::Pull;

/// Series that are expanded anew at once.
const SOME: usize = 50;

/// The parts that a page lists, each with its series.
pub(crate) fn parts(page: &Page) -> Vec<(RemoteId, RemoteId)> {
    let events = page.listed.iter().filter_map(|listed| listed.event.as_ref());
    events.filter_map(|event| Some((event.id.clone(), event.series.clone()?))).collect()
}

/// What a page brings or takes away.
pub(crate) fn changed(steps: &[Step]) -> Vec<RemoteId> {
    let name = |step: &Step| match step {
        Step::Keep(_) | Step::Retag(..) | Step::Want(..) => None,
        Step::Replace(event) => Some(event.id.clone()),
        Step::Remove(id) => Some(id.clone()),
    };
    steps.iter().filter_map(name).collect()
}

impl Pull<'_> {
    /// Expands those series anew.
    pub(crate) async fn settle(
        &self,
        tx: &mut Tx,
        touched: BTreeSet<RemoteId>,
    ) -> Result<(), StoreError> {
        let touched: Vec<RemoteId> = touched.into_iter().collect();
        for some in touched.chunks(SOME) {
            let family = events::family(tx, &self.calendar.id, some).await?;
            let absorbed = family.absorbed.into_iter().map(|part| (part, None, false, Vec::new()));
            let whole = family.whole.into_iter().map(|event| {
                let amount = expansion::amount(&event.text, &self.terms);
                (event.id, amount.problem, amount.goes_on, amount.occurrences)
            });
            let rebuilt: Vec<_> = absorbed.chain(whole).collect();
            events::rebuild(tx, &self.calendar.id, &rebuilt).await?;
        }
        Ok(())
    }
}
