use jarvis_core::types::SealingPhase;
use serde::Serialize;
use utoipa::ToSchema;

/// Under which keys what people write is sealed.
#[derive(Serialize, ToSchema)]
pub(crate) struct EncryptionKeys {
    /// Whether it is encrypted.
    encrypted: bool,
    /// The keys, the newest last; more than one while something is still sealed under an older one.
    keys: Vec<Key>,
    rotation: Rotation,
}

/// An encryption key; it is told by its name only.
#[derive(Serialize, ToSchema)]
struct Key {
    /// Its name, made from it.
    #[schema(example = "f19b15ab")]
    id: String,
    /// Since when it is used.
    since: String,
    /// Whether what is written now is sealed under it.
    current: bool,
}

/// How far sealing everything under the current key has come.
#[derive(Serialize, ToSchema)]
struct Rotation {
    /// Whether it runs.
    running: bool,
    /// Rows that were looked at.
    done: u64,
    /// Rows to be looked at, about.
    total: u64,
    /// Rows that were sealed anew.
    changed: u64,
    /// How often it came to its end since the start of the server.
    finished: u64,
    /// Why the last one did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl EncryptionKeys {
    pub(crate) fn new(status: &jarvis_engine::KeysStatus, rotation: jarvis_engine::RotationProgress) -> Self {
        let jarvis_engine::RotationProgress { running, done, total, changed, finished, error } = rotation;
        let key = |key: &jarvis_engine::KeyInUse| Key {
            id: key.id.to_string(),
            since: key.since.to_string(),
            current: key.is_current,
        };
        Self {
            encrypted: status.phase == Some(SealingPhase::Sealed),
            keys: status.keys.iter().map(key).collect(),
            rotation: Rotation { running, done, total, changed, finished, error },
        }
    }
}
