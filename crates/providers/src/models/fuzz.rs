//! What `fuzz/` drives: what model servers answer.

use super::streaming::Decoder;

/// Both ways to cut a stream must give the same events; the first byte is the size of the pieces.
pub(super) fn stream<D: Decoder + Default>(bytes: &[u8]) {
    let Some((&size, stream)) = bytes.split_first() else { return };
    let whole = told::<D>([stream]);
    let pieces = told::<D>(stream.chunks(usize::from(size) + 1));
    assert_eq!(whole, pieces, "pieces change what a stream says");
}

fn told<'a, D: Decoder + Default>(pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut decoder = D::default();
    let mut told = String::new();
    let mut take = |decoder: &mut D| loop {
        match decoder.next() {
            Ok(Some(event)) => told.push_str(&format!("{event:?}")),
            Ok(None) => break true,
            Err(_) => break false,
        }
    };
    for piece in pieces {
        decoder.push(piece);
        if !take(&mut decoder) {
            return told;
        }
    }
    decoder.close();
    // a closed stream ends with its last event or a trouble, so that it is not asked for ever
    for _ in 0..4 {
        match decoder.next() {
            Ok(Some(event)) => told.push_str(&format!("{event:?}")),
            Ok(None) | Err(_) => break,
        }
    }
    told
}
