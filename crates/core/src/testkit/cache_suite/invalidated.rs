//! Many keys at once, by tag and by pattern.

use bytes::Bytes;

use super::{LONG, ensure};
use crate::{
    Result,
    ports::{Cache, Keep},
};

pub(super) async fn suite(cache: &dyn Cache) -> Result<()> {
    a_tag_takes_what_carries_it(cache).await?;
    a_pattern_takes_what_matches(cache).await?;
    a_pattern_takes_all_of_many(cache).await
}

async fn put(cache: &dyn Cache, key: &str, tags: &[&str]) -> Result<()> {
    cache.set(key, Bytes::copy_from_slice(key.as_bytes()), &Keep { ttl: LONG, tags }).await
}

/// Those of `keys` that are there.
async fn there<'a>(cache: &dyn Cache, keys: &[&'a str]) -> Result<Vec<&'a str>> {
    let mut there = Vec::new();
    for key in keys {
        if cache.get(key).await?.is_some() {
            there.push(*key);
        }
    }
    Ok(there)
}

async fn a_tag_takes_what_carries_it(cache: &dyn Cache) -> Result<()> {
    let keys = ["t:both", "t:one", "t:two", "t:none"];
    for (key, tags) in keys.iter().zip([&["one", "two"][..], &["one"], &["two"], &[]]) {
        put(cache, key, tags).await?;
    }
    ensure(there(cache, &keys).await? == keys, "tags take nothing by themselves")?;
    cache.invalidate_tag("one").await?;
    ensure(there(cache, &keys).await? == ["t:two", "t:none"], "a tag takes what carries it, and only that")?;
    ensure(cache.ttl("t:one").await?.is_none(), "what a tag took has no time")?;
    put(cache, "t:one", &["one"]).await?;
    ensure(there(cache, &keys).await? == ["t:one", "t:two", "t:none"], "a tag serves again after it took")?;
    put(cache, "t:two", &[]).await?;
    cache.invalidate_tag("two").await?;
    ensure(there(cache, &["t:two"]).await? == ["t:two"], "a value has the tags it was last written with")
}

async fn a_pattern_takes_what_matches(cache: &dyn Cache) -> Result<()> {
    let keys = ["p:1", "p:12", "p:[12]", "p:*", "q:1", "p:été"];
    for key in keys {
        put(cache, key, &[]).await?;
    }
    cache.sadd("p:set", &[b"x"], None).await?;
    cache.increment("p:counter", 1, None).await?;
    ensure(cache.invalidate_pattern("p:?").await? == 2, "a question mark is one byte")?;
    ensure(there(cache, &keys).await? == ["p:12", "p:[12]", "q:1", "p:été"], "a pattern takes what matches")?;
    ensure(cache.invalidate_pattern("p:[12]").await? == 1, "brackets stand for themselves")?;
    put(cache, "p:*", &[]).await?;
    ensure(cache.invalidate_pattern(r"p:\*").await? == 1, "a backslash takes away the meaning")?;
    ensure(cache.invalidate_pattern("p:*t*").await? == 3, "stars are any text, and every kind is taken")?;
    ensure(there(cache, &keys).await? == ["p:12", "q:1"], "what does not match stays")?;
    ensure(cache.smembers("p:set").await?.is_empty(), "sets are taken too")?;
    ensure(cache.invalidate_pattern("*").await? >= 2, "a star takes everything")?;
    ensure(there(cache, &keys).await?.is_empty(), "a star takes everything")
}

async fn a_pattern_takes_all_of_many(cache: &dyn Cache) -> Result<()> {
    let keys: Vec<String> = (0..1_500).map(|number| format!("many:{number}")).collect();
    for key in &keys {
        put(cache, key, &[]).await?;
    }
    ensure(cache.invalidate_pattern("many:*").await? == 1_500, "a pattern takes all of many")?;
    ensure(cache.get("many:1499").await?.is_none(), "a pattern takes all of many")
}
