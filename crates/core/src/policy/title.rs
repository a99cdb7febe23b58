//! A conversation's title from its first turn, without a model.

use std::sync::LazyLock;

use super::{
    phrases::{self, Phrase},
    questions,
    sentences::sentences,
};

/// Longest title made, in characters.
pub const MAX_CHARS: usize = 60;

/// Text read at most, in bytes: what stands further down is no title.
const MAX_TEXT: usize = 4096;

/// Courtesies that say nothing about the matter, and how people begin a request.
const COURTESIES: &[&str] = &[
    "how are you|things doing|going|today?",
    "i hope you|this|all|everything are|re|finds|is|s doing? well|you_well|fine",
    "nice to meet you",
    "quick|small|one|just question",
    "i have|ve got? a|another quick|small|little? question",
    "ca va|roule bien?",
    "comment ca_va|vas_tu|allez_vous",
    "j espere que tu|vous vas|allez bien",
    "enchante|enchantee",
    "j ai une petite? question",
    "petite question",
];

/// What stands before the thing asked for. The mark of the question goes with it: "could you explain x?" becomes
/// "Explain x".
const ASKING: &[&str] = &[
    "can|could|would|will|might you please|kindly|maybe|possibly|just?",
    "can|could|may i ask you? to?",
    "would you mind",
    "i was wondering|i_wonder if|whether you_could|you_can?",
    "do you think you could",
    "i d|would like|love you? to know?",
    "i need|want you to",
    "please|kindly",
    "help me to",
    "peux|pourrais tu|t m|me|nous? s_il_te_plait?",
    "tu peux|pourrais m|me|nous? s_il_te_plait?",
    "est ce que tu|vous peux|pourrais|pouvez|pourriez m|me|nous?",
    "pouvez|pourriez vous m|me|nous? s_il_vous_plait?",
    "j aimerais que tu",
    "j aimerais bien? savoir?",
    "je voudrais bien? savoir?",
    "je veux que tu",
    "s il te|vous plait",
];

static COURTESY_PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| Phrase::plain(COURTESIES));
static ASKING_PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| Phrase::plain(ASKING));

/// A short title for what a person said first: its first sentence, greetings and courtesies left out, cut at a word to at
/// most [`MAX_CHARS`] characters. Empty only for a blank text.
pub fn from_first_turn(text: &str) -> String {
    let text = &text[..text.floor_char_boundary(MAX_TEXT)];
    let plain = without_markup(text);
    let matter = sentences(&plain).into_iter().find_map(matter);
    // only a greeting, only code or only signs: better than nothing
    let title = matter
        .or_else(|| sentences(&plain).first().map(|sentence| tidy(sentence, false)))
        .filter(|title| !title.is_empty())
        .unwrap_or_else(|| fold_whitespace(&text.replace("```", " ")));
    let title = if title.is_empty() { fold_whitespace(text) } else { title };
    cut(&capitalised(&title))
}

/// What a sentence is about, when it is more than courtesy.
fn matter(sentence: &str) -> Option<String> {
    let words = phrases::words(sentence);
    let (mut taken, mut asked) = (0, false);
    loop {
        let left = &words[taken..];
        let asking = phrases::longest(&ASKING_PHRASES, left);
        let courtesy = questions::opening(left).max(phrases::longest(&COURTESY_PHRASES, left));
        match asking.max(courtesy) {
            0 => break,
            more => taken += more,
        }
        asked |= asking > 0;
    }
    let first = words.get(taken)?;
    // an opening word alone may be the matter: "No, I mean the other one" has one, "Now what" does not
    Some(tidy(&sentence[first.start..], asked)).filter(|title| !title.is_empty())
}

/// Without the punctuation that a title does not carry; the question mark stays unless the question was a courtesy.
fn tidy(sentence: &str, was_asked: bool) -> String {
    let folded = fold_whitespace(sentence);
    let bare =
        folded.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '.' | '!' | '…' | ',' | ';' | ':' | '?'));
    let asks = folded[bare.len()..].contains('?') && !was_asked;
    if asks { format!("{bare}?") } else { bare.to_owned() }
}

/// Markdown links as their text, addresses as their host, emphasis and inline code without their signs.
fn without_markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        // fences stay: they tell the sentences apart from the code
        let is_fence = line.trim_start().starts_with("```");
        if is_fence {
            out.push_str(line);
        } else {
            let linked = links_as_text(line);
            let words = linked.split(' ').map(|word| address_as_host(word).unwrap_or(word));
            for (at, word) in words.enumerate() {
                if at > 0 {
                    out.push(' ');
                }
                out.extend(word.replace("**", "").replace("__", "").chars().filter(|c| *c != '`'));
            }
        }
        out.push('\n');
    }
    out
}

