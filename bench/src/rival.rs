//! The traits that the scenarios use rivals by, and a check of each rival.

/// A source of buffers of [`SIZE`] bytes: a pool, a cache or an allocator.
///
/// All functions are associated functions, so that each loop is compiled with the rival inlined, as in a
/// user's program.
pub trait Rival: 'static {
    /// The name in the tables.
    const NAME: &'static str;

    /// The owner of a buffer in use.
    type Held: Send;

    /// Returns an empty buffer with capacity for [`SIZE`] bytes.
    fn get() -> Self::Held;

    /// The address of the buffer's bytes.
    fn bytes(held: &mut Self::Held) -> *mut u8;

    /// Returns a buffer, which is cleared.
    fn put(held: Self::Held);
}

/// The size of every buffer, in bytes.
pub const SIZE: usize = 1024;

/// A new buffer.
pub fn buffer() -> Vec<u8> {
    Vec::with_capacity(SIZE)
}

/// Checks what the loops rely on: two buffers in use are distinct and both have room. Panics if not.
pub fn check<R: Rival>() {
    let (mut a, mut b) = (R::get(), R::get());
    let (first, second) = (R::bytes(&mut a), R::bytes(&mut b));
    assert_ne!(
        first,
        second,
        "{}: one buffer was returned by two calls of get",
        R::NAME
    );
    for place in [first, second] {
        // SAFETY: `bytes` points to a buffer in use with room for SIZE bytes.
        unsafe { place.write_bytes(0xa5, SIZE) };
    }
    R::put(a);
    R::put(b);
}

/// A source of buffers of any size.
pub trait SizedRival: 'static {
    /// The name in the tables.
    const NAME: &'static str;

    /// The owner of a buffer in use.
    type Held: Send;

    /// Returns a buffer with capacity for `size` bytes, at least 1.
    fn get(size: usize) -> Self::Held;

    /// The address of the buffer's bytes.
    fn bytes(held: &mut Self::Held) -> *mut u8;

    /// Returns a buffer.
    fn put(held: Self::Held);
}

/// As [`check`], for buffers of `size` bytes.
pub fn check_sized<R: SizedRival>(size: usize) {
    let (mut a, mut b) = (R::get(size), R::get(size));
    let (first, second) = (R::bytes(&mut a), R::bytes(&mut b));
    assert!(
        first.addr().abs_diff(second.addr()) >= size,
        "{}: one buffer was returned by two calls of get",
        R::NAME
    );
    for place in [first, second] {
        // SAFETY: `bytes` points to a buffer in use with room for `size` bytes.
        unsafe { place.write_bytes(0xa5, size) };
    }
    R::put(a);
    R::put(b);
}
