//! As much of PostgreSQL's protocol as tests need to look after a server: simple queries, without a password.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// A row: the columns as text, `None` where they are null.
pub type Row = Vec<Option<String>>;

/// A connection to one database.
#[derive(Debug)]
pub struct Session(TcpStream);

impl Session {
    /// Connects to `postgresql://user@host:port/database`; the server must trust us.
    pub fn open(url: &str) -> io::Result<Self> {
        let Address { user, server, database } = Address::of(url)?;
        let stream = TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_mins(1)))?;
        let mut startup = 196_608_u32.to_be_bytes().to_vec();
        for word in ["user", user, "database", database, ""] {
            startup.extend_from_slice(word.as_bytes());
            startup.push(0);
        }
        let mut session = Self(stream);
        session.0.write_all(&length(&startup)?)?;
        session.0.write_all(&startup)?;
        session.until_ready()?;
        Ok(session)
    }

    /// Runs statements; the rows of all of them, or the first error.
    pub fn query(&mut self, sql: &str) -> io::Result<Vec<Row>> {
        let mut body = sql.as_bytes().to_vec();
        body.push(0);
        self.0.write_all(b"Q")?;
        self.0.write_all(&length(&body)?)?;
        self.0.write_all(&body)?;
        self.until_ready()
    }

    /// Runs statements of which the first column of the first row is the answer.
    pub fn value(&mut self, sql: &str) -> io::Result<String> {
        let row = self.query(sql)?.into_iter().next();
        row.and_then(|row| row.into_iter().next().flatten())
            .ok_or_else(|| io::Error::other(format!("`{sql}`: no value")))
    }

    fn until_ready(&mut self) -> io::Result<Vec<Row>> {
        let mut rows = Vec::new();
        let mut failure = None;
        loop {
            let (kind, body) = match self.message() {
                Ok(message) => message,
                // a server that refuses a connection ends it after it has said why
                Err(error) => return Err(failure.unwrap_or(error)),
            };
            match kind {
                b'Z' => return failure.map_or(Ok(rows), Err),
                b'R' if body != [0; 4] => return Err(io::Error::other("the server asks for a password")),
                b'D' => rows.push(row(&body).ok_or_else(|| io::Error::other("a row that cannot be read"))?),
                b'E' => failure = failure.or(Some(io::Error::other(message_of(&body)))),
                _ => {}
            }
        }
    }

    fn message(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let mut head = [0; 5];
        self.0.read_exact(&mut head)?;
        let [kind, length @ ..] = head;
        let mut body = vec![0; (u32::from_be_bytes(length) as usize).saturating_sub(4)];
        self.0.read_exact(&mut body)?;
        Ok((kind, body))
    }
}

fn length(body: &[u8]) -> io::Result<[u8; 4]> {
    let length = u32::try_from(body.len() + 4).map_err(io::Error::other)?;
    Ok(length.to_be_bytes())
}

fn row(body: &[u8]) -> Option<Row> {
    let (count, mut rest) = body.split_first_chunk::<2>()?;
    let mut row = Vec::new();
    for _ in 0..u16::from_be_bytes(*count) {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length);
        if length == u32::MAX {
            row.push(None);
            rest = after;
            continue;
        }
        let (value, after) = after.split_at_checked(length as usize)?;
        row.push(Some(String::from_utf8_lossy(value).into_owned()));
        rest = after;
    }
    Some(row)
}

/// `SQLSTATE: message` of the fields of an error.
fn message_of(body: &[u8]) -> String {
    let field = |kind: u8| {
        let field = body.split(|byte| *byte == 0).find(|field| field.first() == Some(&kind));
        String::from_utf8_lossy(field.map_or(&[][..], |field| &field[1..])).into_owned()
    };
    format!("{}: {}", field(b'C'), field(b'M'))
}

/// What a URL says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Address<'a> {
    pub(super) user: &'a str,
    /// `host:port`.
    pub(super) server: &'a str,
    pub(super) database: &'a str,
}

impl<'a> Address<'a> {
    pub(super) fn of(url: &'a str) -> io::Result<Self> {
        let rest = url.strip_prefix("postgresql://").or_else(|| url.strip_prefix("postgres://"));
        let parts = rest.and_then(|rest| rest.split('?').next()).and_then(|rest| {
            let (user, rest) = rest.split_once('@')?;
            let (server, database) = rest.split_once('/')?;
            Some(Self { user: user.split(':').next()?, server, database })
        });
        parts.ok_or_else(|| io::Error::other("the address of a test server is postgresql://USER@HOST:PORT/DATABASE"))
    }
}
