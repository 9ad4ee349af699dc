//! Blocks of sixteen bytes with SSE2: the only unsafe code of the crate.
//!
//! The intrinsics touch no memory: the block is read by safe code, which the compiler makes one load of. They are safe
//! to call but for one thing, that the machine has SSE2; this module is compiled only for targets that say so
//! (`target_feature = "sse2"`, which is in the baseline of x86-64), so there is no machine that runs it without. What it
//! computes is held against its safe twin [`super::swar`] by tests and a fuzz target.
#![expect(unsafe_code, reason = "one call of a function that needs SSE2, which the target has")]

use std::arch::x86_64::{_mm_cmpeq_epi8, _mm_max_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8};

/// See [`special_bytes`](super::special_bytes).
#[inline(always)]
pub fn special(block: &[u8; 16]) -> u32 {
    // SAFETY: this module exists only where the target has SSE2, statically.
    unsafe { special_sse2(block) }
}

#[inline]
#[target_feature(enable = "sse2")]
fn special_sse2(block: &[u8; 16]) -> u32 {
    let bits = u128::from_le_bytes(*block);
    let bytes = _mm_set_epi64x((bits >> 64) as i64, bits as i64);
    let quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'"' as i8));
    let backslashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\\' as i8));
    let controls = _mm_cmpeq_epi8(_mm_max_epu8(bytes, _mm_set1_epi8(0x1F)), _mm_set1_epi8(0x1F));
    _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, backslashes), controls)) as u32
}
