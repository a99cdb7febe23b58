use std::{collections::HashSet, ops::Range};

use jarvis_core::{Error, ErrorKind, Result, Scope, types::DocRef};

use super::{Page, Scored, hydrate};
use crate::{
    context::Context,
    limits::MAX_SEARCH_LIMIT,
    recall::{Asked, Ranked, ranked},
};

/// Hits beyond these places are not ranked: recall looks at a few hundred texts.
const DEEPEST: usize = 2 * MAX_SEARCH_LIMIT;

/// The texts nearest in meaning whose places are in `window`.
pub(super) async fn near(context: &Context, scope: &Scope, asked: &Asked, window: Range<usize>) -> Result<Page> {
    let vectors = &context.vectors;
    let Some(vector) = vectors.of_question(&asked.question).await.map_err(unreachable)? else {
        return Ok(Page::empty());
    };
    let depth = DEEPEST.min(window.end + 1);
    let near = vectors.nearest(&vector, asked.vector_filter(scope), depth).await?;
    let docs: Vec<DocRef> = near.iter().map(|hit| hit.doc).collect();
    let mut items = hydrate(context, scope, &docs).await?;
    let hits = near
        .iter()
        .filter_map(|hit| Some(Scored { item: items.remove(&hit.doc)?, score: hit.score, parts: Vec::new() }));
    Ok(Page::of(hits.collect(), window, near.len() < depth))
}

/// The texts that recall would choose from, in its order, whose places are in `window`.
pub(super) async fn by_both(context: &Context, scope: &Scope, asked: &Asked, window: Range<usize>) -> Result<Page> {
    let hits = ranked(context, scope, asked, &HashSet::new()).await?.into_iter();
    let hits = hits.map(|Ranked { item, worth }| Scored { item, score: worth.score, parts: worth.parts });
    Ok(Page::of(hits.collect(), window, true))
}

fn unreachable(error: Error) -> Error {
    ErrorKind::Unavailable
        .error("the embedding model does not answer; search with mode=text, or look at EMBEDDING_URL and its server")
        .with_retry_after(error.retry_after())
        .with_source(error)
}

impl Page {
    fn empty() -> Self {
        Self { hits: Vec::new(), total: 0, total_is_exact: true, next_offset: None }
    }

    /// A window of all hits; `all` tells whether there are no others.
    fn of(mut hits: Vec<Scored>, window: Range<usize>, all: bool) -> Self {
        let count = hits.len();
        let end = window.end.min(count);
        hits.truncate(end);
        hits.drain(..window.start.min(end));
        Self { hits, total: count as u64, total_is_exact: all, next_offset: (end < count).then_some(end) }
    }
}
