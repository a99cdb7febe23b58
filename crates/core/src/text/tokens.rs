//! Tokens a language model would count, when it does not tell.

/// About four bytes a token, the usual rule for English and French; at least one for a text that is not empty.
pub fn estimate_tokens(text: &str) -> u32 {
    u32::try_from(text.len().div_ceil(4)).unwrap_or(u32::MAX)
}
