//! Reducing a word to what its inflections share.

use crate::text::{Language, fold};
use frostem::{Algorithm, Stemmer};

/// The Snowball stem of a folded word. Words with digits and words of other scripts stay as they are.
///
/// Stems are made from the folded word, so that a text with and without its accents has the same stems: people leave
/// accents out when they ask. The French stemmer knows some endings by their accent only, so those are put back first.
pub(super) fn stem(folded: &str, language: Language) -> String {
    if !folded.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return folded.to_owned();
    }
    let stem = match language {
        Language::English => Stemmer::new(Algorithm::English).stem(folded).into_owned(),
        Language::French => {
            let accented = with_accented_ending(folded);
            fold(&Stemmer::new(Algorithm::French).stem(&accented))
        }
    };
    if stem.is_empty() { folded.to_owned() } else { stem }
}

/// Endings that are (nearly) always accented in French: past participles, `-ité`, the simple past.
const ACCENTED: &[(&str, &str)] = &[
    ("ees", "ées"),
    ("ee", "ée"),
    ("ites", "ités"),
    ("ite", "ité"),
    ("erent", "èrent"),
    ("iere", "ière"),
    ("ieres", "ières"),
];

fn with_accented_ending(folded: &str) -> String {
    for (plain, accented) in ACCENTED {
        if let Some(start) = folded.strip_suffix(plain)
            && start.len() >= 2
        {
            return format!("{start}{accented}");
        }
    }
    folded.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(language: Language, words: &[&str]) {
        let stems: Vec<String> = words.iter().map(|word| stem(&fold(word), language)).collect();
        assert!(stems.windows(2).all(|pair| pair[0] == pair[1]), "{words:?}: {stems:?}");
    }

    #[test]
    fn inflections_share_a_stem() {
        same(Language::French, &["mangé", "mangée", "mangées", "manger", "mange", "mangerent"]);
        same(Language::French, &["recherche", "recherches", "rechercher", "recherché"]);
        same(Language::French, &["activité", "activités", "activite"]);
        same(Language::French, &["école", "écoles", "ecole"]);
        same(Language::French, &["première", "premières", "premiere"]);
        same(Language::English, &["run", "runs", "running"]);
        same(Language::English, &["holiday", "holidays"]);
    }

    #[test]
    fn identifiers_and_other_scripts_stay() {
        assert_eq!(stem("v2s", Language::English), "v2s");
        assert_eq!(stem("книги", Language::French), "книги");
    }

    proptest::proptest! {
        /// Snippets rely on it.
        #[test]
        fn a_stem_keeps_its_first_letter(word in "[a-zéèàçœ]{1,14}") {
            for language in [Language::English, Language::French] {
                let folded = fold(&word);
                proptest::prop_assert_eq!(stem(&folded, language).chars().next(), folded.chars().next());
            }
        }
    }
}
