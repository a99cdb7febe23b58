use uuid::Uuid;

use crate::ports::transfer::{Cell, CellKind, OutboxEnds, Row, TABLES, Table};

/// A store's rows as chance makes them: every table, every kind of value, references that lead somewhere.
#[derive(Debug)]
pub struct TransferWorld {
    rows: Vec<Vec<Row>>,
}

/// What refers to a row of another table. A parent is chosen among the earlier messages of its conversation.
const REFERENCES: &[(&str, &str, &str)] = &[
    ("user_stats", "user_id", "users"),
    ("sessions", "user_id", "users"),
    ("conversations", "user_id", "users"),
    ("conversations", "session_id", "sessions"),
    ("messages", "conversation_id", "conversations"),
    ("memories", "user_id", "users"),
    ("memory_sources", "memory_id", "memories"),
    ("memory_sources", "message_id", "messages"),
    ("collections", "user_id", "users"),
    ("vector_entries", "collection_id", "collections"),
    ("vector_entries", "message_id", "messages"),
    ("vector_entries", "memory_id", "memories"),
    ("generations", "conversation_id", "conversations"),
    ("generation_parts", "message_id", "generations"),
    ("accounts", "user_id", "users"),
    ("logins", "user_id", "users"),
    ("refresh_tokens", "login_id", "logins"),
    ("api_keys", "user_id", "users"),
    ("invites", "created_by", "users"),
];

/// Columns whose value may be absent, beside `metadata`.
const OPTIONAL: &[&str] = &[
    "user_stats.updated_at",
    "sessions.role",
    "sessions.goals",
    "sessions.template",
    "conversations.session_id",
    "conversations.summary",
    "conversations.summary_until",
    "messages.author",
    "messages.parts",
    "messages.tokens",
    "messages.model",
    "messages.recall_score",
    "memories.slot_key",
    "memories.last_accessed_at",
    "memories.expires_at",
    "memories.valid_to",
    "memories.superseded_by",
    "collections.model",
    "collections.dimension",
    "vector_entries.message_id",
    "vector_entries.memory_id",
    "vector_entries.model",
    "vector_entries.dimension",
    "vector_entries.vector",
    "audit_log.user_id",
    "audit_log.subject_id",
    "audit_log.salt",
    "audit_log.digest",
    "audit_log.previous_hash",
    "audit_log.hash",
    "audit_head.hash",
    "generations.model",
    "accounts.disabled_at",
    "accounts.last_login_at",
    "accounts.quota_messages",
    "accounts.quota_tokens",
    "accounts.quota_storage",
    "logins.label",
    "refresh_tokens.used_at",
    "api_keys.expires_at",
    "api_keys.last_used_at",
    "invites.created_by",
];

/// Texts that orders, encodings and languages differ about.
const TEXTS: [&str; 8] = ["", "a", "B", "é", "e\u{301}", "\u{fffd}", "😀", "it's \\ \"quoted\"\n\t%_{}"];

impl TransferWorld {
    /// The world of a number, with at most `most` rows in a table.
    pub fn of_seed(seed: u64, most: u64) -> Self {
        let mut made = Self { rows: Vec::with_capacity(TABLES.len()) };
        let mut random = Random(seed);
        for table in TABLES {
            let rows = made.table(table, most, &mut random);
            made.rows.push(rows);
        }
        made
    }

    /// Every table with its rows in the order of keys.
    pub fn tables(&self) -> impl Iterator<Item = (&'static Table, &[Row])> {
        TABLES.iter().zip(self.rows.iter().map(Vec::as_slice))
    }

    /// The rows of a table.
    pub fn rows_of(&self, name: &str) -> &[Row] {
        self.tables().find(|(table, _)| table.name == name).map_or(&[], |(_, rows)| rows)
    }

    /// How far its outbox reaches: its first entry is the oldest that was kept.
    pub fn outbox(&self) -> OutboxEnds {
        let rows = self.rows_of("outbox");
        let seq =
            |row: Option<&Row>| if let Some([Cell::Integer(seq), ..]) = row.map(Vec::as_slice) { *seq } else { 9 };
        let pruned = seq(rows.first()) - i64::from(!rows.is_empty());
        OutboxEnds { pruned: pruned.unsigned_abs(), newest: seq(rows.last()).unsigned_abs() }
    }

