//! What the command line hears from a server.
#![no_main]

#[path = "../../crates/jarvis/src/events.rs"]
mod events;

use events::EventParser;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&size, stream)) = data.split_first() else { return };
    let pieces = heard(stream.chunks(usize::from(size) + 1));
    assert_eq!(heard([stream]), pieces, "pieces change what is heard");
});

/// The events up to the first that cannot be read.
fn heard<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<(String, String)> {
    let (mut parser, mut heard) = (EventParser::default(), Vec::new());
    for piece in pieces {
        parser.push(piece);
        loop {
            match parser.next() {
                Ok(Some(event)) => heard.push((event.name, event.data)),
                Ok(None) => break,
                Err(_) => return heard,
            }
        }
    }
    heard
}
