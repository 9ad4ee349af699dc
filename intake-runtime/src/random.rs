//! Where random numbers come from: the system, or a seed in a simulation, which is to be the same each time.

#[cfg(feature = "simulation")]
use std::sync::{Mutex, PoisonError};

#[derive(Debug, Default)]
pub(crate) struct Random {
    #[cfg(feature = "simulation")]
    seeded: Option<Mutex<u64>>,
}

impl Random {
    #[cfg(feature = "simulation")]
    pub(crate) fn seeded(seed: u64) -> Self {
        Self { seeded: Some(Mutex::new(seed)) }
    }

    /// Fills with random bytes.
    pub(crate) fn fill(&self, bytes: &mut [u8]) -> Result<(), getrandom::Error> {
        #[cfg(feature = "simulation")]
        if let Some(seeded) = &self.seeded {
            let mut state = seeded.lock().unwrap_or_else(PoisonError::into_inner);
            for chunk in bytes.chunks_mut(8) {
                chunk.copy_from_slice(&splitmix(&mut state).to_le_bytes()[..chunk.len()]);
            }
            return Ok(());
        }
        getrandom::fill(bytes)
    }

    /// From 0 to 1.
    pub(crate) fn fraction(&self) -> f64 {
        let mut bytes = [0; 4];
        // Without random numbers it is the whole.
        self.fill(&mut bytes).map_or(1.0, |()| f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX))
    }
}

#[cfg(feature = "simulation")]
fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut bits = *state;
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
