//! Which language a text is in, of those that search stems.

/// A language that search analyses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// English, and the default for what cannot be told.
    English,
    /// French.
    French,
}

/// The language of a text; English when it cannot be told.
pub fn detect(text: &str) -> Language {
    let detector = whatlang::Detector::with_allowlist(vec![whatlang::Lang::Eng, whatlang::Lang::Fra]);
    match detector.detect_lang(text) {
        Some(whatlang::Lang::Fra) => Language::French,
        _ => Language::English,
    }
}
