//! Whether a text asks rather than tells, with or without a question mark. English and French.

use std::sync::LazyLock;

use super::{
    phrases::{self, Phrase, Word},
    sentences::sentences,
};

/// What may stand before a question or a statement without changing what it is.
const OPENINGS: &[&str] = &[
    "hi|hello|hey|hiya|yo|greetings there|jarvis|again|everyone|all?",
    "good morning|afternoon|evening|day jarvis?",
    "jarvis|ok|okay|well|so|and|but|oh|ah|also|now|then|please|yes|no|yeah|yep|nope|right|hmm|wow|anyway",
    "thanks|thank you? jarvis?",
    "bonjour|bonsoir|salut|coucou|hello|allo jarvis|toi|a? tous|tout? le? monde?",
    "alors|donc|et|mais|bon|ben|bah|oui|non|ok|sinon|enfin|euh|ah|oh|merci|dis|super|ouais|puis",
    "au fait",
    "s il te|vous plait",
];

const QUESTIONS: &[&str] = &[
    // English: question word and verb; "when I was …" and "what a day" tell
    "what|who|where|when|why|how|which is|are|was|were|am|do|does|did|can|could|should|would|will|have|has|had|s|re|to|might",
    "what|which|whose * is|are|was|were|do|does|did|can|should|would|will|have|has",
    "what|who|where|when|why|how else|exactly|about|happened|happens|happen",
    "how much|many|long|old|far|often|come|big|tall|late|soon|well",
    "what time|kind|sort|type|color|colour|day|year",
    "who knows|knew|said|lives|lived|works|made|won|wrote|wants",
    "whose|whom",
    "do|does|did|don|doesn|didn|is|are|was|were|isn|aren|wasn|weren|am|can|could|will|would|should|shall|have|has|had|haven|hasn|may|must t? \
     i|you|we|he|she|they|it|my|your|our|his|her|their|the|this|that|there|these|those|any|anyone|anybody|somebody|someone",
    "any|got idea|ideas|clue|news|advice|suggestion|suggestions|tips",
    "tell|remind|show me|us again? what|who|where|when|why|how|which|about|if|whether|of|the|my|your|all|everything",
    "i wonder|wondered what|who|where|when|why|how|which|if|whether",
    // French
    "est ce qu|que",
    "qu|que est ce",
    "c est|etait quoi|quand|ou|qui|quel|quelle|combien",
    "a|de|avec|pour|chez|par|depuis|jusqu quoi|qui|quand|quel|quelle est|suis|es|ai|as|a|dois|peux|ce|je|j|tu",
    "quel|quelle age|nom|jour|metier|heure|taille|couleur|prenom|date",
    "comment s|m|t|se appelle|appelles|appellent|nomme",
    "quel|quelle|quels|quelles est|sont|etait|etaient|a|ont",
    "quel|quelle|quels|quelles * est|sont|etait|a|ont|ai|as|avez|avons|dois|doit|faut|peux|peut|je|tu|vous",
    "qui est|sont|a|etait|sait|connait|habite|travaille|peut|veut",
    "ou|quand|comment|pourquoi|combien est|sont|a|as|ai|es|suis|etait|s|se|ca|va|vas|vis|habite|habites|travaille|travailles|\
     peut|peux|puis|dois|doit|faut|faire|aller|puis|tu|il|elle|on|vous|nous|je|j|le|la|les|l|mon|ma|mes|de|d|avez|t|m|sommes",
    "que|qu sais|savez|penses|pensez|veux|voulez|fais|faites|dis|dit|faire|dois|peux|puis|a|as|ai|il|elle",
    "ai|puis|dois je",
    "as|es|peux|sais|veux|vas|connais|penses|crois|dois|aimes|pourrais|saurais|voudrais|aurais|viens|habites|travailles|te \
     souviens? tu",
    "avez|etes|pouvez|savez|voulez|allez|connaissez|pensez|pourriez|sauriez|voudriez|auriez|vous souvenez? vous",
    "a|est|sont|ont|va|vont|y a|peut t? il|elle|on|ils|elles|ce",
    "tu te? sais|connais|souviens|rappelles si|ce|ou|quand|comment|qui|quel|quelle|pourquoi|mon|ma|mes|un|une|de|du|d|que",
    "dis|rappelle|montre moi ce|ou|quand|comment|qui|quel|quelle|pourquoi|si|tout|le|la|les|mon|ma|mes",
    "je me demande si|ce|ou|quand|comment|qui|quel|quelle|pourquoi",
    "tu peux|pourrais te|t|retenir|noter|memoriser",
    "une idee|question",
];

static OPENING_PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| Phrase::plain(OPENINGS));
static QUESTION_PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| Phrase::plain(QUESTIONS));

/// Words of one sentence that are a greeting or a filler: how many stand at its beginning.
pub(super) fn opening(words: &[Word]) -> usize {
    phrases::skipped(words, |left| phrases::longest(&OPENING_PHRASES, left))
}

/// Whether `words` begin like a question.
pub(super) fn begins_like_question(words: &[Word]) -> bool {
    // at every step: an opening may itself be the first word of a question ("dis-moi où …")
    let opening = opening(words);
    [0, opening].into_iter().any(|from| phrases::longest(&QUESTION_PHRASES, &words[from..]) > 0)
}

/// Whether one sentence asks.
pub(super) fn sentence_asks(sentence: &str) -> bool {
    let end = sentence.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '”' | '»' | ')' | '!' | '.'));
    end.ends_with('?') || begins_like_question(&phrases::words(sentence))
}

/// Whether a whole text only asks: greetings beside the question do not count, statements do.
pub(super) fn text_asks(text: &str) -> bool {
    let mut asks = false;
    for sentence in sentences(text) {
        if sentence_asks(sentence) {
            asks = true;
        } else {
            let words = phrases::words(sentence);
            if words.len() - opening(&words) >= 2 {
                return false;
            }
        }
    }
    asks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_known_with_or_without_their_mark() {
        for text in [
            "What is my dog called?",
            "what is my dog called",
            "do you know where I live",
            "Hi Jarvis, where do I work",
            "Hello! Where did I put my keys?",
            "how old is my sister",
            "tell me what I said about Rome",
            "Is my sister called Anna",
            "Comment s'appelle mon chien ?",
            "comment s'appelle mon chien",
            "Est-ce que tu connais mon nom",
            "quel est mon plat préféré",
            "Bonjour, où est-ce que j'habite",
            "te souviens-tu de mon anniversaire",
            "Dis-moi où j'habite",
            "As-tu noté mon adresse",
        ] {
            assert!(text_asks(text), "{text}");
        }
    }

    #[test]
    fn statements_are_not_questions() {
        for text in [
            "My dog is called Rex.",
            "When I was a child I lived in Rome.",
            "What a day!",
            "My dog Rex is ill. What should I do?",
            "Will is my brother.",
            "Mon chien s'appelle Rex.",
            "J'habite à Lyon.",
            "Quelle belle journée !",
            "On a un chien.",
            "Hello Jarvis",
            "",
        ] {
            assert!(!text_asks(text), "{text}");
        }
    }

    #[test]
    fn a_run_of_fillers_has_an_end() {
        let words = phrases::words(&"so, hi, ".repeat(1_000));
        assert!((2..100).contains(&opening(&words)));
    }

    #[test]
    fn every_pattern_can_match() {
        assert!(!OPENING_PHRASES.iter().chain(QUESTION_PHRASES.iter()).any(Phrase::is_broken));
    }
}
