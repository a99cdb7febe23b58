//! The files of a zip that hold conversations, read one after the other. Nothing is ever written under their names.

use std::io::{self, Read, Seek, SeekFrom};

use jarvis_core::{Error, ErrorKind, Result};
use zip::{ZipArchive, result::ZipError};

use super::{
    ImportFormat,
    item::{self, Reason},
    sniff::{Kind, sniff},
    spooled::Event,
};

/// Bytes read at once.
const PIECE: usize = 64 * 1024;
/// Files in an archive at most, and bytes of their directory: all of it is held in memory.
const MAX_FILES: u64 = 200_000;
const MAX_DIRECTORY: u64 = 64 << 20;
/// Bytes that may come out of an archive: so many, and so many times its size.
const MAX_UNPACKED: (u64, u64) = (64 << 20, 100);
/// Length of the record at the end of an archive, and of the longest comment behind it.
const END: u64 = 22 + 0xffff;

/// Tells what an archive holds, until `tell` wants no more of it.
pub(super) fn walk(
    mut file: impl Read + Seek,
    format: Option<ImportFormat>,
    tell: &mut dyn FnMut(Event) -> bool,
) -> Result<()> {
    let size = file.seek(SeekFrom::End(0)).map_err(broken)?;
    check_directory(&mut file, size).map_err(broken)??;
    let mut archive = ZipArchive::new(file).map_err(broken)?;
    let Choice { taken, left, others } = choose(&archive);
    let mut budget = MAX_UNPACKED.0 + size.saturating_mul(MAX_UNPACKED.1);
    for (name, index) in taken {
        let told = match archive.by_index(index) {
            Ok(entry) => unpack(entry, &name, format, &mut budget, tell),
            Err(error) => Err(refusal(&error)),
        };
        match told {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(reason) => {
                if !tell(Event::Skip { name, reason }) {
                    return Ok(());
                }
            }
        }
    }
    for name in left {
        tell(Event::Left { what: format!("{name}, which holds no conversations"), count: 1 });
    }
    if others > 0 {
        tell(Event::Left { what: "files that hold no conversations".to_owned(), count: others });
    }
    Ok(())
}

/// Tells the bytes of one file; answers whether more is wanted.
fn unpack(
    mut entry: impl Read,
    name: &str,
    format: Option<ImportFormat>,
    budget: &mut u64,
    tell: &mut dyn FnMut(Event) -> bool,
) -> Result<bool, Reason> {
    let head = piece(&mut entry, budget)?;
    let Some(kind @ (Kind::Lines | Kind::Elements)) = sniff(&head, true, format) else {
        return Err("it is no JSON with conversations".into());
    };
    if !tell(Event::Begin { name: name.to_owned(), kind }) || !tell(Event::Piece(head)) {
        return Ok(false);
    }
    loop {
        let piece = match piece(&mut entry, budget) {
            Ok(piece) => piece,
            Err(reason) => {
                // what came before is told to its end, and then that more should have come
                tell(Event::End);
                return Err(reason);
            }
        };
        if piece.is_empty() {
            return Ok(tell(Event::End));
        }
        if !tell(Event::Piece(piece)) {
            return Ok(false);
        }
    }
}

/// The next bytes of a file; none at its end.
fn piece(entry: &mut impl Read, budget: &mut u64) -> Result<Vec<u8>, Reason> {
    let mut piece = Vec::new();
    let read = entry.take(PIECE as u64).read_to_end(&mut piece);
    read.map_err(|_| Reason::from("it is damaged from here on; get the archive again"))?;
    *budget = budget.checked_sub(piece.len() as u64).ok_or("it unpacks to far more than the archive has")?;
    Ok(piece)
}

/// Which files are read.
#[derive(Debug, Default, PartialEq, Eq)]
struct Choice {
    /// Name and number, in the order of their names.
    taken: Vec<(String, usize)>,
    /// JSON files that are not read.
    left: Vec<String>,
    /// How many others there are.
    others: u64,
}

fn choose<R: Read + Seek>(archive: &ZipArchive<R>) -> Choice {
    let names = archive.file_names_raw().enumerate();
    choice(names.map(|(index, name)| (String::from_utf8_lossy(name).into_owned(), index)).collect())
}

fn choice(names: Vec<(String, usize)>) -> Choice {
    let mut choice = Choice::default();
    let mut possible = Vec::new();
    let (mut has_conversations, mut has_memories) = (false, false);
    for (name, index) in names {
        let base = name.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
        let is_json = [".json", ".jsonl", ".ndjson"].iter().any(|end| base.ends_with(end));
        if base.is_empty() {
            continue;
        }
        // what macOS keeps beside each file
        if !is_json || base.starts_with("._") {
            choice.others += 1;
            continue;
        }
        has_conversations |= base.starts_with("conversations");
        has_memories |= base == "memories.json";
        possible.push((item::quoted(&name), base, index));
    }
    for (name, base, index) in possible {
        let is_taken = if has_conversations {
            base.starts_with("conversations") || (has_memories && base == "memories.json")
        } else {
            !OTHERS.contains(&base.as_str())
        };
        if is_taken { choice.taken.push((name, index)) } else { choice.left.push(name) }
    }
    choice.taken.sort();
    choice.left.sort();
    choice
}

/// What the programs put beside conversations.
const OTHERS: [&str; 6] =
    ["user.json", "users.json", "projects.json", "message_feedback.json", "model_comparisons.json", "manifest.json"];

