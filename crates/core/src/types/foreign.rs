/// Where an imported row came from; unique per owner and kind, so that an import can be repeated.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ForeignId {
    /// The program or file format.
    pub source: String,
    /// The identity there.
    pub id: String,
}

/// What was imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ForeignKind {
    /// A named context.
    Session,
    /// A conversation.
    Conversation,
    /// One turn of a conversation.
    Message,
    /// Something worth remembering.
    Memory,
}
