//! What the product stores, as plain values. Rows and wire shapes are made from these elsewhere.

mod account;
mod audit;
mod bus;
mod conversation;
mod erasure;
mod foreign;
mod generation;
mod idempotency;
mod live;
mod login;
mod memory;
mod message;
mod node;
mod outbox;
mod owned;
mod page;
mod principal;
mod sealing;
mod session;
mod stats;
mod user;

pub use account::{Account, AccountCounts, AccountPatch, NewAccount, PasswordHash, Quotas, TokenHash};
pub use audit::{AuditDetail, AuditEntry, AuditHash, AuditHead, AuditQuery, AuditRecord, RecordedDetail};
pub use bus::{AnswerPart, BusMessage, MAX_BUS_MESSAGE_BYTES, Piece, Question, Reply};
pub use conversation::{
    Conversation, ConversationPatch, ConversationQuery, ConversationStatus, Erased, NewConversation,
};
pub use erasure::ErasedRows;
pub use foreign::{ForeignId, ForeignKind};
pub use generation::{GenerationPart, NewGeneration, RunningGeneration, UnfinishedGeneration, generation_running};
pub use idempotency::{Claim, ClaimState, IdempotencyKey};
pub use live::{LiveChange, LiveEvent};
pub use login::{ApiKey, Exchange, Invite, Login, NewApiKey, NewLogin, Rotation};
pub use memory::{Correction, Memory, MemoryKind, MemoryPatch, MemoryQuery, NewMemory, Slot};
pub use message::{Anchor, Follows, Message, MessagePage, MessageQuery, MessageStatus, NewMessage, RECALL_MODEL, Role};
pub use node::{Node, NodeId};
pub use outbox::{DocKind, DocRef, IndexChange, IndexDocument, OutboxEntry, OutboxSeq};
pub use owned::{OwnedMemory, TurnPlace};
pub use page::{Cursor, Page};
pub use principal::{Permission, Permissions, Principal, Via};
pub use sealing::{KeyId, Resealed, SealingPhase, StoredKey};
pub use session::{NewSession, Session, SessionPatch, SessionStatus};
pub use stats::{Activity, ActivityQuery, DayMessages, StoreTotals, UserGrowth, UserStats};
pub use user::{NewUser, User, UserRole};
