//! Names that bind sealed values to their place; changing one makes what is stored unreadable. Every store uses the same,
//! so that what is sealed can be moved from one into another.
#![expect(missing_docs, reason = "each is the table and the column that it names")]

pub const SESSION_NAME: &str = "sessions.name";
pub const SESSION_ROLE: &str = "sessions.role";
pub const SESSION_GOALS: &str = "sessions.goals";
pub const SESSION_TEMPLATE: &str = "sessions.template";
pub const SESSION_METADATA: &str = "sessions.metadata";
pub const CONVERSATION_TITLE: &str = "conversations.title";
pub const CONVERSATION_SUMMARY: &str = "conversations.summary";
pub const CONVERSATION_METADATA: &str = "conversations.metadata";
pub const MESSAGE_AUTHOR: &str = "messages.author";
pub const MESSAGE_CONTENT: &str = "messages.content";
pub const MESSAGE_PARTS: &str = "messages.parts";
pub const MESSAGE_METADATA: &str = "messages.metadata";
pub const GENERATION_CONTENT: &str = "generations.content";
pub const MEMORY_CONTENT: &str = "memories.content";
pub const MEMORY_METADATA: &str = "memories.metadata";
