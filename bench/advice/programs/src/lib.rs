//! Input that several programs share.

/// Lines of a log, `bytes` long in all, the same for each seed.
#[must_use]
pub fn log_text(bytes: usize, seed: u64) -> String {
    let mut random = seed | 1;
    let mut text = String::with_capacity(bytes + 100);
    while text.len() < bytes {
        // The multiplier and increment of Knuth's MMIX.
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        text += &format!(
            "2026-01-{:02} host{} svc[{}]: request /api/v1/item/{} took {} us\n",
            (random >> 55) % 28 + 1,
            random >> 60,
            (random >> 40) & 0xff,
            random >> 44,
            (random >> 20) & 0xfff
        );
    }
    text.truncate(bytes);
    text
}

/// A function that returns the indices below `len` in turn, again and again.
pub fn cycle(len: usize) -> impl FnMut() -> usize {
    let mut index = 0;
    move || {
        index = (index + 1) % len;
        index
    }
}