    fn table(&self, table: &'static Table, most: u64, random: &mut Random) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        for number in 0..random.below(most + 1) {
            let Some(mut row) = self.row(table, number, random) else { break };
            if table.name == "messages" {
                place(&mut row, &rows, number, random);
            }
            rows.push(row);
        }
        rows.sort_by(|one, two| {
            let orders = one.iter().zip(two).take(table.key).map(|(one, two)| one.order(two));
            orders.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
        });
        rows.dedup_by(|one, two| one[..table.key] == two[..table.key]);
        rows
    }

    /// None when what it must refer to is not there.
    fn row(&self, table: &Table, number: u64, random: &mut Random) -> Option<Row> {
        let cell = |(name, kind): &(&str, CellKind)| {
            let is_optional = *name == "metadata" || OPTIONAL.contains(&format!("{}.{name}", table.name).as_str());
            if is_optional && random.below(3) == 0 {
                return Some(Cell::Null);
            }
            let refers = REFERENCES.iter().find(|(from, column, _)| *from == table.name && column == name);
            match refers.map(|(_, _, to)| self.ids_of(to)) {
                Some(ids) if ids.is_empty() => is_optional.then_some(Cell::Null),
                Some(ids) => Some(Cell::Id(ids[random.index(ids.len())])),
                None => Some(value(*kind, name, number, random)),
            }
        };
        table.columns.iter().map(cell).collect()
    }

    fn ids_of(&self, table: &str) -> Vec<Uuid> {
        let at = if table == "messages" { 2 } else { 0 };
        let id = |row: &Row| if let Cell::Id(id) = row[at] { Some(id) } else { None };
        self.rows_of(table).iter().filter_map(id).collect()
    }
}

/// Gives a message a place and a parent in its conversation, and a foreign id or none.
fn place(message: &mut Row, before: &[Row], number: u64, random: &mut Random) {
    message[1] = Cell::Integer(number as i64 + 1);
    let same: Vec<&Row> = before.iter().filter(|other| other[0] == message[0]).collect();
    let parent = (!same.is_empty() && random.below(4) > 0).then(|| same[random.index(same.len())][2].clone());
    message[4] = parent.unwrap_or(Cell::Null);
    if random.below(2) == 0 {
        (message[14], message[15]) = (Cell::Null, Cell::Null);
    }
}

fn value(kind: CellKind, name: &str, number: u64, random: &mut Random) -> Cell {
    match kind {
        CellKind::Id => Cell::Id(Uuid::from_u64_pair(random.next(), random.next())),
        // from the year 100 to the year 9000
        CellKind::Time => Cell::Time(random.below(280_000_000_000_000_000) as i64 - 59_000_000_000_000_000),
        CellKind::Bytes => Cell::Bytes(bytes(name, random)),
        CellKind::Text => Cell::Text(format!("{}{number}", TEXTS[random.index(TEXTS.len())])),
        CellKind::Integer if name == "seq" => Cell::Integer((number as i64 + 1) << (random.below(2) * 32)),
        CellKind::Integer if name == "kind" => Cell::Integer(random.below(3) as i64 + 1),
        CellKind::Integer => Cell::Integer(random.below(1 << 20) as i64),
        CellKind::Real => Cell::Real(f64::from(random.below(1 << 20) as f32 / 65_536.0)),
        CellKind::Flag => Cell::Flag(random.below(2) == 1),
    }
}

fn bytes(name: &str, random: &mut Random) -> Vec<u8> {
    let length = match name {
        name if name.ends_with("_key") => 16,
        "request_hash" | "token_hash" => 32,
        "key_id" => 4,
        _ => random.below(40) << (random.below(3) * 4),
    };
    (0..length).map(|_| random.next() as u8).collect()
}

/// splitmix64 (Steele, Lea and Flood 2014): small, and the same everywhere for one seed.
#[derive(Debug)]
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub(super) fn index(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }
}
