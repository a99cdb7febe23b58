//! Words that carry no meaning of their own, per language, folded and sorted. Search leaves them out of its scores, and
//! the choice of language counts them.

use super::Language;

const ENGLISH: &[&str] = &[
    "a", "about", "after", "again", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "because",
    "been", "before", "being", "between", "both", "but", "by", "can", "could", "did", "do", "does", "doing", "during",
    "each", "few", "for", "from", "further", "had", "has", "have", "having", "he", "her", "here", "hers", "him", "his",
    "how", "i", "if", "in", "into", "is", "it", "its", "just", "me", "more", "most", "my", "no", "nor", "not", "of",
    "off", "on", "once", "only", "or", "other", "our", "ours", "out", "over", "own", "same", "she", "should", "so",
    "some", "such", "than", "that", "the", "their", "theirs", "them", "then", "there", "these", "they", "this",
    "those", "through", "to", "too", "under", "until", "up", "us", "very", "was", "we", "were", "what", "when",
    "where", "which", "while", "who", "whom", "whose", "why", "will", "with", "would", "you", "your", "yours",
];

const FRENCH: &[&str] = &[
    "a", "ai", "aie", "alors", "as", "au", "aussi", "aux", "avait", "avec", "avez", "avoir", "avons", "c", "car", "ce",
    "cela", "ces", "cet", "cette", "ceux", "chez", "comme", "comment", "d", "dans", "de", "depuis", "des", "donc",
    "du", "elle", "elles", "en", "entre", "es", "est", "et", "etaient", "etait", "etes", "etre", "eu", "eux", "fait",
    "il", "ils", "j", "je", "l", "la", "laquelle", "le", "lequel", "les", "lesquels", "leur", "leurs", "lui", "m",
    "ma", "mais", "me", "mes", "moi", "mon", "n", "ne", "ni", "nos", "notre", "nous", "on", "ont", "ou", "par", "pas",
    "pour", "pourquoi", "puis", "qu", "quand", "que", "quel", "quelle", "quelles", "quels", "qui", "quoi", "s", "sa",
    "sans", "se", "ses", "si", "soit", "sommes", "son", "sont", "suis", "sur", "t", "ta", "te", "tes", "toi", "ton",
    "tres", "tu", "un", "une", "vos", "votre", "vous", "y",
];

/// Whether a folded word carries no meaning of its own in a language.
pub fn is_stop_word(folded: &str, language: Language) -> bool {
    let list = match language {
        Language::English => ENGLISH,
        Language::French => FRENCH,
    };
    list.binary_search(&folded).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold;

    #[test]
    fn lists_are_folded_and_sorted() {
        for list in [ENGLISH, FRENCH] {
            assert!(list.is_sorted_by(|a, b| a < b));
            assert!(list.iter().all(|word| fold(word) == *word));
        }
        assert!(is_stop_word("the", Language::English) && !is_stop_word("the", Language::French));
        assert!(is_stop_word("les", Language::French) && !is_stop_word("summer", Language::English));
    }
}
