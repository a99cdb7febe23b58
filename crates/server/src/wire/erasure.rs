use jarvis_core::{Error, Result, Timestamp, types};
use jarvis_engine::ErasureReceipt;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What must be said for everything to be erased.
const CONFIRMATION: &str = "erase everything";

/// That it is meant.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"confirm": "erase everything"}))]
pub(crate) struct EraseBody {
    /// `erase everything`.
    #[serde(default)]
    #[schema(required = true)]
    confirm: String,
}

impl EraseBody {
    pub(crate) fn check(&self) -> Result<()> {
        if self.confirm == CONFIRMATION {
            return Ok(());
        }
        Err(Error::invalid(
            "confirm",
            format!("this cannot be undone; send \"confirm\": \"{CONFIRMATION}\" if you mean it"),
        ))
    }
}

/// What was erased, for whom and when.
#[derive(Serialize, ToSchema)]
pub(crate) struct EraseReceipt<'a> {
    /// Null when there was nothing.
    user_id: Option<Uuid>,
    /// The name, which was erased too.
    user: Option<&'a str>,
    /// When none of it was left in any file.
    #[schema(value_type = String, format = DateTime)]
    erased_at: Timestamp,
    #[schema(inline)]
    database: DatabaseErased,
    /// Answers that were being produced, and were stopped.
    stopped_answers: u64,
    /// `purged`: no segment holds a word of it.
    #[schema(value_type = String)]
    text_index: &'static str,
    /// `purged`: its rows are overwritten.
    #[schema(value_type = String)]
    vectors: &'static str,
    /// Servers of the same database that were away: files of their indexes hold it until they start again, which rewrites
    /// them first; they never show it. 0 where there is one server.
    servers_away: usize,
    /// `purged`: pages are overwritten, the log is empty, copies from before migrations are removed.
    #[schema(value_type = String)]
    files: &'static str,
}

/// Rows that were removed.
#[derive(Serialize, ToSchema)]
struct DatabaseErased {
    conversations: u64,
    messages: u64,
    memories: u64,
    sessions: u64,
    /// Answers that were noted as being produced.
    generations: u64,
    idempotency_keys: u64,
    /// Notes of where imported rows came from.
    foreign_ids: u64,
    /// Quarters of an hour with figures for charts.
    activity: u64,
}

impl<'a> From<&'a ErasureReceipt> for EraseReceipt<'a> {
    fn from(receipt: &'a ErasureReceipt) -> Self {
        let types::ErasedRows {
            conversations,
            messages,
            memories,
            sessions,
            generations,
            idempotency_keys,
            foreign_ids,
            activity,
        } = receipt.rows;
        let database = DatabaseErased {
            conversations,
            messages,
            memories,
            sessions,
            generations,
            idempotency_keys,
            foreign_ids,
            activity,
        };
        Self {
            user_id: receipt.user_id.map(|id| *id.as_uuid()),
            user: receipt.user.as_deref(),
            erased_at: receipt.erased_at,
            database,
            stopped_answers: receipt.stopped,
            // the use-case answers only once all of it is
            text_index: "purged",
            vectors: "purged",
            servers_away: receipt.away.len(),
            files: "purged",
        }
    }
}
