/// Cuts a stream of bytes into lines. What it keeps is bounded: of a line that is too long it keeps nothing.
#[derive(Debug)]
pub(super) struct Lines {
    max: usize,
    /// The beginning of a line whose end has not come.
    begun: Vec<u8>,
    /// The line that is coming is too long.
    overlong: bool,
    /// Number of the line that is coming, from 1.
    number: u64,
}

/// One line of the stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// From 1.
    pub(super) number: u64,
    /// Without its end; none when it is too long.
    pub(super) text: Option<Vec<u8>>,
}

impl Lines {
    pub(super) fn new(max: usize) -> Self {
        Self { max, begun: Vec::new(), overlong: false, number: 1 }
    }

    /// The next line that ends in `chunk`, which is moved behind it; none when all of `chunk` was taken.
    pub(super) fn next(&mut self, chunk: &mut &[u8]) -> Option<Line> {
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let (piece, rest) = match end {
            Some(end) => (&chunk[..end], &chunk[end + 1..]),
            None => (*chunk, &chunk[chunk.len()..]),
        };
        *chunk = rest;
        if self.begun.len() + piece.len() > self.max {
            self.overlong = true;
            self.begun = Vec::new();
        }
        if !self.overlong {
            self.begun.extend_from_slice(piece);
        }
        end.map(|_| self.take())
    }

    /// The last line, when the stream did not end with the end of one.
    pub(super) fn finish(&mut self) -> Option<Line> {
        (self.overlong || !self.begun.is_empty()).then(|| self.take())
    }

    fn take(&mut self) -> Line {
        let number = self.number;
        self.number += 1;
        let text = std::mem::take(&mut self.begun);
        Line { number, text: (!std::mem::take(&mut self.overlong)).then_some(text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(bytes: &[u8], max: usize, sizes: &[usize]) -> Vec<Line> {
        let mut lines = Lines::new(max);
        let mut found = Vec::new();
        let mut rest = bytes;
        let mut sizes = sizes.iter().cycle();
        while !rest.is_empty() {
            let size = sizes.next().copied().unwrap_or(1).clamp(1, rest.len());
            let (mut chunk, after) = rest.split_at(size);
            rest = after;
            while !chunk.is_empty() {
                found.extend(lines.next(&mut chunk));
                assert!(lines.begun.len() <= max, "more is kept than allowed");
            }
        }
        found.extend(lines.finish());
        found
    }

    #[test]
    fn lines_are_numbered_and_long_ones_leave_a_gap() {
        let line = |number, text: &str| Line { number, text: Some(text.into()) };
        let found = cut(b"one\n\nmuch too long\nfour\r\nend", 5, &[4]);
        let long = Line { number: 3, text: None };
        assert_eq!(found, [line(1, "one"), line(2, ""), long, line(4, "four\r"), line(5, "end")]);
        assert_eq!(cut(b"", 5, &[1]), []);
        assert_eq!(cut(b"five5\n", 5, &[1]), [line(1, "five5")]);
        assert_eq!(cut(b"beyond", 5, &[9]), [Line { number: 1, text: None }]);
    }

    proptest! {
        #[test]
        fn lines_do_not_depend_on_how_they_arrive(
            bytes in prop::collection::vec(prop_oneof![3 => 32u8..40, 1 => Just(b'\n')], 0..200),
            sizes in prop::collection::vec(1usize..40, 1..6),
            max in 0usize..12,
        ) {
            let expected: Vec<Line> = bytes
                .strip_suffix(b"\n")
                .unwrap_or(&bytes)
                .split(|byte| *byte == b'\n')
                .zip(1..)
                .map(|(text, number)| Line { number, text: (text.len() <= max).then(|| text.to_vec()) })
                .collect();
            let expected = if bytes.is_empty() { Vec::new() } else { expected };
            prop_assert_eq!(cut(&bytes, max, &sizes), expected);
        }
    }
}
