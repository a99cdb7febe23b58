//! Many keys at once, and under which masters they were written.

use futures_util::future::try_join_all;
use jarvis_core::Result;
use redis::cmd;

use super::{super::nodes::Node, remote::Remote};

/// Keys that a server looks at in one step: it does nothing else meanwhile.
const STEP: usize = 500;

impl Remote {
    /// Removes what matches, on every master. Answers how many were removed.
    ///
    /// While a cluster is resharded, a key may be carried from a server that was not looked at yet to one that was. It moves
    /// once, so a second look at all of them meets it.
    pub(super) async fn sweep(&self, pattern: &str) -> Result<u64> {
        let pattern = format!("{}{}", literally(&self.redis.name("c", "")), to_redis(pattern));
        let (mut removed, several) = self.sweep_all(&pattern).await?;
        if several {
            removed += self.sweep_all(&pattern).await?.0;
        }
        self.next_turn().await?;
        Ok(removed)
    }

    /// How many were removed, and whether there are several servers.
    async fn sweep_all(&self, pattern: &str) -> Result<(u64, bool)> {
        let mut removed = 0;
        let masters: Vec<(Option<Node>, String)> = self.redis.ask_each(cmd("PING").arg("here")).await?;
        for (node, _) in &masters {
            removed += self.sweep_one(node.as_ref(), pattern).await?;
        }
        Ok((removed, masters.iter().any(|(node, _)| node.is_some())))
    }

    async fn sweep_one(&self, node: Option<&Node>, pattern: &str) -> Result<u64> {
        let (mut cursor, mut removed) = ("0".to_owned(), 0);
        loop {
            let mut scan = cmd("SCAN");
            scan.arg(&cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(STEP);
            let (next, keys): (String, Vec<Vec<u8>>) = self.redis.ask_node(node, &scan).await?;
            removed += self.unlink(&keys).await?;
            if next == "0" {
                return Ok(removed);
            }
            cursor = next;
        }
    }

    /// One command for each key: they go out together, and a key whose slot is being moved is followed by itself.
    async fn unlink(&self, keys: &[Vec<u8>]) -> Result<u64> {
        let mut removed = 0;
        // a scan may answer more than a step
        for keys in keys.chunks(STEP) {
            let asked = keys.iter().map(|key| async move { self.redis.ask::<u64>(cmd("UNLINK").arg(key)).await });
            removed += try_join_all(asked).await?.into_iter().sum::<u64>();
        }
        Ok(removed)
    }

    /// What tells the present run of the present masters from every other.
    pub(super) async fn runs(&self) -> Result<String> {
        let about: Vec<(Option<Node>, String)> = self.redis.ask_each(cmd("INFO").arg("server")).await?;
        let run = |text: &str| text.lines().find_map(|line| line.strip_prefix("run_id:")).map(str::to_owned);
        let mut runs: Vec<String> = about.iter().filter_map(|(_, text)| run(text)).collect();
        runs.sort_unstable();
        Ok(runs.join(","))
    }

    /// Under which masters the cache was written.
    pub(super) async fn written_under(&self) -> Result<Option<String>> {
        self.redis.ask(cmd("GET").arg(self.redis.name("run", "masters"))).await
    }

    pub(super) async fn write_under(&self, runs: &str) -> Result<()> {
        self.redis.ask(cmd("SET").arg(self.redis.name("run", "masters")).arg(runs)).await
    }
}

/// A pattern of the port as Redis writes it: brackets mean something there.
fn to_redis(pattern: &str) -> String {
    let mut written = String::with_capacity(pattern.len() + 8);
    let mut escaped = false;
    for c in pattern.chars() {
        if !escaped && matches!(c, '[' | ']') {
            written.push('\\');
        }
        escaped = !escaped && c == '\\';
        written.push(c);
    }
    // alone at the end it stands for itself
    if escaped {
        written.push('\\');
    }
    written
}

fn literally(text: &str) -> String {
    text.chars().flat_map(|c| ['\\', c]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_on_the_server_what_they_mean_here() {
        for (here, there) in [
            ("a*b?", "a*b?"),
            ("[ab]", r"\[ab\]"),
            (r"\*", r"\*"),
            (r"\[", r"\["),
            (r"\\[", r"\\\["),
            (r"end\", r"end\\"),
        ] {
            assert_eq!(to_redis(here), there);
        }
    }
}
