use serde_json::Value;

/// Conversations of one person, and questions about them.
#[derive(Debug)]
pub(super) struct Corpus {
    /// Names the person.
    pub(super) name: String,
    /// What is asked.
    pub(super) questions: Vec<Question>,
    /// What is imported, one object a line. Every message has its id in its metadata as `turn`.
    pub(super) lines: Vec<Value>,
}

/// A question and the turns that answer it.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) text: String,
    /// Ids of the turns; none for a question that nothing answers.
    pub(super) evidence: Vec<String>,
    /// By which results are told apart.
    pub(super) category: String,
}
