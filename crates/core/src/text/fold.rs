//! Case and accents ignored, as people ignore them when they look for something.

/// Lowercase without accents: `Éléphant` becomes `elephant`, `Œuvre` becomes `oeuvre`.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c.to_ascii_lowercase());
        } else {
            for lower in c.to_lowercase() {
                push_folded(lower, &mut out);
            }
        }
    }
    out
}

/// The Latin letters of French and its neighbours; what is not known stays.
fn push_folded(c: char, out: &mut String) {
    let plain = match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' => "a",
        'ç' | 'ć' | 'č' => "c",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' => "e",
        'ì' | 'í' | 'î' | 'ï' | 'ī' => "i",
        'ñ' | 'ń' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' => "o",
        'ù' | 'ú' | 'û' | 'ü' | 'ū' => "u",
        'ý' | 'ÿ' => "y",
        'š' => "s",
        'ž' => "z",
        'œ' => "oe",
        'æ' => "ae",
        'ß' => "ss",
        '’' | 'ʼ' => "'",
        // combining accents of decomposed text
        '\u{300}'..='\u{36f}' => "",
        other => {
            out.push(other);
            return;
        }
    };
    out.push_str(plain);
}

/// Whether `needle` occurs in `text`, case and accents ignored. An empty needle always does.
pub fn contains_folded(text: &str, needle: &str) -> bool {
    fold(text).contains(fold(needle).trim())
}

/// The words of a text, folded and joined by one space: equal for texts that differ only in case, accents, punctuation
/// or spacing.
pub fn normalise(text: &str) -> String {
    let folded = fold(text);
    let mut out = String::with_capacity(folded.len());
    for word in folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_punctuation_do_not_matter() {
        assert_eq!(fold("Été à l’Œuvre, e\u{301}"), "ete a l'oeuvre, e");
        assert_eq!(normalise("  J'aime   le CAFÉ! "), "j aime le cafe");
        assert!(contains_folded("Réunion d'équipe", "REUNION"));
        assert!(contains_folded("x", ""));
    }
}
