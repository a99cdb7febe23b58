//! Words into tokens: greedy longest match first, as WordPiece does it (Wu et al. 2016; Devlin et al. 2018).

use jarvis_core::Result;

use super::{
    asset::{Asset, damaged},
    words::MAX_CHARS,
};

const CONTINUATION: &str = "##";
/// Where hashing begins: a continuation is another token than the word of the same letters.
const WORD: u64 = 0;
const REST_OF_WORD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Finds tokens by their text: a hash table with linear probing over the texts inside the asset.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    texts: Vec<&'static str>,
    /// At most half of them taken, so that every search ends at an empty one.
    slots: Box<[Slot]>,
    /// What of a hash remains once it is cut to a slot's place.
    shift: u32,
    longest: usize,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    /// More of the hash: most texts that differ need not be looked at.
    tag: u32,
    /// The token, or [`EMPTY`].
    token: u32,
}

const EMPTY: u32 = u32::MAX;

impl Vocabulary {
    /// Reads the vocabulary of a model.
    pub(crate) fn read(asset: &Asset) -> Result<Self> {
        let texts = asset.texts()?;
        let size = (2 * texts.len()).next_power_of_two().max(2);
        let mut vocabulary = Self {
            slots: vec![Slot { tag: 0, token: EMPTY }; size].into(),
            shift: u64::BITS - size.trailing_zeros(),
            longest: 0,
            texts: Vec::new(),
        };
        for text in texts {
            vocabulary.insert(text)?;
        }
        Ok(vocabulary)
    }

    fn insert(&mut self, text: &'static str) -> Result<()> {
        let (start, letters) = match text.strip_prefix(CONTINUATION) {
            Some(letters) if !letters.is_empty() => (REST_OF_WORD, letters),
            _ => (WORD, text),
        };
        let hash = letters.bytes().fold(start, add_to_hash);
        let (place, found) = self.search(hash, start, letters.as_bytes());
        if found || letters.is_empty() {
            return Err(damaged("a token is empty or there twice"));
        }
        self.slots[place] = Slot { tag: hash as u32, token: self.texts.len() as u32 };
        self.texts.push(text);
        self.longest = self.longest.max(letters.len());
        Ok(())
    }

    /// The slot of a text, or the empty one where it would be.
    fn search(&self, hash: u64, start: u64, letters: &[u8]) -> (usize, bool) {
        let mut place = (hash >> self.shift) as usize;
        loop {
            let slot = self.slots[place];
            if slot.token == EMPTY {
                return (place, false);
            }
            if slot.tag == hash as u32 && self.is_text_of(slot.token, start, letters) {
                return (place, true);
            }
            place = (place + 1) & (self.slots.len() - 1);
        }
    }

    fn is_text_of(&self, token: u32, start: u64, letters: &[u8]) -> bool {
        let text = self.texts[token as usize].as_bytes();
        if start == WORD {
            text == letters
        } else {
            text.strip_prefix(CONTINUATION.as_bytes()).is_some_and(|rest| rest == letters)
        }
    }

    /// Appends the tokens of a word; of a word that is not made of tokens whole, none. `ends` is a buffer.
    pub(crate) fn append_pieces(&self, word: &str, ends: &mut Vec<(usize, u64)>, tokens: &mut Vec<u32>) -> bool {
        if word.len() > MAX_CHARS && word.chars().nth(MAX_CHARS).is_some() {
            return false;
        }
        let before = tokens.len();
        let (mut at, mut start) = (0, WORD);
        while at < word.len() {
            let Some((end, token)) = self.longest_piece(word, at, start, ends) else {
                tokens.truncate(before);
                return false;
            };
            tokens.push(token);
            (at, start) = (end, REST_OF_WORD);
        }
        true
    }

    /// The longest token at a place of a word, and where it ends.
    fn longest_piece(&self, word: &str, at: usize, start: u64, ends: &mut Vec<(usize, u64)>) -> Option<(usize, u32)> {
        ends.clear();
        let letters = &word.as_bytes()[at..];
        let mut hash = start;
        for (index, &byte) in letters.iter().take(self.longest).enumerate() {
            hash = add_to_hash(hash, byte);
            let end = at + index + 1;
            if word.is_char_boundary(end) {
                ends.push((end, hash));
            }
        }
        ends.iter().rev().find_map(|&(end, hash)| {
            let (place, found) = self.search(hash, start, &letters[..end - at]);
            found.then(|| (end, self.slots[place].token))
        })
    }
}

/// One more byte of a text; the upper bits of the result are well mixed (as in rustc's `FxHasher`).
fn add_to_hash(hash: u64, byte: u8) -> u64 {
    (hash.rotate_left(5) ^ u64::from(byte)).wrapping_mul(0x517c_c1b7_2722_0a95)
}
