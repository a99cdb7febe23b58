//! Between SQLite's values and cells. The statements are made from the list of tables, which a test holds against the schema.

use jarvis_core::{
    ErrorKind,
    ports::transfer::{Cell, CellKind, Portion, Row, Table},
};
use rusqlite::{
    Connection, ToSql, params_from_iter,
    types::{ToSqlOutput, Value, ValueRef},
};
use uuid::Uuid;

use crate::error::{Attempt, Failure};

/// The rows of a table behind `after`.
pub(crate) fn read(
    connection: &Connection,
    table: &Table,
    after: Option<&[Cell]>,
    portion: Portion,
) -> Attempt<Vec<Row>> {
    let (columns, key) = (names(table.columns), names(table.key_columns()));
    let behind = after.map_or_else(String::new, |_| format!("WHERE ({key}) > ({})", places(table.key)));
    let sql = format!("SELECT {columns} FROM {} {behind} ORDER BY {key} LIMIT {}", table.name, portion.rows);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut found = statement.query(params_from_iter(after.unwrap_or_default().iter().map(Bound)))?;
    let (mut rows, mut bytes) = (Vec::new(), 0);
    while bytes < portion.bytes
        && let Some(row) = found.next()?
    {
        let cells: Row = (table.columns.iter().enumerate())
            .map(|(index, (_, kind))| cell(*kind, row.get_ref(index)?))
            .collect::<Attempt<_>>()?;
        bytes += cells.iter().map(Cell::size).sum::<usize>();
        rows.push(cells);
    }
    Ok(rows)
}

/// The key of the last row of a table.
pub(super) fn last_key(connection: &Connection, table: &Table) -> Attempt<Option<Vec<Cell>>> {
    let key = table.key_columns();
    let backwards: Vec<String> = key.iter().map(|(name, _)| format!("{name} DESC")).collect();
    let sql = format!("SELECT {} FROM {} ORDER BY {} LIMIT 1", names(key), table.name, backwards.join(", "));
    let mut statement = connection.prepare_cached(&sql)?;
    let mut found = statement.query([])?;
    let Some(row) = found.next()? else { return Ok(None) };
    key.iter().enumerate().map(|(index, (_, kind))| cell(*kind, row.get_ref(index)?)).collect::<Attempt<_>>().map(Some)
}

/// Puts rows into a table, unless their keys are there.
pub(super) fn write(connection: &Connection, table: &Table, rows: &[Row]) -> Attempt<()> {
    let sql = format!(
        "INSERT INTO {} ({}) VALUES ({}) ON CONFLICT ({}) DO NOTHING",
        table.name,
        names(table.columns),
        places(table.columns.len()),
        names(table.key_columns()),
    );
    let mut statement = connection.prepare_cached(&sql)?;
    for row in rows {
        statement.execute(params_from_iter(row.iter().map(Bound)))?;
    }
    Ok(())
}

fn names(columns: &[(&str, CellKind)]) -> String {
    columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

fn places(count: usize) -> String {
    vec!["?"; count].join(", ")
}

fn cell(kind: CellKind, value: ValueRef<'_>) -> Attempt<Cell> {
    Ok(match (kind, value) {
        (_, ValueRef::Null) => Cell::Null,
        (CellKind::Id, ValueRef::Blob(bytes)) => Cell::Id(Uuid::from_slice(bytes).map_err(|_| unknown())?),
        (CellKind::Bytes, ValueRef::Blob(bytes)) => Cell::Bytes(bytes.to_vec()),
        (CellKind::Text, ValueRef::Text(bytes)) => {
            Cell::Text(std::str::from_utf8(bytes).map_err(|_| unknown())?.to_owned())
        }
        (CellKind::Time, ValueRef::Integer(micros)) => Cell::Time(micros),
        (CellKind::Integer, ValueRef::Integer(value)) => Cell::Integer(value),
        (CellKind::Flag, ValueRef::Integer(value)) => Cell::Flag(value != 0),
        (CellKind::Real, ValueRef::Real(value)) => Cell::Real(value),
        (CellKind::Real, ValueRef::Integer(value)) => Cell::Real(value as f64),
        _ => return Err(unknown()),
    })
}

/// A cell as it is bound.
pub(crate) struct Bound<'a>(pub(crate) &'a Cell);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Cell::Null => ToSqlOutput::Owned(Value::Null),
            Cell::Id(id) => ToSqlOutput::Borrowed(ValueRef::Blob(id.as_bytes())),
            Cell::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Cell::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Cell::Time(value) | Cell::Integer(value) => ToSqlOutput::Owned(Value::Integer(*value)),
            Cell::Flag(value) => ToSqlOutput::Owned(Value::Integer(i64::from(*value))),
            Cell::Real(value) => ToSqlOutput::Owned(Value::Real(*value)),
        })
    }
}

fn unknown() -> Failure {
    ErrorKind::Corrupt.error("the store holds a value that it never wrote; run `jarvis doctor`").into()
}
