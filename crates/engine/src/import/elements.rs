//! Cuts a stream of bytes into the elements of a JSON list, or into JSON values that follow one another.

/// What it keeps is bounded: of an element that is too long it keeps nothing. It looks at brackets and strings only, so
/// whatever the bytes are, it comes to an end and never looks at one twice.
#[derive(Debug)]
pub(super) struct Elements {
    max: usize,
    /// The beginning of an element whose end has not come.
    begun: Vec<u8>,
    /// The element that is coming is too long.
    overlong: bool,
    /// Number of the element that comes next, from 1.
    number: u64,
    /// Between the brackets of the list.
    in_list: bool,
    place: Place,
}

/// One element of the list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Element {
    /// From 1.
    pub(super) number: u64,
    /// What it is made of.
    pub(super) text: Text,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Text {
    /// All of it.
    Whole(Vec<u8>),
    /// It is longer than allowed.
    Overlong,
    /// The stream ended in the middle of it.
    Broken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Between,
    /// In an element with brackets or quotes: how many brackets are open, and whether this is text between quotes.
    Inside {
        depth: u64,
        quoted: bool,
        escaped: bool,
    },
    /// In a number or a word.
    Bare,
}

impl Elements {
    pub(super) fn new(max: usize) -> Self {
        Self { max, begun: Vec::new(), overlong: false, number: 1, in_list: false, place: Place::Between }
    }

    /// The next element that ends in `chunk`, which is moved behind it; none when all of `chunk` was taken.
    pub(super) fn next(&mut self, chunk: &mut &[u8]) -> Option<Element> {
        if self.place == Place::Between {
            self.skip(chunk);
        }
        let end = self.end(chunk);
        let (piece, rest) = chunk.split_at(end.unwrap_or(chunk.len()));
        *chunk = rest;
        if self.begun.len() + piece.len() > self.max {
            self.overlong = true;
            self.begun = Vec::new();
        }
        if !self.overlong {
            self.begun.extend_from_slice(piece);
        }
        end.map(|_| self.take(false))
    }

    /// The last element, when the stream ended in it.
    pub(super) fn finish(&mut self) -> Option<Element> {
        match self.place {
            Place::Between => None,
            Place::Bare => Some(self.take(false)),
            Place::Inside { .. } => Some(self.take(true)),
        }
    }

    /// Whether the list has begun and has not ended.
    pub(super) fn is_in_list(&self) -> bool {
        self.in_list
    }

    /// Moves to the beginning of the next element.
    fn skip(&mut self, chunk: &mut &[u8]) {
        while let Some((byte, rest)) = chunk.split_first() {
            match byte {
                b'[' if !self.in_list => self.in_list = true,
                b']' if self.in_list => self.in_list = false,
                // white space, and the byte order mark with which some programs begin a file
                b' ' | b'\t' | b'\r' | b'\n' | b',' | 0xef | 0xbb | 0xbf => {}
                b'{' | b'[' | b'"' => {
                    self.place = Place::Inside { depth: 0, quoted: false, escaped: false };
                    return;
                }
                _ => {
                    self.place = Place::Bare;
                    return;
                }
            }
            *chunk = rest;
        }
    }

