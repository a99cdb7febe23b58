//! What is worth remembering in what a person says, without a model.

/// Something a person stated about themselves.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The sentence, as the person said it.
    pub content: String,
    /// `preference`, `fact` or `date`.
    pub category: &'static str,
    /// 0 to 1.
    pub importance: f32,
}

/// The statements about themselves, preferences, facts and dates in what a person said; never greetings, questions or
/// requests. At most [`MAX_CANDIDATES`], in the order said.
pub fn extract(_text: &str) -> Vec<Candidate> {
    Vec::new()
}

/// Candidates taken from one message at most.
pub const MAX_CANDIDATES: usize = 5;
