//! Blocks of sixteen bytes as two machine words: what every target can do, and the measure of what one does faster.

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// See [`special_bytes`](super::special_bytes).
#[inline(always)]
#[must_use]
pub fn special(block: &[u8; 16]) -> u32 {
    let block = u128::from_le_bytes(*block);
    let (first, second) = (block as u64, (block >> 64) as u64);
    half(first) | half(second) << 8
}

#[inline(always)]
fn half(word: u64) -> u32 {
    let quotes = zeros(word ^ (LOW * b'"' as u64));
    let backslashes = zeros(word ^ (LOW * b'\\' as u64));
    let controls = zeros(word & (LOW * 0xE0));
    gather(quotes | backslashes | controls)
}

/// The high bit of each byte that is zero.
#[inline(always)]
const fn zeros(word: u64) -> u64 {
    !(((word & !HIGH) + !HIGH) | word | !HIGH)
}

/// The high bits of the bytes, side by side.
#[inline(always)]
const fn gather(high: u64) -> u32 {
    ((high >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32
}
