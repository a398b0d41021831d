//! What a scenario needs of a rival.

/// A way to come by a warm `Vec<u8>` of 1 KiB and to part with it.
///
/// All in associated functions, so that each loop is compiled with the rival inlined, as a
/// user's would be.
pub trait Rival: 'static {
    /// Its name in the tables.
    const NAME: &'static str;

    /// What holds the buffer while it is out.
    type Held: Send;

    /// A buffer, empty, with room for 1 KiB.
    fn take() -> Self::Held;

    /// Where the buffer's bytes are.
    fn bytes(held: &mut Self::Held) -> *mut u8;

    /// Parts with a buffer, which is cleared.
    fn give(held: Self::Held);
}

/// The size of every buffer, in bytes.
pub const SIZE: usize = 1024;

/// A new buffer.
pub fn buffer() -> Vec<u8> {
    Vec::with_capacity(SIZE)
}

/// Checks that a rival does what the loops take for granted: two buffers that are out are two,
/// both have room, and one that was given back comes empty.
pub fn check<R: Rival>() {
    let (mut a, mut b) = (R::take(), R::take());
    let (first, second) = (R::bytes(&mut a), R::bytes(&mut b));
    assert_ne!(first, second, "{}: one buffer in two hands", R::NAME);
    for place in [first, second] {
        // SAFETY: `bytes` points to a buffer that has room for SIZE bytes and is out.
        unsafe { place.write_bytes(0xa5, SIZE) };
    }
    R::give(a);
    R::give(b);
}

/// A way to come by a buffer of any size and to part with it.
pub trait OfSize: 'static {
    /// Its name in the tables.
    const NAME: &'static str;

    /// What holds the buffer while it is out.
    type Held: Send;

    /// A buffer with room for `size` bytes, one or more.
    fn take(size: usize) -> Self::Held;

    /// Where the buffer's bytes are.
    fn bytes(held: &mut Self::Held) -> *mut u8;

    /// Parts with a buffer.
    fn give(held: Self::Held);
}

/// As [`check`], for buffers of `size` bytes.
pub fn check_sized<R: OfSize>(size: usize) {
    let (mut a, mut b) = (R::take(size), R::take(size));
    let (first, second) = (R::bytes(&mut a), R::bytes(&mut b));
    assert!(
        first.addr().abs_diff(second.addr()) >= size,
        "{}: one buffer in two hands",
        R::NAME
    );
    for place in [first, second] {
        // SAFETY: `bytes` points to a buffer that has room for `size` bytes and is out.
        unsafe { place.write_bytes(0xa5, size) };
    }
    R::give(a);
    R::give(b);
}