    /// Where the element that has begun ends in `chunk`.
    fn end(&mut self, chunk: &[u8]) -> Option<usize> {
        match &mut self.place {
            Place::Between => None,
            Place::Bare => {
                // its first byte belongs to it whatever it is, so that there is an end to everything
                let begun = usize::from(self.begun.is_empty() && !self.overlong);
                let ends = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b']');
                chunk.iter().skip(begun).position(ends).map(|at| at + begun)
            }
            Place::Inside { depth, quoted, escaped } => {
                for (at, byte) in chunk.iter().enumerate() {
                    if *quoted {
                        match byte {
                            _ if *escaped => *escaped = false,
                            b'\\' => *escaped = true,
                            b'"' => *quoted = false,
                            _ => {}
                        }
                        if *quoted || *depth > 0 {
                            continue;
                        }
                    } else {
                        match byte {
                            b'"' => *quoted = true,
                            b'{' | b'[' => *depth += 1,
                            b'}' | b']' => *depth = depth.saturating_sub(1),
                            _ => {}
                        }
                        if *quoted || *depth > 0 {
                            continue;
                        }
                    }
                    return Some(at + 1);
                }
                None
            }
        }
    }

    fn take(&mut self, is_broken: bool) -> Element {
        let number = self.number;
        self.number += 1;
        self.place = Place::Between;
        let begun = std::mem::take(&mut self.begun);
        let text = match std::mem::take(&mut self.overlong) {
            true => Text::Overlong,
            false if is_broken => Text::Broken,
            false => Text::Whole(begun),
        };
        Element { number, text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn cut(bytes: &[u8], max: usize, sizes: &[usize]) -> (Vec<Element>, bool) {
        let mut elements = Elements::new(max);
        let mut found = Vec::new();
        let mut rest = bytes;
        let mut sizes = sizes.iter().cycle();
        while !rest.is_empty() {
            let size = sizes.next().copied().unwrap_or(1).clamp(1, rest.len());
            let (mut chunk, after) = rest.split_at(size);
            rest = after;
            while !chunk.is_empty() {
                found.extend(elements.next(&mut chunk));
                assert!(elements.begun.len() <= max, "more is kept than allowed");
            }
        }
        found.extend(elements.finish());
        (found, elements.is_in_list())
    }

    fn whole(number: u64, text: &str) -> Element {
        Element { number, text: Text::Whole(text.into()) }
    }

    #[test]
    fn elements_are_cut_at_their_brackets_and_quotes() {
        let (found, is_open) = cut(br#"[{"a":"]},\""},[1,[2]] , "x,y",null,-1.5e3 ]"#, 99, &[3]);
        let expected = [r#"{"a":"]},\""}"#, "[1,[2]]", r#""x,y""#, "null", "-1.5e3"];
        let expected: Vec<Element> = expected.iter().zip(1..).map(|(text, number)| whole(number, text)).collect();
        assert_eq!((found, is_open), (expected, false));
        assert_eq!(cut(b"\xef\xbb\xbf{}\n{ }", 9, &[1]).0, [whole(1, "{}"), whole(2, "{ }")]);
        assert_eq!(cut(b"", 9, &[1]), (vec![], false));
        assert_eq!(cut(b"[]", 9, &[1]), (vec![], false));
        assert_eq!(cut(b"]1}", 9, &[1]).0, [whole(1, "]1}")]);
    }

    #[test]
    fn what_is_too_long_or_cut_off_leaves_a_gap() {
        let (found, is_open) = cut(br#"[{"a":1},{"long":"long"},{"b":"#, 9, &[4]);
        let gap = |number, text| Element { number, text };
        assert_eq!(found, [whole(1, r#"{"a":1}"#), gap(2, Text::Overlong), gap(3, Text::Broken)]);
        assert!(is_open);
        assert!(cut(b"[{},", 9, &[4]).1, "cut off between two elements");
    }

    proptest! {
        #[test]
        fn a_list_falls_into_its_elements_however_it_arrives(
            values in prop::collection::vec(prop_oneof![
                "[ \\\\\"{}\\[\\],a-c]{0,12}".prop_map(Value::from),
                prop::collection::vec("[\\\\\"{}\\[\\]]{0,3}", 0..3).prop_map(Value::from),
                any::<i32>().prop_map(Value::from),
                "[\"}]{0,3}".prop_map(|text| serde_json::json!({ "k": [text] })),
            ], 0..6),
            sizes in prop::collection::vec(1usize..20, 1..6),
            pretty in any::<bool>(),
        ) {
            let list = Value::from(values.clone());
            let text = if pretty { serde_json::to_string_pretty(&list) } else { serde_json::to_string(&list) }.unwrap();
            let (found, is_open) = cut(text.as_bytes(), 1_000, &sizes);
            prop_assert!(!is_open);
            let read: Vec<Value> = found.iter().map(|element| match &element.text {
                Text::Whole(text) => serde_json::from_slice(text).unwrap(),
                other => panic!("{other:?}"),
            }).collect();
            prop_assert_eq!(read, values);
        }

        #[test]
        fn whatever_comes_it_ends_and_keeps_little(
            bytes in prop::collection::vec(prop_oneof![
                Just(b'{'), Just(b'}'), Just(b'['), Just(b']'), Just(b'"'), Just(b'\\'), Just(b','), any::<u8>(),
            ], 0..200),
            sizes in prop::collection::vec(1usize..20, 1..4),
            max in 0usize..20,
        ) {
            prop_assert_eq!(cut(&bytes, max, &sizes), cut(&bytes, max, &[1_000]));
        }
    }
}
