use std::{
    io::{ErrorKind, Read},
    net::TcpStream,
    ops::Range,
    os::linux::net::TcpStreamExt as _,
    sync::mpsc::{Receiver, TryRecvError},
    thread,
    time::Duration,
};

use anyhow::{Result, ensure};
use rustix::event::{Timespec, epoll};

use super::{
    http::is_end,
    tokens::{now_us, stamps},
};

/// How long the reader sleeps between two looks; a token seems late by half of it.
const PAUSE: Duration = Duration::from_millis(1);
/// Bytes read at once.
const PIECE: usize = 16 << 10;
/// Sockets looked at at once.
const EVENTS: usize = 1_024;

/// A streamed answer, and what was read of it with its head.
pub(super) type Begun = (TcpStream, Vec<u8>);

/// Reads all streams to their ends; answers the milliseconds from the making of each token to its coming, of those that
/// came within `steady`. One thread, no task for each stream, and no acknowledgement of each token: what the load takes of
/// the processor is missing to who is measured.
pub(super) fn read_all(begun: &Receiver<Begun>, steady: &Range<u64>) -> Result<Vec<f64>> {
    let polled = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let mut streams: Vec<Option<Begun>> = Vec::new();
    let mut events: Vec<epoll::Event> = Vec::with_capacity(EVENTS);
    // one for all: as many as streams would drive what is measured out of the processor's caches
    let mut piece = vec![0; PIECE];
    let (mut delays, mut running, mut more_come) = (Vec::new(), 0, true);
    while more_come || running > 0 {
        thread::sleep(PAUSE);
        loop {
            match begun.try_recv() {
                Ok(stream) => {
                    let data = epoll::EventData::new_u64(streams.len() as u64);
                    epoll::add(&polled, &stream.0, data, epoll::EventFlags::IN | epoll::EventFlags::ET)?;
                    streams.push(Some(stream));
                    running += 1;
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    more_come = false;
                    break;
                }
            }
        }
        events.clear();
        epoll::wait(&polled, rustix::buffer::spare_capacity(&mut events), Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))?;
        for event in &events {
            let place = &mut streams[event.data.u64() as usize];
            if let Some(stream) = place
                && read(stream, &mut piece, steady, &mut delays)?
            {
                *place = None;
                running -= 1;
            }
        }
    }
    Ok(delays)
}

/// Reads what is there. Answers whether the answer has ended.
fn read((socket, rest): &mut Begun, piece: &mut [u8], steady: &Range<u64>, delays: &mut Vec<f64>) -> Result<bool> {
    loop {
        let read = match socket.read(piece) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            read => read?,
        };
        ensure!(read > 0, "a stream was cut off");
        // the system forgets it with the first acknowledgement that it had to send by its own clock
        socket.set_quickack(false)?;
        let now = now_us();
        rest.extend_from_slice(&piece[..read]);
        if let Some(end) = rest.iter().rposition(|byte| *byte == b'\n') {
            let lines = std::str::from_utf8(&rest[..=end])?;
            let ended = is_end(lines);
            ensure!(!ended || !lines.contains("event: error"), "a stream failed: {lines}");
            if steady.contains(&now) && !ended {
                delays.extend(stamps(lines).map(|made| now.saturating_sub(made) as f64 / 1e3));
            }
            rest.drain(..=end);
            if ended {
                return Ok(true);
            }
        }
        // it is told again when more comes
        if read < piece.len() {
            return Ok(false);
        }
    }
}
