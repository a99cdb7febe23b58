//! What `fuzz/` drives: all that reads a file which somebody sends.

use std::io::Cursor;

use jarvis_core::{
    Timestamp,
    ports::{OpenConverseRow, RowKey},
};

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

/// A row of a database of OpenConverse: its first byte chooses the table, 255 stands between its fields.
pub fn row(bytes: &[u8]) {
    let Some((&table, fields)) = bytes.split_first() else { return };
    let mut fields = fields.split(|byte| *byte == 255).map(|field| String::from_utf8_lossy(field).into_owned());
    let mut text = || fields.next().unwrap_or_default();
    let number = |text: String| text.parse().unwrap_or(1);
    let at = |text: String| text.parse().ok().map(Timestamp::from_micros);
    let key = RowKey { id: number(text()), created_at: at(text()) };
    let row = match table % 4 {
        0 => OpenConverseRow::Session { key, name: text(), role: Some(text()), goals: Some(text()) },
        1 => OpenConverseRow::Conversation {
            session: Some(key.clone()),
            key,
            title: Some(text()),
            is_archived: table > 127,
        },
        2 => OpenConverseRow::Message {
            id: key.id,
            at: key.created_at,
            conversation: Some(key),
            role: text(),
            content: text(),
            model: Some(text()),
        },
        _ => {
            OpenConverseRow::Memory { table: OpenConverseRow::DOCUMENTS, key, content: text(), expires_at: at(text()) }
        }
    };
    assert_eq!(foreign::open_converse_row(row).items.len(), 1, "a row is one thing, or a reason why not");
}
