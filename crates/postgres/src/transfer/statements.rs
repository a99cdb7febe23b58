//! Statements made from a table's columns.

use jarvis_core::ports::{
    SealedTable,
    transfer::{CellKind, Portion, Table},
};

/// A column as this store names it.
fn column(table: &Table, name: &'static str) -> &'static str {
    if table.name == "outbox" && name == "seq" { "position" } else { name }
}

fn names(table: &Table, columns: &[(&'static str, CellKind)]) -> String {
    columns.iter().map(|(name, _)| column(table, name)).collect::<Vec<_>>().join(", ")
}

fn type_of(kind: CellKind) -> &'static str {
    match kind {
        CellKind::Id => "uuid",
        CellKind::Time => "timestamptz",
        CellKind::Bytes => "bytea",
        CellKind::Text => "text",
        CellKind::Integer => "bigint",
        CellKind::Real => "double precision",
        CellKind::Flag => "boolean",
    }
}

pub(crate) fn count(table: &Table) -> String {
    format!("SELECT count(*) FROM {}", table.name)
}

/// The rows behind a key, which is bound, until they have more than the bytes of `portion`: each comes with what those before it
/// have, so that none is sent that is not wanted.
pub(crate) fn read(table: &Table, is_behind: bool, portion: Portion) -> String {
    let key = names(table, table.key_columns());
    let places: Vec<String> = (1..=table.key).map(|place| format!("${place}")).collect();
    let behind = if is_behind { format!("WHERE ({key}) > ({})", places.join(", ")) } else { String::new() };
    let sizes = table.columns.iter().map(|(name, kind)| match kind {
        CellKind::Bytes | CellKind::Text => format!("coalesce(octet_length({}), 0)", column(table, name)),
        _ => "0".to_owned(),
    });
    let size = sizes.filter(|size| size != "0").chain(["64".to_owned()]).collect::<Vec<_>>().join(" + ");
    let shown: Vec<String> = table
        .columns
        .iter()
        .map(|(name, kind)| match kind {
            CellKind::Integer | CellKind::Real => format!("{}::{}", column(table, name), type_of(*kind)),
            _ => column(table, name).to_owned(),
        })
        .collect();
    let (shown, name, rows, bytes) = (shown.join(", "), table.name, portion.rows, portion.bytes);
    format!(
        "SELECT {shown} FROM (
            SELECT *, sum(size) OVER (ORDER BY {key} ROWS UNBOUNDED PRECEDING) - size AS before
            FROM (SELECT *, {size} AS size FROM {name} {behind} ORDER BY {key} LIMIT {rows}) next
        ) sized
        WHERE before < {bytes}
        ORDER BY {key}"
    )
}

pub(super) fn last_key(table: &Table) -> String {
    let key = table.key_columns();
    let shown: Vec<String> =
        key.iter().map(|(name, kind)| format!("{}::{}", column(table, name), type_of(*kind))).collect();
    let backwards: Vec<String> = key.iter().map(|(name, _)| format!("{} DESC", column(table, name))).collect();
    format!("SELECT {} FROM {} ORDER BY {} LIMIT 1", shown.join(", "), table.name, backwards.join(", "))
}

/// Rows from arrays, one for each column.
pub(super) fn write(table: &Table) -> String {
    let arrays: Vec<String> =
        table.columns.iter().enumerate().map(|(at, (_, kind))| format!("${}::{}[]", at + 1, type_of(*kind))).collect();
    format!(
        "INSERT INTO {} ({}) SELECT * FROM unnest({}) ON CONFLICT ({}) DO NOTHING",
        table.name,
        names(table, table.columns),
        arrays.join(", "),
        names(table, table.key_columns()),
    )
}

/// New values for the sealed columns of one row, unless any of them was changed: first the new ones, then the row as it was read.
pub(crate) fn replace(SealedTable { table, sealed }: &SealedTable) -> String {
    let set: Vec<String> = sealed
        .iter()
        .enumerate()
        .map(|(place, (at, ..))| format!("{} = ${}", table.columns[*at].0, place + 1))
        .collect();
    let place = |at: usize| sealed.len() + at + 1;
    let same: Vec<String> = table
        .columns
        .iter()
        .enumerate()
        .map(|(at, (name, kind))| {
            let as_read = format!("${}::{}", place(at), type_of(*kind));
            if at < table.key {
                format!("{name} = {as_read}")
            } else {
                format!("{name} IS NOT DISTINCT FROM {as_read}")
            }
        })
        .collect();
    format!("UPDATE {} SET {} WHERE {}", table.name, set.join(", "), same.join(" AND "))
}
