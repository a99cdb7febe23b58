//! Ports that nobody listens on.

use std::io;
use std::net::TcpListener;

use crate::home::random;

/// Below what systems hand out by themselves, so that no outgoing connection takes one meanwhile.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;
/// A node of Redis Cluster talks to the others on its port and this.
const BUS: u16 = 10_000;

/// How often a start is tried again: another process may take the port in between.
pub(crate) const ATTEMPTS: usize = 5;

/// A free port of 127.0.0.1; the one 10 000 above it is free too, as nodes of Redis Cluster want it.
pub fn free() -> io::Result<u16> {
    for _ in 0..1_000 {
        let port = FIRST + (random() % u64::from(COUNT)) as u16;
        if is_free(port) && is_free(port + BUS) {
            return Ok(port);
        }
    }
    Err(io::Error::other("no free port was found"))
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

/// Tries again with another port when the start fails.
pub(crate) fn with_port<T>(start: impl Fn(u16) -> io::Result<T>) -> io::Result<T> {
    let mut last = Err(io::Error::other("not tried"));
    for _ in 0..ATTEMPTS {
        last = start(free()?);
        let taken = |error: &io::Error| error.to_string().to_lowercase().contains("address already in use");
        if !last.as_ref().is_err_and(taken) {
            break;
        }
    }
    last
}
