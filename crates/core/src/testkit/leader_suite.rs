//! What every [`Leader`] must do.

use std::{sync::Arc, time::Duration};

use futures_util::FutureExt;

use crate::{
    Error, Result,
    ports::{Leader, Leadership},
};

/// Looks before a node that should lead is taken for one that never does.
const PATIENCE: u32 = 2_000;
/// Looks after which a node that must not lead is believed.
const GLANCES: u32 = 40;

/// Runs every check on two nodes that share what `start` makes; the error names the first one that failed. `pause` waits
/// a little: core names no timer.
pub async fn leader_suite<S, F, P, W>(start: S, pause: P) -> Result<()>
where
    S: Fn() -> F,
    F: Future<Output = [Arc<dyn Leader>; 2]>,
    P: Fn(Duration) -> W,
    W: Future<Output = ()>,
{
    let [one, two] = start().await;
    let mut first = soon(&*one, &pause).await?;
    let mut waiting = two.lead();
    ensure(!leads(&mut waiting, GLANCES, &pause).await?, "while one node leads, no other does")?;
    ensure((&mut first).now_or_never().is_none(), "a leader that nothing happened to goes on leading")?;
    drop(first);
    ensure(leads(&mut waiting, PATIENCE, &pause).await?, "when the leader resigns, one that waits leads")?;
    drop(waiting);

    let [one, two] = start().await;
    let first = soon(&*one, &pause).await?;
    let mut given_up = two.lead();
    ensure(!leads(&mut given_up, GLANCES, &pause).await?, "while one node leads, no other does")?;
    drop(given_up);
    drop(first);
    let again = soon(&*one, &pause).await?;
    drop(again);
    soon(&*two, &pause).await.map(drop)
}

type Waiting<'l> = std::pin::Pin<Box<dyn Future<Output = Result<Leadership>> + Send + 'l>>;

/// Whether a node that waits leads within so many looks. One that does resigns at once.
async fn leads<P, W>(waiting: &mut Waiting<'_>, looks: u32, pause: &P) -> Result<bool>
where
    P: Fn(Duration) -> W,
    W: Future<Output = ()>,
{
    for _ in 0..looks {
        if let Some(led) = (&mut *waiting).now_or_never() {
            return led.map(|_| true);
        }
        pause(Duration::from_millis(5)).await;
    }
    Ok(false)
}

async fn soon<P, W>(leader: &dyn Leader, pause: &P) -> Result<Leadership>
where
    P: Fn(Duration) -> W,
    W: Future<Output = ()>,
{
    let mut waiting = leader.lead();
    for _ in 0..PATIENCE {
        if let Some(led) = (&mut waiting).now_or_never() {
            return led;
        }
        pause(Duration::from_millis(5)).await;
    }
    Err(broken("where nobody leads, a node that asks leads soon"))
}

fn ensure(holds: bool, rule: &'static str) -> Result<()> {
    if holds { Ok(()) } else { Err(broken(rule)) }
}

fn broken(rule: &'static str) -> Error {
    Error::internal(format!("the provider breaks the contract: {rule}"))
}
