//! Server-sent events, as the server writes them: each has a name and one line of data.

use anyhow::{Result, bail};

/// Bytes of one event at most; an answer is far below.
const MAX_EVENT: usize = 64 << 20;

/// Something that was told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// What happened.
    pub(crate) name: String,
    /// More about it, as JSON.
    pub(crate) data: String,
}

/// Puts events together from pieces of any size.
#[derive(Debug, Default)]
pub(crate) struct EventParser {
    unread: Vec<u8>,
    /// Bytes of `unread` in which no event ends.
    looked_at: usize,
}

impl EventParser {
    /// Takes what came.
    pub(crate) fn push(&mut self, piece: &[u8]) {
        self.unread.extend_from_slice(piece);
    }

    /// The next event that is whole; comments are passed over.
    pub(crate) fn next(&mut self) -> Result<Option<Event>> {
        while let Some(end) = self.unread[self.looked_at..].windows(2).position(|two| two == b"\n\n") {
            let block: Vec<u8> = self.unread.drain(..self.looked_at + end + 2).collect();
            self.looked_at = 0;
            if let Some(event) = parse(&String::from_utf8(block)?) {
                return Ok(Some(event));
            }
        }
        if self.unread.len() > MAX_EVENT {
            bail!("the server tells more at once than this version takes");
        }
        self.looked_at = self.unread.len().saturating_sub(1);
        Ok(None)
    }
}

fn parse(block: &str) -> Option<Event> {
    let (mut name, mut data) = (None, None);
    for line in block.lines() {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
        match field {
            "event" => name = Some(value),
            "data" => data = Some(value),
            _ => {}
        }
    }
    Some(Event { name: name?, data: data? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_whole_however_they_are_cut() {
        let text = ": alive\n\nevent: token\nid: 3\ndata: {\"text\":\"é\"}\n\nevent: done\ndata: {}\n\nevent: cut";
        for size in 1..text.len() {
            let (mut parser, mut events) = (EventParser::default(), Vec::new());
            for piece in text.as_bytes().chunks(size) {
                parser.push(piece);
                while let Some(event) = parser.next().unwrap() {
                    events.push((event.name, event.data));
                }
            }
            let expected = [("token", "{\"text\":\"é\"}"), ("done", "{}")];
            assert_eq!(events, expected.map(|(name, data)| (name.to_owned(), data.to_owned())), "{size}");
        }
    }
}
