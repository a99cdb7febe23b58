//! A TCP proxy whose target can be changed while clients go on: what moves when a standby is promoted.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Listens on 127.0.0.1 and passes on every connection; ends with the value.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    /// `None` refuses: a connection is accepted and closed.
    target: Mutex<Option<u16>>,
    open: Mutex<Vec<TcpStream>>,
    ended: AtomicBool,
}

impl Proxy {
    /// Starts it, passing on to this port of 127.0.0.1.
    pub fn start(target: u16) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let state = Arc::new(State {
            target: Mutex::new(Some(target)),
            open: Mutex::new(Vec::new()),
            ended: AtomicBool::new(false),
        });
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if shared.ended.load(Ordering::SeqCst) {
                    return;
                }
                // a target that is away costs the client its connection, as it would without us
                let _ = shared.pass_on(&client);
            }
        });
        Ok(Self { port, state })
    }

    /// Where it listens on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Ends every connection; new ones go to this port, or nowhere.
    pub fn turn_to(&self, target: Option<u16>) {
        *lock(&self.state.target) = target;
        self.cut();
    }

    /// Ends every connection; new ones go where they went.
    pub fn cut(&self) {
        for stream in lock(&self.state.open).drain(..) {
            // it may have ended already
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.state.ended.store(true, Ordering::SeqCst);
        self.cut();
        // wakes the listener
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

impl State {
    fn pass_on(&self, client: &TcpStream) -> io::Result<()> {
        // held until both ends are noted: `turn_to` misses none
        let target = lock(&self.target);
        let Some(port) = *target else { return Ok(()) };
        let server = TcpStream::connect(("127.0.0.1", port))?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        lock(&self.open).extend([client.try_clone()?, server.try_clone()?]);
        for (from, to) in [(client.try_clone()?, server.try_clone()?), (server, client.try_clone()?)] {
            thread::spawn(move || {
                let (mut from, mut to) = (from, to);
                let _ = io::copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Both);
                let _ = from.shutdown(Shutdown::Both);
            });
        }
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
