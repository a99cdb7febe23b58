/// Earlier turns in a prompt at most, whatever their size.
pub(super) const MAX_TURNS: u32 = 40;
