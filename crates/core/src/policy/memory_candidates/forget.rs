//! "Forget that I …": what a person wants forgotten.

use std::{collections::HashSet, sync::LazyLock};

use super::{phrases, questions, sentences, slot};
use crate::{
    policy::{
        phrases::{Phrase, Word},
        words::content_words,
    },
    text::normalise,
};

const REQUESTS: &[&str] = &[
    "please? forget|unlearn that",
    "please? forget|unlearn i|my|we|our",
    "please? forget|delete|erase|remove the? memory|fact that",
    "can|could|would|will you please? forget|unlearn|delete|erase that",
    "i want|need|d_like|would_like you to forget|delete|erase that",
    "oublie|oubliez s_il_te_plait|s_il_vous_plait|stp? que|qu",
    "efface|effacez|supprime|supprimez|oublie|oubliez le_fait|l_info|l_information|le_souvenir que|qu",
    "peux|pourrais|veux tu oublier|effacer|supprimer que|qu",
    "tu peux|pourrais oublier|effacer que|qu",
    "pouvez|pourriez vous oublier|effacer que|qu",
    "je veux|voudrais|souhaite que tu oublies que|qu",
];

/// A pattern that takes the first word of the clause as well ends with one of these.
const OF_THE_CLAUSE: [&str; 4] = ["i", "my", "we", "our"];

const TURNS: [&str; 24] = [
    "not", "t", "no", "never", "cannot", "without", "nor", "was", "were", "used", "refuse", "stopped", "ne", "n",
    "pas", "jamais", "plus", "aucun", "aucune", "sans", "etais", "etait", "refuse", "arrete",
];

static READ: LazyLock<Vec<Phrase>> = LazyLock::new(|| Phrase::plain(REQUESTS));

/// What a text asks to forget: the clause after each "forget that".
pub fn to_forget(text: &str) -> Vec<String> {
    sentences(text).into_iter().filter_map(|sentence| clause(sentence).map(str::to_owned)).collect()
}

/// The clause of a sentence that asks to forget it.
pub(super) fn clause(sentence: &str) -> Option<&str> {
    // somebody else's words
    if sentence.trim_start().starts_with(['"', '“', '„', '«', '‘', '\'']) {
        return None;
    }
    let words = phrases::words(sentence);
    let lead = questions::opening(&words);
    let taken = phrases::longest(&READ, &words[lead..]);
    if taken == 0 {
        return None;
    }
    let last = lead + taken - 1;
    let first: &Word = words.get(if OF_THE_CLAUSE.contains(&words[last].folded.as_str()) { last } else { last + 1 })?;
    Some(sentence[first.start..].trim_end_matches(['?', '!', '.', ' ', '\u{a0}', '\u{202f}']))
}

/// Whether a memory is what `clause` wants forgotten: the same words, or the same slot with the same names and numbers.
/// Anything less exact would take what nobody asked for.
pub fn is_meant(clause: &str, memory: &str) -> bool {
    if normalise(clause) == normalise(memory) {
        return true;
    }
    let (wanted, has) = (content_words(clause), content_words(memory));
    if wanted.is_empty() {
        return false;
    }
    let same_slot = || {
        let (wanted_slot, has_slot) = (slot(clause), slot(memory));
        wanted_slot.is_some_and(|wanted| has_slot.is_some_and(|has| has.alone && has.key == wanted.key))
    };
    let names = names(clause);
    let same_words = || wanted == has && in_order(clause) == in_order(memory);
    turns(clause) == turns(memory) && (same_words() || (same_slot() && !names.is_empty() && names.is_subset(&has)))
}

/// The words with a meaning as they follow each other: "from Lyon to Paris" is not "from Paris to Lyon".
fn in_order(text: &str) -> Vec<String> {
    phrases::words(text).iter().flat_map(|word| content_words(&word.folded)).collect()
}

/// The words that turn a statement into another: "I don't smoke", "I was married".
fn turns(text: &str) -> Vec<String> {
    let words = phrases::words(text).into_iter().map(|word| word.folded);
    let mut turns: Vec<String> = words.filter(|word| TURNS.contains(&word.as_str())).collect();
    turns.sort_unstable();
    turns
}

/// Names and numbers after the first word.
fn names(clause: &str) -> HashSet<String> {
    let words = phrases::words(clause);
    let told =
        words.iter().skip(1).filter(|word| word.capitalised || word.folded.starts_with(|c: char| c.is_ascii_digit()));
    told.flat_map(|word| content_words(&word.folded)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::memory_candidates::extract;

    #[test]
    fn requests_to_forget_are_known_and_never_remembered() {
        for (text, expected) in [
            ("Forget that I live in Paris.", "I live in Paris"),
            ("Please forget my dog is called Rex!", "my dog is called Rex"),
            ("Hi Jarvis, can you forget that I smoke?", "I smoke"),
            ("Oublie que j'habite à Paris.", "j'habite à Paris"),
            ("Peux-tu oublier que je suis végétarien ?", "je suis végétarien"),
            ("Efface le fait que mon chien s'appelle Rex", "mon chien s'appelle Rex"),
        ] {
            assert_eq!(to_forget(text), [expected], "{text}");
            assert_eq!(extract(text), [], "{text}");
        }
        for text in [
            "Don't forget that I live in Paris.",
            "N'oublie pas que j'habite à Paris.",
            "I forgot that I live in Paris.",
            "\"Forget that I live in Paris\", my mother said.",
            "« Oublie que j'habite à Paris », m'a dit ma mère.",
        ] {
            assert_eq!(to_forget(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn only_what_is_meant_is_forgotten() {
        for (clause, memory) in [
            ("I live in Paris", "i live in PARIS!"),
            ("I live in Paris", "I moved to Paris."),
            ("j'habite à Paris", "J'ai déménagé à Paris."),
            ("my dog is called Rex", "My dogs are called Rex"),
        ] {
            assert!(is_meant(clause, memory), "{clause} / {memory}");
        }
        for (clause, memory) in [
            ("I live in Paris", "I live in Lyon."),
            ("I live in Paris", "My sister lives in Paris and works there."),
            ("I live in Paris", "I live in Paris and I love tea."),
            ("I live in a flat", "I live in Paris."),
            ("it", "I live in Paris."),
            ("j'aime le thé", "Je n'aime pas le thé."),
            ("I smoke", "I do not smoke."),
            ("I can swim", "I can't swim."),
            ("I am allergic to nuts", "I was allergic to nuts."),
            ("I moved from Paris to Lyon", "I moved from Lyon to Paris."),
            ("I have 2 cats and 3 dogs", "I have 3 cats and 2 dogs."),
        ] {
            assert!(!is_meant(clause, memory), "{clause} / {memory}");
        }
    }

    #[test]
    fn every_pattern_can_match() {
        assert!(!READ.iter().any(Phrase::is_broken));
    }
}