/// `[text](address)` as `text`.
fn links_as_text(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, text, after)) = next_link(rest) {
        out.push_str(before.strip_suffix('!').unwrap_or(before));
        out.push_str(text);
        rest = after;
    }
    out + rest
}

fn next_link(line: &str) -> Option<(&str, &str, &str)> {
    let middle = line.find("](")?;
    let open = line[..middle].rfind('[')?;
    let address = &line[middle + 2..];
    let close = address.find(')')?;
    Some((&line[..open], &line[open + 1..middle], &address[close + 1..]))
}

fn address_as_host(word: &str) -> Option<&str> {
    let rest = word.strip_prefix("https://").or_else(|| word.strip_prefix("http://"))?;
    let host = rest.split(['/', '?', '#']).next()?;
    Some(host.strip_prefix("www.").unwrap_or(host)).filter(|host| !host.is_empty())
}

fn fold_whitespace(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn capitalised(title: &str) -> String {
    let mut chars = title.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// At most [`MAX_CHARS`] characters, cut before a word and marked with `…`.
fn cut(title: &str) -> String {
    if title.chars().count() <= MAX_CHARS {
        return title.to_owned();
    }
    let end = title.char_indices().nth(MAX_CHARS - 1).map_or(title.len(), |(at, _)| at);
    let head = &title[..end];
    let ends_a_word = title[end..].starts_with(' ');
    let head = if ends_a_word { head } else { head.rsplit_once(' ').map_or(head, |(words, _)| words) };
    // a mark that joins to the letter before it is not left behind alone, nor is a joiner left at the end
    let head = head.trim_end_matches(|c: char| !c.is_alphanumeric() && !matches!(c, ')' | '»' | '”' | '"'));
    format!("{head}…")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn titles_say_what_it_is_about() {
        let cases = [
            ("Hi Jarvis, could you please explain how vaccines work?", "Explain how vaccines work"),
            ("Hello! How are you? I'd like to plan a trip to Japan.", "Plan a trip to Japan"),
            ("What is the capital of Peru?", "What is the capital of Peru?"),
            ("hey, what's the weather like", "What's the weather like"),
            ("My dog is called Rex. He is three.", "My dog is called Rex"),
            ("please write a poem about rain!!!", "Write a poem about rain"),
            ("Bonjour, peux-tu me donner une recette de crêpes ?", "Donner une recette de crêpes"),
            ("Salut ! Ça va ? J'habite à Lyon.", "J'habite à Lyon"),
            ("Bonjour Jarvis, où se trouve Lyon ?", "Où se trouve Lyon?"),
            ("étudions le latin", "Étudions le latin"),
            ("Look at [the docs](https://example.com/a?b=c) for **details**.", "Look at the docs for details"),
            ("https://www.example.com/very/long/path?x=1 what is this?", "Example.com what is this?"),
            ("```rust\nfn main() {}\n```\nWhy does `main` fail?", "Why does main fail?"),
            ("```rust\nfn main() {}\n```", "Rust fn main() {}"),
            ("# Shopping list\n- milk", "Shopping list"),
            ("Hi Jarvis", "Hi Jarvis"),
            ("Bonjour !", "Bonjour"),
            ("???", "???"),
            ("  a\n\tb  ", "A"),
            ("My boss is Mr. Brown, he starts at 8.30.", "My boss is Mr. Brown, he starts at 8.30"),
            (
                "I have been thinking for quite some time about changing the whole kitchen",
                "I have been thinking for quite some time about changing the…",
            ),
            ("", ""),
            (" \n ", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(from_first_turn(text), expected, "{text}");
        }
    }

    #[test]
    fn a_word_longer_than_a_title_is_cut_inside() {
        let title = from_first_turn(&"é".repeat(100));
        assert_eq!(title.chars().count(), MAX_CHARS);
        assert!(title.ends_with("é…"));
    }

    #[test]
    fn every_pattern_can_match() {
        assert!(!COURTESY_PHRASES.iter().chain(ASKING_PHRASES.iter()).any(Phrase::is_broken));
    }

    proptest! {
        #[test]
        fn a_title_is_short_and_not_empty(text in "[\\PC\n`]{0,200}") {
            let title = from_first_turn(&text);
            prop_assert!(title.chars().count() <= MAX_CHARS);
            prop_assert_eq!(title.trim().is_empty(), text.trim().is_empty());
            prop_assert!(!title.contains('\n'));
        }

        #[test]
        fn courtesies_never_leave_it_empty(words in prop::collection::vec("(hi|jarvis|please|could you|merci|\\?|\\.|,|```|x)", 1..12)) {
            let text = words.join(" ");
            prop_assert!(!from_first_turn(&text).trim().is_empty());
        }
    }
}
