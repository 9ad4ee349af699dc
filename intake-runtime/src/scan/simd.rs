//! Blocks of sixteen bytes with SSE2: the only unsafe code of the crate.
//!
//! The intrinsics touch no memory: the block is read by safe code, which the compiler makes one load of. They are safe
//! to call but for one thing, that the machine has SSE2; this module is compiled only for targets that say so
//! (`target_feature = "sse2"`, which is in the baseline of x86-64), so there is no machine that runs it without. What it
//! computes is held against its safe twin [`super::swar`] by tests and a fuzz target.
#![expect(unsafe_code, reason = "calls of functions that need SSE2, which the target has")]

use std::arch::x86_64::{
    __m128i, _mm_add_epi8, _mm_cmpeq_epi8, _mm_max_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8,
};

/// See [`special_bytes`](super::special_bytes).
#[inline(always)]
pub fn special(block: &[u8; 16]) -> u32 {
    // SAFETY: this module exists only where the target has SSE2, statically.
    unsafe { special_sse2(block) }
}

/// See [`no_digits`](super::no_digits).
#[inline(always)]
pub fn no_digits(block: &[u8; 16]) -> u32 {
    // SAFETY: as above.
    unsafe { no_digits_sse2(block) }
}

/// See [`no_spaces`](super::no_spaces).
#[inline(always)]
pub fn no_spaces(block: &[u8; 16]) -> u32 {
    // SAFETY: as above.
    unsafe { no_spaces_sse2(block) }
}

#[inline]
#[target_feature(enable = "sse2")]
fn special_sse2(block: &[u8; 16]) -> u32 {
    let bytes = load(block);
    let controls = _mm_cmpeq_epi8(_mm_max_epu8(bytes, each(0x1F)), each(0x1F));
    mask(_mm_or_si128(_mm_or_si128(equal(bytes, b'"'), equal(bytes, b'\\')), controls))
}

#[inline]
#[target_feature(enable = "sse2")]
fn no_digits_sse2(block: &[u8; 16]) -> u32 {
    // Of a digit 0 to 9 is left, of anything else more.
    let rest = _mm_add_epi8(load(block), each(b'0'.wrapping_neg()));
    mask(_mm_cmpeq_epi8(_mm_max_epu8(rest, each(10)), rest))
}

#[inline]
#[target_feature(enable = "sse2")]
fn no_spaces_sse2(block: &[u8; 16]) -> u32 {
    let bytes = load(block);
    let lines = _mm_or_si128(equal(bytes, b'\n'), equal(bytes, b'\r'));
    0xFFFF ^ mask(_mm_or_si128(_mm_or_si128(equal(bytes, b' '), equal(bytes, b'\t')), lines))
}

#[inline]
#[target_feature(enable = "sse2")]
fn load(block: &[u8; 16]) -> __m128i {
    let bits = u128::from_le_bytes(*block);
    _mm_set_epi64x((bits >> 64) as i64, bits as i64)
}

#[inline]
#[target_feature(enable = "sse2")]
fn each(byte: u8) -> __m128i {
    _mm_set1_epi8(byte as i8)
}

#[inline]
#[target_feature(enable = "sse2")]
fn equal(bytes: __m128i, byte: u8) -> __m128i {
    _mm_cmpeq_epi8(bytes, each(byte))
}

#[inline]
#[target_feature(enable = "sse2")]
fn mask(bytes: __m128i) -> u32 {
    _mm_movemask_epi8(bytes) as u32
}
