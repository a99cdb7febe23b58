//! Checks every SQL file against the migrated schema, so that a misspelt column fails the build and not a user, and
//! embeds the migrations. The checks: all migrations up, down to nothing, up again; then every `sql/**/*.sql` prepares.

use rusqlite::{Connection, functions::FunctionFlags};
use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

type Outcome<T> = Result<T, Box<dyn Error>>;

struct Migration {
    number: u32,
    name: String,
    up: PathBuf,
    down: PathBuf,
}

fn main() -> Outcome<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    println!("cargo::rerun-if-changed=migrations");
    println!("cargo::rerun-if-changed=sql");
    let migrations = migrations(&root.join("migrations"))?;
    let connection = Connection::open_in_memory()?;
    for direction in ["up", "down", "up"] {
        run_all(&connection, &migrations, direction)?;
    }
    connection.create_scalar_function("title_contains", 2, FunctionFlags::SQLITE_UTF8, |_| Ok(false))?;
    prepare_all(&connection, &root.join("sql"))?;
    embed(&migrations)
}

/// `0001_name.up.sql` with its `0001_name.down.sql`, numbered from 1 without gaps.
fn migrations(folder: &Path) -> Outcome<Vec<Migration>> {
    let mut ups: Vec<PathBuf> =
        list(folder)?.into_iter().filter(|path| path.to_string_lossy().ends_with(".up.sql")).collect();
    ups.sort();
    let mut found = Vec::new();
    for up in ups {
        let file = up.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let stem = file.trim_end_matches(".up.sql");
        let (number, name) = stem.split_once('_').ok_or_else(|| format!("{file}: name it 0001_words.up.sql"))?;
        let number: u32 = number.parse().map_err(|_| format!("{file}: begins with no number"))?;
        if number as usize != found.len() + 1 {
            return Err(format!("{file}: the next number is {:04}", found.len() + 1).into());
        }
        let down = folder.join(format!("{stem}.down.sql"));
        if !down.try_exists()? {
            return Err(format!("{file} has no {stem}.down.sql").into());
        }
        found.push(Migration { number, name: name.to_owned(), up, down });
    }
    Ok(found)
}

fn run_all(connection: &Connection, migrations: &[Migration], direction: &str) -> Outcome<()> {
    let files: Vec<&PathBuf> = match direction {
        "up" => migrations.iter().map(|migration| &migration.up).collect(),
        _ => migrations.iter().rev().map(|migration| &migration.down).collect(),
    };
    for file in files {
        connection.execute_batch(&fs::read_to_string(file)?).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    let left: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if direction == "down" && left != 0 {
        return Err(format!("the down migrations leave {left} tables or indexes behind").into());
    }
    Ok(())
}

fn prepare_all(connection: &Connection, folder: &Path) -> Outcome<()> {
    for path in list(folder)? {
        if path.is_dir() {
            prepare_all(connection, &path)?;
        } else {
            connection.prepare(&fs::read_to_string(&path)?).map_err(|error| format!("{}: {error}", path.display()))?;
        }
    }
    Ok(())
}

fn list(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))? {
        paths.push(entry?.path());
    }
    Ok(paths)
}

fn embed(migrations: &[Migration]) -> Outcome<()> {
    let mut code = String::from("&[\n");
    for Migration { number, name, up, down } in migrations {
        let (up, down) = (up.display().to_string(), down.display().to_string());
        writeln!(
            code,
            "Migration {{ number: {number}, name: {name:?}, up: include_str!({up:?}), down: include_str!({down:?}) }},"
        )?;
    }
    code.push(']');
    let target = PathBuf::from(env::var("OUT_DIR")?).join("migrations.rs");
    write_file(&target, &code).map_err(|error| format!("{}: {error}", target.display()).into())
}

/// Half a file cannot be built: a build that dies here runs this again.
#[expect(clippy::disallowed_methods, reason = "the error names the path and nobody reads the file before it is whole")]
fn write_file(target: &Path, code: &str) -> std::io::Result<()> {
    fs::write(target, code)
}
