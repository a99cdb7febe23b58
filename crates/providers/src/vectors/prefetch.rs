//! Asking for memory before it is needed. Rows that are visited one by one lie on pages of their own, so without this each
//! would be waited for.

/// So many visits ahead.
const VISITS: usize = 8;
/// Bytes that the processor brings at once.
const LINE: usize = 64;

/// Asks for the memory at an address, whatever it is; does nothing where the processor cannot be asked.
#[inline]
fn prefetch(address: *const i8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint, which reads nothing and cannot fault; every such processor has it.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(address);
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}

/// Asks for all of it.
pub(crate) fn prefetch_all(bytes: &[u8]) {
    for line in bytes.chunks(LINE) {
        prefetch(line.as_ptr().cast());
    }
}

/// The same slots, each announced some visits before it comes.
pub(crate) fn ahead(slots: impl Iterator<Item = u32>, announce: impl Fn(u32)) -> impl Iterator<Item = u32> {
    let mut slots = slots.inspect(move |slot| announce(*slot)).fuse();
    let mut waiting = [None; VISITS];
    for place in &mut waiting {
        *place = slots.next();
    }
    let mut at = 0;
    std::iter::from_fn(move || {
        let slot = waiting[at].take()?;
        waiting[at] = slots.next();
        at = (at + 1) % VISITS;
        Some(slot)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_nothing_but_the_time() {
        for count in [0, 1, 7, 8, 9, 100] {
            assert!(ahead(0..count, |_| {}).eq(0..count));
        }
    }
}
