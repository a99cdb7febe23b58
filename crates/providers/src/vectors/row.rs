//! A row as it lies in the file.

use jarvis_core::types::{DocKind, DocRef};
use uuid::Uuid;

use super::{
    bits, bytes,
    floats::dot,
    layout::{META_BYTES, ROW_TAGS},
    rotation::Rotation,
};

/// What identifies a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meta {
    pub(crate) doc: DocRef,
    pub(crate) tags: RowTags,
    /// Checksum of document, time and vector.
    pub(crate) check: u32,
}

/// Numbers of a row's tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct RowTags {
    numbers: [u32; ROW_TAGS],
    count: u8,
}

/// More tags than are noted with a row: they are looked for in all bitmaps.
const MANY: u8 = u8::MAX;

impl RowTags {
    pub(crate) fn new(tags: &[u32]) -> Self {
        let mut row = Self::default();
        match row.numbers.get_mut(..tags.len()) {
            Some(numbers) => {
                numbers.copy_from_slice(tags);
                row.count = tags.len() as u8;
            }
            None => row.count = MANY,
        }
        row
    }

    /// None when there are more than a row notes.
    pub(crate) fn known(&self) -> Option<&[u32]> {
        self.numbers.get(..usize::from(self.count))
    }
}

impl Meta {
    pub(crate) fn encode(&self) -> [u8; META_BYTES] {
        let mut out = [0; META_BYTES];
        out[..16].copy_from_slice(self.doc.id.as_bytes());
        for (place, tag) in out[16..48].chunks_exact_mut(4).zip(self.tags.numbers) {
            place.copy_from_slice(&tag.to_le_bytes());
        }
        out[48..52].copy_from_slice(&self.check.to_le_bytes());
        out[52] = kind_byte(self.doc.kind);
        out[53] = self.tags.count;
        out
    }

    /// None for a row that holds nothing, or nothing we know.
    pub(crate) fn decode(bytes: &[u8; META_BYTES]) -> Option<Self> {
        let number = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let kind = match bytes[52] {
            1 => DocKind::Message,
            2 => DocKind::Memory,
            _ => return None,
        };
        let mut id = [0; 16];
        id.copy_from_slice(&bytes[..16]);
        let tags = RowTags { numbers: std::array::from_fn(|tag| number(16 + 4 * tag)), count: bytes[53] };
        Some(Self { doc: DocRef { kind, id: Uuid::from_bytes(id) }, tags, check: number(48) })
    }
}

pub(crate) fn kind_byte(kind: DocKind) -> u8 {
    match kind {
        DocKind::Message => 1,
        DocKind::Memory => 2,
    }
}

/// The checksum of a row; not of its tags, whose numbers are the collection's own.
pub(crate) fn check(doc: DocRef, created_at: i64, vector: &[f32]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(doc.id.as_bytes());
    hasher.update(&[kind_byte(doc.kind)]);
    hasher.update(&created_at.to_le_bytes());
    hasher.update(bytemuck::cast_slice(vector));
    hasher.finalize()
}

/// What the first pass needs of a vector.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Signs {
    pub(crate) bits: Vec<u8>,
    /// f of `bits`.
    pub(crate) factor: f32,
    /// The vector's product with the centre.
    pub(crate) offset: f32,
}

impl Signs {
    /// Of a rotated vector and the rotated centre.
    pub(crate) fn new(rotated: &[f32], centre: &[f32]) -> Self {
        let residual: Vec<f32> = rotated.iter().zip(centre).map(|(value, centre)| value - centre).collect();
        let (bits, factor) = bits::signs(&residual);
        Self { bits, factor, offset: dot(rotated, centre) }
    }
}

/// All columns of a row.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// None until the collection has a centre: nobody reads them before.
    pub(crate) signs: Option<Signs>,
    pub(crate) bytes: Vec<i8>,
    pub(crate) scale: f32,
    pub(crate) floats: Vec<f32>,
    /// None for a row that is erased.
    pub(crate) meta: Option<Meta>,
    /// Microseconds.
    pub(crate) created_at: i64,
}

impl Row {
    pub(crate) fn new(
        doc: DocRef,
        created_at: i64,
        vector: Vec<f32>,
        tags: RowTags,
        rotation: &Rotation,
        centre: Option<&[f32]>,
    ) -> Self {
        let rotated = rotation.apply(&vector);
        let (bytes, scale) = bytes::quantise(&rotated);
        let meta = Meta { doc, tags, check: check(doc, created_at, &vector) };
        Self {
            signs: centre.map(|centre| Signs::new(&rotated, centre)),
            bytes,
            scale,
            floats: vector,
            meta: Some(meta),
            created_at,
        }
    }

    /// Nothing of what was there.
    pub(crate) fn erased(dimension: usize, padded: usize) -> Self {
        Self {
            signs: Some(Signs { bits: vec![0; padded / 8], factor: 0.0, offset: 0.0 }),
            bytes: vec![0; padded],
            scale: 0.0,
            floats: vec![0.0; dimension],
            meta: None,
            created_at: 0,
        }
    }
}