/// Refuses an archive whose directory alone would fill the memory. Every record that could be its end is looked at.
fn check_directory(file: &mut (impl Read + Seek), size: u64) -> io::Result<Result<()>> {
    file.seek(SeekFrom::Start(size.saturating_sub(END + 20)))?;
    let mut tail = Vec::new();
    file.take(END + 20).read_to_end(&mut tail)?;
    for at in 0..tail.len().saturating_sub(21) {
        if !tail[at..].starts_with(b"PK\x05\x06") {
            continue;
        }
        let (mut files, mut directory) = (number(&tail, at + 10, 2), number(&tail, at + 12, 4));
        let locator = at.checked_sub(20).filter(|start| tail[*start..].starts_with(b"PK\x06\x07"));
        if let Some(start) = locator {
            file.seek(SeekFrom::Start(number(&tail, start + 8, 8)))?;
            let mut record = Vec::new();
            file.take(56).read_to_end(&mut record)?;
            if record.len() == 56 {
                (files, directory) = (files.max(number(&record, 32, 8)), directory.max(number(&record, 40, 8)));
            }
        }
        let is_large = locator.is_some() && (files == 0xffff || directory == 0xffff_ffff);
        if is_large || files > MAX_FILES || (directory > MAX_DIRECTORY && directory != 0xffff_ffff) {
            return Ok(Err(ErrorKind::TooLarge.error(format!(
                "the archive has more than {MAX_FILES} files; unpack it and import the files with conversations"
            ))));
        }
    }
    file.seek(SeekFrom::Start(0))?;
    Ok(Ok(()))
}

/// A little-endian number of `length` bytes.
fn number(bytes: &[u8], at: usize, length: usize) -> u64 {
    bytes[at..at + length].iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn refusal(error: &ZipError) -> Reason {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => "it is encrypted; unpack it first".into(),
        ZipError::UnsupportedArchive(_) => "it is packed in a way that is not known; unpack it first".into(),
        _ => "it is damaged; get the archive again".into(),
    }
}

fn broken(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    unreadable().with_source(cause)
}

pub(super) fn unreadable() -> Error {
    ErrorKind::Malformed.error("the archive cannot be read; it is damaged or a part is missing, get it again")
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use proptest::prelude::*;
    use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        for (name, bytes) in files {
            writer.start_file(*name, options).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    /// What is told, as text: `name{…}` for a file that was read, `-name: reason`, and how many bytes came in all.
    fn told(bytes: &[u8]) -> Result<(Vec<String>, usize)> {
        let mut told: Vec<String> = Vec::new();
        let mut came = 0;
        walk(Cursor::new(bytes), None, &mut |event| {
            match event {
                Event::Begin { name, .. } => told.push(format!("{name}{{")),
                Event::Piece(piece) => came += piece.len(),
                Event::End => told.push("}".to_owned()),
                Event::Skip { name, reason } => told.push(format!("-{name}: {reason}")),
                Event::Left { what, count } => told.push(format!("{count} {what}")),
                Event::Rows(_) => panic!("an archive has no rows"),
            }
            true
        })?;
        Ok((told, came))
    }

    #[test]
    fn conversations_are_read_in_order_and_others_left() {
        let files: [(&str, &[u8]); 7] = [
            ("x/conversations-001.json", b"[{}]"),
            ("x/conversations-000.json", b"[{}]"),
            ("../../etc/conversations.json", b"[{}]"),
            ("x/user.json", b"{}"),
            ("x/photo.png", b"PNG"),
            ("__MACOSX/x/._conversations.json", b"junk"),
            ("x/conversations-002.json", b"<html>"),
        ];
        let (told, came) = told(&archive(&files)).unwrap();
        let expected = [
            "../../etc/conversations.json{",
            "}",
            "x/conversations-000.json{",
            "}",
            "x/conversations-001.json{",
            "}",
            "-x/conversations-002.json: it is no JSON with conversations",
            "1 x/user.json, which holds no conversations",
            "2 files that hold no conversations",
        ];
        assert_eq!((told, came), (expected.map(str::to_owned).to_vec(), 12));
        let other =
            archive(&[("export.json", b"[{}]"), ("lines.jsonl", b"{\"type\":\"memory\"}"), ("users.json", b"[]")]);
        let (told, _) = self::told(&other).unwrap();
        assert_eq!(told[..2], ["export.json{", "}"]);
        assert_eq!(told[2..4], ["lines.jsonl{", "}"]);
    }

    #[test]
    fn what_unpacks_without_end_is_cut() {
        let mut text = b"[".to_vec();
        text.resize(200 << 20, b' ');
        let bomb = archive(&[("conversations.json", &text)]);
        assert!(bomb.len() < 1 << 20);
        let (told, came) = told(&bomb).unwrap();
        assert_eq!(told.last().unwrap(), "-conversations.json: it unpacks to far more than the archive has");
        assert!(came < 100 << 20, "{came}");
    }

    #[test]
    fn a_directory_that_would_fill_the_memory_is_refused() {
        let mut bytes = archive(&[("conversations.json", b"[]")]);
        let end = bytes.len() - 22;
        // a record that tells of a directory of gigabytes
        bytes[end + 12..end + 16].copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
        assert_eq!(told(&bytes).unwrap_err().kind(), ErrorKind::TooLarge);
    }

    proptest! {
        #[test]
        fn damage_is_told_and_never_more(at in 0usize..400, byte in any::<u8>(), cut in 0usize..400) {
            let text = br#"[{"id":"1","mapping":{}},{"id":"2","mapping":{}}]"#;
            let mut bytes = archive(&[("conversations.json", text), ("conversations-1.json", text), ("user.json", b"{}")]);
            let (at, cut) = (at % bytes.len(), cut % bytes.len());
            bytes[at] = byte;
            let _ = told(&bytes);
            bytes.truncate(cut);
            let _ = told(&bytes);
        }
    }
}
