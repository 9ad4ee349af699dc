//! Blocks of sixteen bytes as two machine words: what every target can do, and the measure of what one does faster.

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// See [`special_bytes`](super::special_bytes).
#[inline(always)]
#[must_use]
pub fn special(block: &[u8; 16]) -> u32 {
    halves(block, |word| equal(word, b'"') | equal(word, b'\\') | zeros(word & (LOW * 0xE0)))
}

/// The bytes of a block that are no digits.
#[inline(always)]
#[must_use]
pub fn no_digits(block: &[u8; 16]) -> u32 {
    halves(block, |word| {
        // Of a digit 0 to 9 is left, of anything else more.
        let rest = word ^ (LOW * b'0' as u64);
        (((rest & !HIGH) + LOW * (0x80 - 10)) | rest) & HIGH
    })
}

/// The bytes of a block that are no white space.
#[inline(always)]
#[must_use]
pub fn no_spaces(block: &[u8; 16]) -> u32 {
    halves(block, |word| HIGH ^ (equal(word, b' ') | equal(word, b'\t') | equal(word, b'\n') | equal(word, b'\r')))
}

/// The high bits that are set for the bytes of both words, side by side.
#[inline(always)]
fn halves(block: &[u8; 16], high: impl Fn(u64) -> u64) -> u32 {
    let block = u128::from_le_bytes(*block);
    gather(high(block as u64)) | gather(high((block >> 64) as u64)) << 8
}

/// The high bit of each byte that is this one.
#[inline(always)]
const fn equal(word: u64, byte: u8) -> u64 {
    zeros(word ^ (LOW * byte as u64))
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
