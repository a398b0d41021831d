//! An object's place on the heap.

/// Whole cache lines, so that two CPUs at work on two objects never share one. Without it, two
/// buffers that one thread made one after the other, in use on two CPUs, made a get and return
/// seven times slower.
#[repr(C, align(64))]
pub(crate) struct Line<T> {
    /// Bytes that the object weighed when it was last weighed; first, where the depot finds it
    /// (W1).
    pub(crate) weight: usize,
    pub(crate) object: T,
}

impl<T> Line<T> {
    pub(crate) fn new(object: T) -> Box<Self> {
        Box::new(Line { weight: 0, object })
    }
}
