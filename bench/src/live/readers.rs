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
/// Pauses between two looks at a stream that is not watched: what comes meanwhile waits in the system's buffers.
const ROUND: usize = 250;

/// A streamed answer, and what was read of it with its head.
pub(super) type Begun = (TcpStream, Vec<u8>);

/// Reads all streams to their ends; answers the milliseconds from the making of each token to its coming, of those that
/// came within `steady` on every `nth` stream. The others are emptied four times a second: the reader is on the processor of
/// who is measured, where a thousand people would not be. One thread, no task for each stream, and no acknowledgement of each
/// token for the same reason.
pub(super) fn read_all(begun: &Receiver<Begun>, steady: &Range<u64>, nth: usize) -> Result<Vec<f64>> {
    let polled = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let mut streams: Vec<Option<Begun>> = Vec::new();
    let mut round = 0;
    let mut events: Vec<epoll::Event> = Vec::with_capacity(EVENTS);
    // one for all: as many as streams would drive what is measured out of the processor's caches
    let mut piece = vec![0; PIECE];
    let (mut delays, mut running, mut more_come) = (Vec::new(), 0, true);
    while more_come || running > 0 {
        thread::sleep(PAUSE);
        loop {
            match begun.try_recv() {
                Ok(stream) => {
                    if streams.len().is_multiple_of(nth) {
                        let data = epoll::EventData::new_u64(streams.len() as u64);
                        epoll::add(&polled, &stream.0, data, epoll::EventFlags::IN | epoll::EventFlags::ET)?;
                    }
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
        let watched = events.iter().map(|event| event.data.u64() as usize);
        let others = (round..streams.len()).step_by(ROUND).filter(|number| !number.is_multiple_of(nth));
        for number in watched.chain(others) {
            let place = &mut streams[number];
            let watching = number.is_multiple_of(nth).then_some(&mut delays);
            if let Some(stream) = place
                && read(stream, &mut piece, steady, watching)?
            {
                *place = None;
                running -= 1;
            }
        }
        round = (round + 1) % ROUND;
    }
    Ok(delays)
}

/// Reads what is there. Answers whether the answer has ended.
fn read(
    (socket, rest): &mut Begun,
    piece: &mut [u8],
    steady: &Range<u64>,
    mut delays: Option<&mut Vec<f64>>,
) -> Result<bool> {
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
            if let Some(delays) = &mut delays
                && steady.contains(&now)
                && !ended
            {
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
