//! Writes small tables for tests.

/// A table in the format of `asset`, as parts that a test can damage.
pub(super) struct FakeTable {
    pub(super) metadata: String,
    pub(super) texts: String,
    pub(super) scales: Vec<f32>,
    pub(super) rows: Vec<i8>,
    pub(super) dimension: u32,
}

impl FakeTable {
    /// A token for each text; a row is the next numbers of a fixed series, none of them all zero.
    pub(super) fn of(texts: &[&str], dimension: u32) -> Self {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24).to_le_bytes()[0].cast_signed() | 1
        };
        Self {
            metadata: r#"{"model":"fake-1","recipe":"numbers"}"#.to_owned(),
            texts: texts.join("\n"),
            scales: vec![0.5; texts.len()],
            rows: (0..texts.len() * dimension as usize).map(|_| next()).collect(),
            dimension,
        }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let size = |length: usize| u32::try_from(length).unwrap().to_le_bytes();
        let mut bytes = b"JARVISE1".to_vec();
        bytes.extend(size(self.scales.len()));
        bytes.extend(self.dimension.to_le_bytes());
        for block in [&self.metadata, &self.texts] {
            bytes.extend(size(block.len()));
            bytes.extend(block.as_bytes());
        }
        bytes.extend(self.scales.iter().flat_map(|scale| scale.to_le_bytes()));
        bytes.extend(self.rows.iter().map(|x| x.cast_unsigned()));
        bytes
    }

    /// For as long as the program runs, as the real one is.
    pub(super) fn leak(&self) -> &'static [u8] {
        self.bytes().leak()
    }
}
