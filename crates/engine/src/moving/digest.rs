use std::fmt;

use jarvis_core::{
    Result,
    ports::transfer::{OutboxEnds, Portion, Table, TransferSource},
};
use sha2::{Digest as _, Sha256};

use super::{MovePhase, Watch, key_of_last};

/// What a table holds: equal for equal rows, whatever store keeps them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest {
    /// How many rows.
    pub rows: u64,
    /// SHA-256 of all of them in the order of keys, in the form of [`Cell::encode`](jarvis_core::ports::transfer::Cell::encode).
    pub hash: [u8; 32],
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows, {self}", self.rows)
    }
}

/// Reads a whole table.
pub(super) async fn of(
    store: &dyn TransferSource,
    table: &'static Table,
    total: u64,
    watch: Watch<'_>,
    portion: Portion,
) -> Result<Digest> {
    let (mut hash, mut rows) = (Sha256::new(), 0);
    let mut encoded = Vec::new();
    watch(MovePhase::Comparing, table.name, 0, total);
    let mut portion_read = store.read(table, None, portion).await?;
    while let Some(after) = key_of_last(table, &portion_read) {
        for row in &portion_read {
            encoded.clear();
            for cell in row {
                cell.encode(&mut encoded);
            }
            hash.update(&encoded);
        }
        rows += portion_read.len() as u64;
        watch(MovePhase::Comparing, table.name, rows, total);
        portion_read = store.read(table, Some(after), portion).await?;
    }
    Ok(Digest { rows, hash: hash.finalize().into() })
}

/// Tells whether a store is as it was, as far as counting tells.
pub(super) fn fingerprint(counts: &[u64], outbox: OutboxEnds) -> String {
    let mut hash = Sha256::new();
    for number in counts.iter().chain([&outbox.pruned, &outbox.newest]) {
        hash.update(number.to_be_bytes());
    }
    Digest { rows: 0, hash: hash.finalize().into() }.to_string()
}
