//! Waiting for the indexes of a data directory that no server keeps true, as after a large import.

use std::time::Duration;

use anyhow::Result;
use jarvis_engine::{Indexer, Indexes};
use tokio::time::{Instant, sleep};

use crate::{output, progress};

const POLL: Duration = Duration::from_millis(50);
/// An index that does not get on for so long is not waited for.
const STALLED: Duration = Duration::from_secs(20);

/// Waits until what the store has can be found by its words, and `by_meaning` too if that is asked. Answers whether it can; one
/// that does not get on is given up, and told.
pub(super) async fn caught_up(indexes: &Indexes, by_meaning: bool) -> Result<bool> {
    let words_are = follow(&indexes.text).await?;
    Ok(words_are && (!by_meaning || follow(&indexes.vectors).await?))
}

async fn follow(index: &Indexer) -> Result<bool> {
    let target = index.newest().await?;
    let bar = progress::texts();
    let (mut missing, mut since) = (0, Instant::now());
    while !index.has_followed(target).await? {
        let rebuild = index.progress().borrow().clone();
        let now_missing =
            if rebuild.running { rebuild.total.saturating_sub(rebuild.done) } else { index.lag().await? };
        if now_missing != missing {
            (missing, since) = (now_missing, Instant::now());
        }
        if since.elapsed() > STALLED {
            bar.finish_and_clear();
            output::tell(
                "the index does not get on; what it does not have yet is not found, `jarvis doctor` may say why",
            );
            return Ok(false);
        }
        bar.set_length(bar.length().unwrap_or_default().max(missing));
        bar.set_position(bar.length().unwrap_or_default().saturating_sub(missing));
        sleep(POLL).await;
    }
    bar.finish_and_clear();
    Ok(true)
}
