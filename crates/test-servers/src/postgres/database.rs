//! A database of a test's own on a server that it shares with others.

use std::io;

use super::wire::{Address, Session};
use crate::home::random;

/// An empty database; dropped with the value, whoever is still connected.
#[derive(Debug)]
pub struct Database {
    server: String,
    name: String,
    url: String,
}

impl Database {
    /// Makes one on the server with this URL, such as [`given(POSTGRES)`](crate::given) says.
    pub fn create(server: &str) -> io::Result<Self> {
        let name = format!("test_{:016x}", random());
        let Address { user, server: address, .. } = Address::of(server)?;
        let url = format!("postgresql://{user}@{address}/{name}");
        Session::open(server)?.query(&format!("CREATE DATABASE {name}"))?;
        Ok(Self { server: server.to_owned(), name, url })
    }

    /// Its address: `postgresql://user@host:port/name`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A connection to it.
    pub fn session(&self) -> io::Result<Session> {
        Session::open(&self.url)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // the server may have ended on purpose
        let _ = Session::open(&self.server).and_then(|mut session| session.query(&drop));
    }
}
