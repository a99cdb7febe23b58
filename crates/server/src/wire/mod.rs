//! The shapes of the API. Answers borrow from the rows they show and are written straight into the buffer that is sent.

mod account;
mod activity;
mod audit;
mod chat;
mod config;
mod conversation;
mod erasure;
mod key;
mod keys;
mod login;
mod memory;
mod message;
mod names;
mod search;
mod service;
mod session;
mod transfer;

pub(crate) use account::{Account, AccountBody, AccountPatch, Accounts, ResetBody, WhoAmI};
pub(crate) use activity::Activity;
pub(crate) use audit::{AuditEntries, AuditVerification};
pub(crate) use chat::{
    ChatAnswer, ChatBody, ChatStart, ChatUsage, MemoriesUsed, MemoryUsed, Models, RegenerateBody, RunningAnswers,
    StopAnswer, StreamEvent, TextPiece,
};
pub(crate) use config::ConfigReloaded;
pub(crate) use conversation::{Conversation, ConversationErased, ConversationPatch, Conversations, one_status};
pub(crate) use erasure::{EraseBody, EraseReceipt};
pub(crate) use key::{ApiKey, ApiKeys, Invite, InviteBody, Invites, KeyBody};
pub(crate) use keys::EncryptionKeys;
pub(crate) use login::{
    Ended, Entrance, LoginBody, Logins, LogoutBody, MePatch, PasswordBody, PasswordChanged, RefreshBody, RegisterBody,
    Tokens, Verified,
};
pub(crate) use memory::{Memories, Memory, MemoryBody, MemoryPatch};
pub(crate) use message::{Branches, History, Message, MessageInContext};
pub(crate) use names::{
    ConversationStatus, ExportFormat, FinishReason, HealthStatus, ItemKind, MemoryKind, MessageStatus, Role,
    SearchMode, SearchScope, SessionStatus,
};
pub(crate) use search::{MemoryResults, MemorySearchBody, SearchResults};
pub(crate) use service::{About, Deleted, Health, ReindexProgress, Stats};
pub(crate) use session::{Session, SessionBody, SessionPatch, Sessions};
pub(crate) use transfer::ImportReport;

/// Bytes a row takes on the wire besides its text.
pub(crate) const ROW_OVERHEAD: usize = 400;

/// Writes rows as their wire shape without collecting them first.
fn rows<'a, R, W, S>(rows: &'a [R], serializer: S) -> Result<S::Ok, S::Error>
where
    W: serde::Serialize + From<&'a R>,
    S: serde::Serializer,
{
    serializer.collect_seq(rows.iter().map(W::from))
}
