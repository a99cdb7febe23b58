use std::ops::Range;

use jarvis_core::{Result, Scope, ports::TextQuery};

use super::{Page, Scored, hydrate};
use crate::{context::Context, limits::MAX_SEARCH_OFFSET, recall::Asked};

/// Times the index is asked for more when rows it proposed are gone or in the bin.
const MAX_ROUNDS: usize = 8;

/// The hits of a search by words whose places are in `window`.
pub(super) async fn page(context: &Context, scope: &Scope, asked: &Asked, window: Range<usize>) -> Result<Page> {
    let limit = window.len();
    let mut found: Vec<Scored> = Vec::with_capacity(limit);
    let mut offset = window.start;
    let mut next_offset = None;
    let mut counted = (0, true);
    let mut gone = 0;
    for _ in 0..MAX_ROUNDS {
        let query = TextQuery { offset, ..asked.text_query(scope, limit) };
        let answer = context.ports.text.search(&query).await?;
        counted = (answer.total, answer.total_is_exact);
        let proposed = answer.hits.len();
        let docs: Vec<_> = answer.hits.iter().map(|hit| hit.doc).collect();
        let mut items = hydrate(context, scope, &docs).await?;
        for (index, hit) in answer.hits.iter().enumerate() {
            match items.remove(&hit.doc) {
                Some(item) => found.push(Scored { item, score: hit.score, parts: Vec::new() }),
                // Expired, or hidden since: the index still counts it.
                None => gone += 1,
            }
            if found.len() == limit {
                let more = index + 1 < proposed || proposed == limit;
                next_offset = more.then_some(offset + index + 1);
                break;
            }
        }
        offset += proposed;
        if found.len() == limit || proposed < limit || offset > MAX_SEARCH_OFFSET {
            break;
        }
    }
    let next_offset = next_offset.filter(|&next| next <= MAX_SEARCH_OFFSET);
    Ok(Page {
        hits: found,
        total: counted.0.saturating_sub(gone),
        total_is_exact: counted.1 && (gone == 0 || next_offset.is_none()),
        next_offset,
    })
}
