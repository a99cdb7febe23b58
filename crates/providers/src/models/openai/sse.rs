//! Server-sent events, in whatever pieces they come.

use crate::http::{LineTooLong, Lines};

/// Bytes of an event of many lines.
const LONGEST: usize = 4 << 20;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What an event holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event<'a> {
    Data(&'a [u8]),
    /// Sent as an error: by the event's name, or by a field as older llama.cpp writes it.
    Error(&'a [u8]),
}

#[derive(Debug, Default)]
pub(super) struct Sse {
    lines: Lines,
    data: Vec<u8>,
    has_data: bool,
    is_error: bool,
    /// The event was given out.
    is_spent: bool,
    has_lines: bool,
    is_closed: bool,
}

impl Sse {
    /// More bytes. Take all events out before the next ones.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.lines.push(bytes);
    }

    /// There are no more bytes; an event that lacks only its end is given out.
    pub(super) fn close(&mut self) {
        self.is_closed = true;
    }

    pub(super) fn next(&mut self) -> Result<Option<Event<'_>>, LineTooLong> {
        if std::mem::take(&mut self.is_spent) {
            self.data.clear();
            (self.has_data, self.is_error) = (false, false);
        }
        while !self.is_spent {
            if let Some(line) = self.lines.next()? {
                let line = if self.has_lines { line } else { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line) };
                self.has_lines = true;
                if line.is_empty() {
                    self.is_spent = self.has_data;
                    self.is_error &= self.has_data;
                    continue;
                }
                take(line, &mut self.data, &mut self.has_data, &mut self.is_error);
                if self.data.len() > LONGEST {
                    return Err(LineTooLong);
                }
            } else if self.is_closed {
                take(self.lines.rest(), &mut self.data, &mut self.has_data, &mut self.is_error);
                if !self.has_data {
                    return Ok(None);
                }
                self.is_spent = true;
            } else {
                return Ok(None);
            }
        }
        Ok(Some(if self.is_error { Event::Error(&self.data) } else { Event::Data(&self.data) }))
    }
}

/// Takes in one line of an event.
fn take(line: &[u8], data: &mut Vec<u8>, has_data: &mut bool, is_error: &mut bool) {
    let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
    let (field, value) = line.split_at(colon);
    let value = value.strip_prefix(b":").unwrap_or(value);
    let value = value.strip_prefix(b" ").unwrap_or(value);
    match field {
        b"event" => *is_error = value == b"error",
        b"data" | b"error" => {
            *is_error |= field == b"error";
            if std::mem::replace(has_data, true) {
                data.push(b'\n');
            }
            data.extend_from_slice(value);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn events<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
        let (mut sse, mut found) = (Sse::default(), Vec::new());
        let mut drain = |sse: &mut Sse| {
            while let Some(event) = sse.next().unwrap() {
                let (mark, data) = match event {
                    Event::Data(data) => ("", data),
                    Event::Error(data) => ("!", data),
                };
                found.push(format!("{mark}{}", String::from_utf8_lossy(data)));
            }
        };
        for piece in pieces {
            sse.push(piece);
            drain(&mut sse);
        }
        sse.close();
        drain(&mut sse);
        found
    }

    #[test]
    fn events_are_read_as_the_standard_writes_them() {
        let body = "\u{feff}data: one\n\n: a comment\nid: 7\ndata:two\rdata:  lines\r\r\r\nevent: error\r\ndata: bad\r\n\r\n\
                    event: ping\n\ndata\n\nerror: worse\n\nretry: 5\nnonsense\n\ndata: the last";
        assert_eq!(events([body.as_bytes()]), ["one", "two\n lines", "!bad", "", "!worse", "the last"]);
    }

    #[test]
    fn an_event_is_not_endless() {
        let mut sse = Sse::default();
        let line = format!("data: {}\n", "x".repeat(1 << 20));
        let result = (0..5).try_for_each(|_| {
            sse.push(line.as_bytes());
            sse.next().map(|_| ())
        });
        assert_eq!(result, Err(LineTooLong));
    }

    proptest! {
        #[test]
        fn any_pieces_give_the_same_events(
            body in "((data|event|error|:)?(: ?)?[é€x]{0,3}(\n|\r|\r\n){1,2}){0,8}",
            size in 1_usize..9,
        ) {
            prop_assert_eq!(events(body.as_bytes().chunks(size)), events([body.as_bytes()]));
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300), size in 1_usize..50) {
            let whole = events([bytes.as_slice()]);
            prop_assert_eq!(events(bytes.chunks(size)), whole);
        }
    }
}
