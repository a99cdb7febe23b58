//! Acts that are done while no engine runs: in the trail at once where the store is open, else kept in the data directory until
//! it is.

use jarvis_core::{
    Error, Json, Result, Scope, Timestamp,
    ports::{Entropy, Ids, Store, SystemIds},
    types::{AuditDetail, AuditEntry},
};
use jarvis_engine::{Actor, Engine};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{DataDir, DatabaseTarget, SystemEntropy, belonging::keep_belonging, fs, operator};

/// Notes in an open store what whoever runs this command did.
pub(crate) async fn note(
    store: &dyn Store,
    at: Timestamp,
    act: &'static str,
    object: &str,
    after: &Value,
) -> Result<()> {
    let mut salt = [0; 16];
    salt.copy_from_slice(&SystemEntropy.bytes()?[..16]);
    let detail = AuditDetail { operator: Some(operator()), before: None, after: Some(Json::encode(after)?) };
    let (via, object) = ("command line".to_owned(), object.to_owned());
    let detail = Json::encode(&detail)?;
    let entry = AuditEntry { id: SystemIds.next(), at, via, act, object, subject: None, detail, salt };
    store.write(move |tx| Box::pin(async move { tx.audit().record(&Scope::system(), entry).await })).await
}

/// A move of the store, which goes with the data directory: the copy is compared with what it was made of and must not be
/// written to before somebody uses it.
#[derive(Debug, Serialize, Deserialize)]
struct Moved {
    operator: String,
    from: String,
    to: String,
    rows: u64,
    at: String,
}

/// Keeps that everything was moved, to be noted at the next start of a server, and that the data directory works on `to` from now
/// on.
pub fn keep_move(
    data_dir: &DataDir,
    from: &DatabaseTarget,
    to: &DatabaseTarget,
    rows: u64,
    at: Timestamp,
) -> Result<()> {
    let moved = Moved { operator: operator(), from: from.to_string(), to: to.to_string(), rows, at: at.to_string() };
    fs::replace_private(&data_dir.moved_file(), &serde_json::to_string(&moved).map_err(Error::internal)?)?;
    keep_belonging(data_dir, from, to, at)
}

/// Notes what was kept; for a server, because a command that only looks must leave the copy as it is. A crash in between notes
/// it twice, which is better than not at all.
pub async fn note_move(data_dir: &DataDir, engine: &Engine) -> Result<()> {
    let path = data_dir.moved_file();
    let Some(text) = fs::read_text(&path)? else { return Ok(()) };
    match serde_json::from_str::<Moved>(&text) {
        Ok(Moved { operator, from, to, rows, at }) => {
            let after = json!({"from": from, "to": to, "rows": rows, "moved_at": at});
            engine.audit.note(&Actor::operator(&operator), "store.move", "store", Some(&after)).await?;
        }
        Err(error) => tracing::warn!(%error, "what was kept about a move of the store cannot be read; it is not noted"),
    }
    fs::remove(&path)
}
