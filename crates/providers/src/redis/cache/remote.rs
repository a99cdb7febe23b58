use std::{iter, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::future::try_join_all;
use jarvis_core::{
    Result,
    ports::{
        Ids, Keep, Lifetime,
        cache::{MAX_CACHE_MEMBERS, MAX_CACHE_TTL, beyond_counting, full_set},
    },
};
use redis::cmd;
use uuid::Uuid;

use super::{
    super::{Redis, script},
    alone::Alone,
    entry::{self, Entry, LONGEST_HEADER, Marked},
    near::Turn,
};

/// How long a value may take to be made.
pub(super) const LEASE_TIME: Duration = Duration::from_secs(30);

/// The cache as it is on the server: every call goes there, and fails when it does not answer.
#[derive(Debug)]
pub(super) struct Remote {
    pub(super) redis: Arc<Redis>,
    pub(super) ids: Arc<dyn Ids>,
    pub(super) alone: Arc<Alone>,
}

/// What stands under a key.
#[derive(Debug)]
pub(super) enum Found {
    Nothing,
    Value(Bytes),
    /// The same, with all that is needed to ask later whether it still serves.
    Whole {
        value: Bytes,
        tags: Vec<Marked>,
        turn: Turn,
    },
    /// A value one of whose tags was invalidated, by that with which its string begins.
    Gone(Vec<u8>),
    /// Somebody's lease.
    Lease(Vec<u8>),
}

impl Remote {
    pub(super) fn new(redis: Arc<Redis>, ids: Arc<dyn Ids>) -> Self {
        let alone = Arc::new(Alone::new(Arc::clone(&redis), ids.next()));
        Self { redis, ids, alone }
    }

    fn key(&self, key: &str) -> String {
        self.redis.name("c", key)
    }

    fn turn(&self) -> String {
        self.redis.name("n", "turn")
    }

    fn tag(&self, tag: &str) -> String {
        self.redis.name("t", tag)
    }

    pub(super) async fn look(&self, key: &str) -> Result<Found> {
        let text: Option<Vec<u8>> = self.redis.ask(cmd("GET").arg(self.key(key))).await?;
        self.found(text).await
    }

    /// The same where the tags are likely to be these: their marks are asked for with the value, so that finding it takes one
    /// way to the server and back.
    ///
    /// A mark may then be older than the value. One that is still the value's own says that nothing was invalidated before
    /// we asked, and that is all that is promised.
    pub(super) async fn look_with(&self, key: &str, tags: &[&str]) -> Result<Found> {
        let mut keys = vec![self.key(key), self.turn()];
        keys.extend(tags.iter().map(|tag| self.tag(tag)));
        let mut texts = self.redis.strings(&keys).await?.into_iter();
        let (text, turn) = (texts.next().flatten(), texts.next().flatten());
        let Some(text) = text else { return Ok(Found::Nothing) };
        let marks: Vec<Option<Vec<u8>>> = texts.collect();
        let Entry::Value { tags: had, header } = entry::read(&text)? else { return Ok(Found::Lease(text)) };
        let place = |tag: &str| tags.iter().position(|asked| *asked == tag);
        let serves =
            |(tag, mark): &Marked| Some(marks.get(place(tag)?)?.as_deref() == Some(mark.as_bytes().as_slice()));
        let serves = match had.iter().map(serves).collect::<Option<Vec<bool>>>() {
            Some(each) => each.into_iter().all(|same| same),
            // it was put with others
            None => self.serve(&had).await?,
        };
        Ok(if serves {
            Found::Whole { value: entry::behind(text, header), tags: had, turn }
        } else {
            Found::Gone(text[..header].to_vec())
        })
    }

    /// The mark of the turn and those of tags, as they are now.
    pub(super) async fn turn_and_marks(&self, tags: &[&str]) -> Result<(Turn, Vec<Option<Vec<u8>>>)> {
        let keys: Vec<String> = iter::once(self.turn()).chain(tags.iter().map(|tag| self.tag(tag))).collect();
        let mut marks = self.redis.strings(&keys).await?;
        let turn = if marks.is_empty() { None } else { marks.remove(0) };
        Ok((turn, marks))
    }

    /// Nothing that was kept elsewhere is served any more: something other than a tag changed. To be told after the change.
    pub(super) async fn next_turn(&self) -> Result<()> {
        let mut put = cmd("SET");
        put.arg(self.turn()).arg(self.ids.next().as_bytes()).arg("PX").arg(millis(MAX_CACHE_TTL));
        self.alone.change(None, &put).await
    }

    async fn found(&self, text: Option<Vec<u8>>) -> Result<Found> {
        let Some(text) = text else { return Ok(Found::Nothing) };
        match entry::read(&text)? {
            Entry::Lease => Ok(Found::Lease(text)),
            // the marks are read after the value: what was invalidated before we were asked is seen
            Entry::Value { tags, header } if self.serve(&tags).await? => Ok(Found::Value(entry::behind(text, header))),
            Entry::Value { header, .. } => Ok(Found::Gone(text[..header].to_vec())),
        }
    }

    /// Whether each tag still has its mark.
    async fn serve(&self, tags: &[Marked]) -> Result<bool> {
        if tags.is_empty() {
            return Ok(true);
        }
        let keys: Vec<String> = tags.iter().map(|(tag, _)| self.tag(tag)).collect();
        let marks = self.redis.strings(&keys).await?;
        let same = |(text, (_, mark)): (Option<Vec<u8>>, &Marked)| text.is_some_and(|text| text == mark.as_bytes());
        Ok(marks.into_iter().zip(tags).all(same))
    }

    /// The present mark of each tag; one that has none gets one that was never used.
    pub(super) async fn marks(&self, tags: &[&str]) -> Result<Vec<Marked>> {
        let asked = tags.iter().map(|tag| async move {
            let new = self.ids.next();
            let mut put = cmd("SET");
            put.arg(self.tag(tag)).arg(new.as_bytes()).arg("NX").arg("GET").arg("PX").arg(millis(MAX_CACHE_TTL));
            let old: Option<Vec<u8>> = self.redis.ask(&put).await?;
            let mark = old.map_or(Ok(new), |old| entry::mark(&old))?;
            Ok(((*tag).to_owned(), mark))
        });
        try_join_all(asked).await
    }

    pub(super) async fn set(&self, key: &str, value: &[u8], keep: &Keep<'_>) -> Result<()> {
        let text = entry::value(&self.marks(keep.tags).await?, value);
        let () = self.redis.ask(cmd("SET").arg(self.key(key)).arg(text).arg("PX").arg(millis(keep.ttl))).await?;
        self.next_turn().await
    }

    pub(super) async fn delete(&self, key: &str) -> Result<bool> {
        let deleted = self.redis.ask(cmd("UNLINK").arg(self.key(key))).await?;
        self.next_turn().await?;
        Ok(deleted)
    }

    pub(super) async fn invalidate_tag(&self, tag: &str) -> Result<()> {
        self.alone.change(Some(tag), cmd("UNLINK").arg(self.tag(tag))).await
    }

    /// Puts a lease where nothing is; answers what is there otherwise.
    pub(super) async fn put_lease(&self, key: &str, mark: Uuid) -> Result<Found> {
        let mut put = cmd("SET");
        put.arg(self.key(key)).arg(entry::lease(mark)).arg("NX").arg("GET").arg("PX").arg(millis(LEASE_TIME));
        let text: Option<Vec<u8>> = self.redis.ask(&put).await?;
        self.found(text).await
    }

    /// Puts a lease where a string begins in this way; answers whether it still did.
    pub(super) async fn take(&self, key: &str, from: &[u8], mark: Uuid) -> Result<bool> {
        let mut take = script::TAKE.on(&self.key(key));
        self.redis.ask(take.arg(from).arg(entry::lease(mark)).arg(millis(LEASE_TIME))).await
    }

    pub(super) async fn fill(&self, key: &str, mark: Uuid, text: &[u8], ttl: Duration) -> Result<bool> {
        let mut fill = script::FILL.on(&self.key(key));
        self.redis.ask(fill.arg(entry::lease(mark)).arg(text).arg(millis(ttl))).await
    }

    pub(super) async fn release(&self, key: &str, mark: Uuid) -> Result<()> {
        self.redis.ask(script::RELEASE.on(&self.key(key)).arg(entry::lease(mark))).await
    }

    pub(super) async fn sadd(&self, key: &str, members: &[&[u8]], ttl: Option<Duration>) -> Result<u64> {
        let mut add = script::SADD.on(&self.key(key));
        add.arg(MAX_CACHE_MEMBERS).arg(ttl.map_or(0, millis)).arg(members);
        let added: i64 = self.redis.ask(&add).await?;
        u64::try_from(added).map_err(|_| full_set())
    }

    pub(super) async fn smembers(&self, key: &str) -> Result<Vec<Bytes>> {
        let asked: Result<Vec<Vec<u8>>> = self.redis.ask(cmd("SMEMBERS").arg(self.key(key))).await;
        match asked {
            Ok(mut members) => {
                members.sort_unstable();
                Ok(members.into_iter().map(Bytes::from).collect())
            }
            // what is only being made is not there
            Err(error) => match self.look(key).await {
                Ok(Found::Lease(_) | Found::Gone(_)) => Ok(Vec::new()),
                _ => Err(error),
            },
        }
    }

    pub(super) async fn increment(&self, key: &str, by: i64, ttl: Option<Duration>) -> Result<i64> {
        let mut count = script::COUNT.on(&self.key(key));
        let counted: Option<i64> = self.redis.ask(count.arg(by).arg(ttl.map_or(0, millis))).await?;
        counted.ok_or_else(beyond_counting)
    }

    pub(super) async fn ttl(&self, key: &str) -> Result<Option<Lifetime>> {
        let key = self.key(key);
        let mut begin = cmd("GETRANGE");
        begin.arg(&key).arg(0).arg(LONGEST_HEADER);
        // a set has no beginning, a counter is no entry
        if let Ok(text) = self.redis.ask::<Vec<u8>>(&begin).await {
            let serves = match entry::read(&text) {
                Ok(Entry::Lease) => false,
                Ok(Entry::Value { tags, .. }) => self.serve(&tags).await?,
                Err(_) => true,
            };
            if !serves {
                return Ok(None);
            }
        }
        self.left(&key).await
    }

    /// How long a value stays, whether it serves or not.
    pub(super) async fn stays(&self, key: &str) -> Result<Option<Lifetime>> {
        self.left(&self.key(key)).await
    }

    async fn left(&self, key: &str) -> Result<Option<Lifetime>> {
        let left: i64 = self.redis.ask(cmd("PTTL").arg(key)).await?;
        Ok(match left {
            -1 => Some(Lifetime::Unlimited),
            left => u64::try_from(left).ok().map(|left| Lifetime::Left(Duration::from_millis(left))),
        })
    }
}

/// As Redis takes it; less than one is one.
pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1)
}
