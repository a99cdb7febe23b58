//! What `fuzz/` drives: all that reads a file which somebody sends.

use std::io::Cursor;

use super::{
    ImportFormat, archive,
    elements::{Elements, Text},
    foreign, item,
    lines::Lines,
    sniff::sniff,
};

/// Small enough that what is too long is met as well.
const LONGEST: usize = 1_024;

/// A file that arrives in pieces; its first byte chooses format and size of the pieces.
pub fn import(bytes: &[u8]) {
    let Some((&choice, file)) = bytes.split_first() else { return };
    let format = ImportFormat::ALL.get(usize::from(choice) % (ImportFormat::ALL.len() + 1)).copied();
    sniff(file, false, format);
    sniff(file, true, format);
    let (mut lines, mut elements) = (Lines::new(LONGEST), Elements::new(LONGEST));
    for piece in file.chunks(usize::from(choice / 8) + 1) {
        let (mut of_lines, mut of_elements) = (piece, piece);
        while let Some(line) = lines.next(&mut of_lines) {
            let _ = line.text.map(|text| item::parse(&text));
        }
        while let Some(element) = elements.next(&mut of_elements) {
            if let Text::Whole(text) = element.text {
                foreign::parse(&text, format);
            }
        }
    }
    lines.finish();
    elements.finish();
    let _ = item::parse(file);
    foreign::parse(file, format);
}

/// A zip.
pub fn zip(bytes: &[u8]) {
    let _ = archive::walk(Cursor::new(bytes), None, &mut |_| true);
}
