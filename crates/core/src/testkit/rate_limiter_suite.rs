//! What every [`RateLimiter`] must do.

use std::time::Duration;

use futures_util::future::try_join_all;

use crate::{
    Error, ErrorKind, Result,
    policy::rate_limit::RateLimit,
    ports::{HealthStatus, RateLimiter},
};

/// How often something that comes with time is asked for.
const PATIENCE: u32 = 400;

/// Runs every check against a limiter that works and has seen nobody; the error names the first one that failed. `pause`
/// lets time pass for the limiter.
pub async fn rate_limiter_suite<P, W>(limiter: &dyn RateLimiter, pause: P) -> Result<()>
where
    P: Fn(Duration) -> W,
    W: Future<Output = ()>,
{
    ensure(limiter.check().await.status == HealthStatus::Healthy, "a working limiter is healthy")?;
    a_burst_goes_on_and_no_more(limiter).await?;
    of_many_at_once_as_many_go_on_as_there_is_room_for(limiter).await?;
    what_was_given_back_goes_on_again(limiter).await?;
    it_comes_back_with_time(limiter, pause).await?;
    what_could_never_go_on_is_refused_as_such(limiter).await
}

async fn a_burst_goes_on_and_no_more(limiter: &dyn RateLimiter) -> Result<()> {
    let limit = RateLimit::new(1, Duration::from_hours(1), 5)?;
    for (cost, allowed, remaining) in
        [(0, true, 5), (1, true, 4), (3, true, 1), (2, false, 1), (1, true, 0), (1, false, 0)]
    {
        let decision = limiter.take("burst", &limit, cost).await?;
        let expected = (decision.allowed, decision.remaining) == (allowed, remaining);
        ensure(expected, "as much goes on as is left, and what is refused costs nothing")?;
        let hour = Duration::from_hours(1);
        let waits = decision.retry_after.is_some_and(|after| after > hour / 2 && after <= hour);
        ensure(waits != allowed, "who must wait is told for how long")?;
        ensure(decision.full_after <= hour * 5, "a burst is back after its window")?;
    }
    let other = limiter.take("été {other}", &limit, 5).await?;
    ensure(other.allowed && other.remaining == 0, "every key has a count of its own")
}

async fn of_many_at_once_as_many_go_on_as_there_is_room_for(limiter: &dyn RateLimiter) -> Result<()> {
    let limit = RateLimit::new(1, Duration::from_hours(1), 20)?;
    let decisions = try_join_all((0..50).map(|_| limiter.take("crowd", &limit, 1))).await?;
    let allowed = decisions.iter().filter(|decision| decision.allowed).count();
    ensure(allowed == 20, "of many at once as many go on as there is room for")
}

async fn what_was_given_back_goes_on_again(limiter: &dyn RateLimiter) -> Result<()> {
    let limit = RateLimit::new(1, Duration::from_hours(1), 3)?;
    limiter.give_back("given", &limit, 2).await?;
    let taken = limiter.take("given", &limit, 3).await?;
    ensure(taken.allowed && taken.remaining == 0, "giving back what was never taken leaves the burst as it is")?;
    limiter.give_back("given", &limit, 2).await?;
    let again = limiter.take("given", &limit, 2).await?;
    ensure(again.allowed && again.remaining == 0, "what was given back goes on again")?;
    ensure(!limiter.take("given", &limit, 1).await?.allowed, "and not one more")?;
    limiter.give_back("given", &limit, 3).await?;
    limiter.give_back("given", &limit, 3).await?;
    ensure(limiter.take("given", &limit, 0).await?.remaining == 3, "no more than the burst comes back")
}

async fn it_comes_back_with_time<P, W>(limiter: &dyn RateLimiter, pause: P) -> Result<()>
where
    P: Fn(Duration) -> W,
    W: Future<Output = ()>,
{
    let limit = RateLimit::new(20, Duration::from_secs(1), 1)?;
    ensure(limiter.take("time", &limit, 1).await?.allowed, "the first goes on")?;
    for _ in 0..PATIENCE {
        match limiter.take("time", &limit, 1).await?.retry_after {
            None => return Ok(()),
            Some(after) => {
                ensure(after <= Duration::from_millis(50), "who waits does so for an interval at most")?;
                pause(after).await;
            }
        }
    }
    Err(broken("what was spent comes back with time"))
}

async fn what_could_never_go_on_is_refused_as_such(limiter: &dyn RateLimiter) -> Result<()> {
    let limit = RateLimit::new(1, Duration::from_secs(1), 2)?;
    let long = "k".repeat(513);
    for (key, cost) in [("never", 3), ("", 1), (&long, 1)] {
        let refused = limiter.take(key, &limit, cost).await;
        let invalid = refused.is_err_and(|error| error.kind() == ErrorKind::Invalid);
        ensure(invalid, "what is beyond the bounds is refused")?;
    }
    ensure(limiter.take("never", &limit, 2).await?.allowed, "what was refused as impossible cost nothing")
}

fn ensure(holds: bool, rule: &'static str) -> Result<()> {
    if holds { Ok(()) } else { Err(broken(rule)) }
}

fn broken(rule: &'static str) -> Error {
    Error::internal(format!("the provider breaks the contract: {rule}"))
}
