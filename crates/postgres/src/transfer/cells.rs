//! Between PostgreSQL's values and cells.

use chrono::{DateTime, Utc};
use jarvis_core::{
    ErrorKind,
    ports::transfer::{Cell, CellKind, Row, Table},
};
use sqlx::{
    Postgres, Row as _,
    postgres::{PgArguments, PgRow},
    query::Query,
};
use uuid::Uuid;

use crate::error::{Attempt, Failure};

pub(crate) type Asked<'q> = Query<'q, Postgres, PgArguments>;

/// The first columns of a row.
pub(crate) fn row(columns: &[(&str, CellKind)], row: &PgRow) -> Attempt<Row> {
    columns.iter().enumerate().map(|(at, (_, kind))| cell(*kind, row, at)).collect()
}

fn cell(kind: CellKind, row: &PgRow, at: usize) -> Attempt<Cell> {
    let cell = match kind {
        CellKind::Id => row.try_get::<Option<Uuid>, _>(at)?.map(Cell::Id),
        CellKind::Time => row.try_get::<Option<DateTime<Utc>>, _>(at)?.map(|at| Cell::Time(at.timestamp_micros())),
        CellKind::Bytes => row.try_get::<Option<Vec<u8>>, _>(at)?.map(Cell::Bytes),
        CellKind::Text => row.try_get::<Option<String>, _>(at)?.map(Cell::Text),
        CellKind::Integer => row.try_get::<Option<i64>, _>(at)?.map(Cell::Integer),
        CellKind::Real => row.try_get::<Option<f64>, _>(at)?.map(Cell::Real),
        CellKind::Flag => row.try_get::<Option<bool>, _>(at)?.map(Cell::Flag),
    };
    Ok(cell.unwrap_or(Cell::Null))
}

/// Binds the cells of a key.
pub(crate) fn bind_key(query: Asked<'_>, key: Vec<Cell>) -> Attempt<Asked<'_>> {
    key.into_iter().try_fold(query, |query, cell| {
        Ok(match cell {
            Cell::Id(id) => query.bind(id),
            Cell::Time(micros) => query.bind(moment(micros)?),
            Cell::Bytes(bytes) => query.bind(bytes),
            Cell::Text(text) => query.bind(text),
            Cell::Integer(value) => query.bind(value),
            Cell::Null | Cell::Real(_) | Cell::Flag(_) => return Err(unfit()),
        })
    })
}

/// Binds the cells of a row, absent ones included.
pub(crate) fn bind_row(query: Asked<'_>, kinds: impl Iterator<Item = CellKind>, row: Row) -> Attempt<Asked<'_>> {
    kinds.zip(row).try_fold(query, |query, (kind, cell)| {
        Ok(match (kind, cell) {
            (CellKind::Bytes, Cell::Null) => query.bind(None::<Vec<u8>>),
            (CellKind::Text, Cell::Null) => query.bind(None::<String>),
            (_, cell) => bind_key(query, vec![cell])?,
        })
    })
}

/// Binds an array for each column.
pub(super) fn bind_columns<'q>(query: Asked<'q>, table: &Table, rows: Vec<Row>) -> Attempt<Asked<'q>> {
    let mut columns: Vec<Vec<Cell>> = table.columns.iter().map(|_| Vec::with_capacity(rows.len())).collect();
    for row in rows {
        for (column, cell) in columns.iter_mut().zip(row) {
            column.push(cell);
        }
    }
    columns.into_iter().zip(table.columns).try_fold(query, |query, (cells, (_, kind))| {
        Ok(match kind {
            CellKind::Id => query.bind(values(cells, |cell| if let Cell::Id(id) = cell { Some(id) } else { None })?),
            CellKind::Time => query.bind(values(cells, |cell| match cell {
                Cell::Time(micros) => moment(micros).ok(),
                _ => None,
            })?),
            CellKind::Bytes => {
                query.bind(values(cells, |cell| if let Cell::Bytes(bytes) = cell { Some(bytes) } else { None })?)
            }
            CellKind::Text => {
                query.bind(values(cells, |cell| if let Cell::Text(text) = cell { Some(text) } else { None })?)
            }
            CellKind::Integer => {
                query.bind(values(cells, |cell| if let Cell::Integer(value) = cell { Some(value) } else { None })?)
            }
            CellKind::Real => {
                query.bind(values(cells, |cell| if let Cell::Real(value) = cell { Some(value) } else { None })?)
            }
            CellKind::Flag => {
                query.bind(values(cells, |cell| if let Cell::Flag(value) = cell { Some(value) } else { None })?)
            }
        })
    })
}

/// The values of a column, absent ones included; refused when one is of another kind.
fn values<T>(cells: Vec<Cell>, value: impl Fn(Cell) -> Option<T>) -> Attempt<Vec<Option<T>>> {
    let one = |cell| match cell {
        Cell::Null => Ok(None),
        cell => value(cell).map(Some).ok_or_else(unfit),
    };
    cells.into_iter().map(one).collect()
}

fn moment(micros: i64) -> Attempt<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros).ok_or_else(unfit)
}

fn unfit() -> Failure {
    ErrorKind::Corrupt.error("the source holds a value that does not belong there; run `jarvis doctor` on it").into()
}
