//! Lines of a body that comes in pieces.

/// Bytes that a line may have: more than any answer in one piece.
const LONGEST: usize = 4 << 20;

/// A line is longer than any sensible one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LineTooLong;

/// Cuts bytes into lines at LF, CR or CRLF, wherever the pieces were cut. Holds one line and one piece at most.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    buffer: Vec<u8>,
    /// Where the next line starts.
    start: usize,
    /// Up to where no end of line was found.
    scanned: usize,
    /// The last line ended with CR, to which an LF would belong.
    after_cr: bool,
}

impl Lines {
    /// More bytes. Take all lines out before the next ones.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.start);
        self.scanned -= self.start;
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole line, without its end.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>, LineTooLong> {
        if self.after_cr && self.start < self.buffer.len() {
            self.after_cr = false;
            if self.buffer[self.start] == b'\n' {
                self.start += 1;
                self.scanned = self.scanned.max(self.start);
            }
        }
        let Some(length) = self.buffer[self.scanned..].iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
            self.scanned = self.buffer.len();
            return if self.scanned - self.start > LONGEST { Err(LineTooLong) } else { Ok(None) };
        };
        let (start, end) = (self.start, self.scanned + length);
        self.after_cr = self.buffer[end] == b'\r';
        self.start = end + 1;
        self.scanned = self.start;
        Ok(Some(&self.buffer[start..end]))
    }

    /// What is left when the body is over: a line without an end, or nothing.
    pub(crate) fn rest(&mut self) -> &[u8] {
        let start = std::mem::replace(&mut self.start, self.buffer.len());
        self.scanned = self.start;
        &self.buffer[start..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Vec<u8>>, Vec<u8>) {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        for piece in pieces {
            lines.push(piece);
            while let Some(line) = lines.next().unwrap() {
                found.push(line.to_vec());
            }
        }
        (found, lines.rest().to_vec())
    }

    #[test]
    fn every_end_of_line_counts_once() {
        let (found, rest) = cut([&b"a\nb\r\n\rc\n\n"[..], b"d\r", b"\n", b"\ne"]);
        let found: Vec<&str> = found.iter().map(|line| std::str::from_utf8(line).unwrap()).collect();
        assert_eq!((found.as_slice(), rest.as_slice()), (&["a", "b", "", "c", "", "d", ""][..], &b"e"[..]));
    }

    #[test]
    fn a_line_without_end_is_given_up() {
        let mut lines = Lines::default();
        lines.push(&vec![b'x'; LONGEST]);
        assert_eq!(lines.next(), Ok(None));
        lines.push(b"x");
        assert_eq!(lines.next(), Err(LineTooLong));
    }

    proptest! {
        #[test]
        fn any_pieces_give_the_same_lines(bytes in "[a\r\n]{0,40}", size in 1_usize..9) {
            let bytes = bytes.as_bytes();
            prop_assert_eq!(cut(bytes.chunks(size)), cut([bytes]));
        }
    }
}
