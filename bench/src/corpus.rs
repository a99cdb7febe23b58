//! Synthetic conversations: about 25 words a turn from a Zipf vocabulary of 50 000 made-up words, reproducible from a
//! seed.

/// A small reproducible generator (xorshift64*, Marsaglia/Vigna): the corpus must be the same on every machine.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

const VOCABULARY: u64 = 50_000;

impl Random {
    /// Starts from a seed other than 0.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.max(1))
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// From 0 to `bound`, exclusive.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// A rank of the vocabulary, drawn by Zipf's law with exponent 1 (inverse of the logarithmic distribution).
    fn rank(&mut self) -> u64 {
        let uniform = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        ((VOCABULARY as f64).powf(uniform) as u64).min(VOCABULARY) - 1
    }
}

/// The word of a rank: two to four syllables, different for every rank.
fn word(mut rank: u64) -> String {
    const SYLLABLES: [&str; 40] = [
        "ba", "be", "bi", "bo", "da", "de", "di", "do", "fa", "fe", "ga", "go", "ka", "ke", "ki", "ko", "la", "le",
        "li", "lo", "ma", "me", "mi", "mo", "na", "ne", "ni", "no", "pa", "po", "ra", "re", "ri", "ro", "ta", "te",
        "ti", "to", "va", "zu",
    ];
    let mut out = String::from("z");
    loop {
        out.push_str(SYLLABLES[(rank % 40) as usize]);
        rank /= 40;
        if rank == 0 {
            return out;
        }
    }
}

/// One turn of about 25 words.
pub(crate) fn turn(random: &mut Random) -> String {
    let words = 15 + random.below(20);
    (0..words).map(|_| word(random.rank())).collect::<Vec<_>>().join(" ")
}

/// A question of seven words, with a rare one among them as in real questions.
pub(crate) fn question(random: &mut Random) -> String {
    let mut words: Vec<String> = (0..6).map(|_| word(random.rank())).collect();
    words.push(word(1_000 + random.below(VOCABULARY - 1_000)));
    words.join(" ")
}
