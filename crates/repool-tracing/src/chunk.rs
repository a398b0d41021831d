//! Lines one after the other in one pooled buffer, and where each ends.

use repool::{Pool, Pooled, Recycle};

/// Bytes after which a chunk takes no further line: as many as a pipe or a page-cache write moves in
/// one call at full speed, and few enough to stay in a core's cache.
const FULL: usize = 32 << 10;

/// Bytes beyond which a chunk is freed rather than pooled: one huge line is not kept.
const HEAVIEST: usize = 256 << 10;

/// The chunks of all queues of the process.
static CHUNKS: Pool<Chunk> = Pool::new_static(Chunk::new)
    .max_object_bytes(HEAVIEST)
    .name("repool-tracing");

/// See the module.
pub(crate) struct Chunk {
    text: Vec<u8>,
    /// For each line, the offset in `text` behind its last byte.
    ends: Vec<usize>,
}

/// A chunk that is in use.
pub(crate) type PooledChunk = Pooled<'static, Chunk>;

impl Chunk {
    fn new() -> Self {
        Chunk {
            text: Vec::with_capacity(FULL),
            ends: Vec::new(),
        }
    }

    /// An empty chunk: a pooled one, or a new one.
    pub(crate) fn get() -> PooledChunk {
        CHUNKS.get()
    }

    /// Whether a line of `len` bytes belongs into the next chunk.
    pub(crate) fn is_full(&self, len: usize) -> bool {
        !self.ends.is_empty() && self.text.len() + len > FULL
    }

    pub(crate) fn push(&mut self, line: &[u8]) {
        self.text.extend_from_slice(line);
        self.ends.push(self.text.len());
    }

    pub(crate) fn lines(&self) -> usize {
        self.ends.len()
    }

    /// The text from `start` on.
    pub(crate) fn text_from(&self, start: usize) -> &[u8] {
        &self.text[start..]
    }

    /// Where the line ends that the byte at `offset` belongs to, and whether it begins there.
    pub(crate) fn line_at(&self, offset: usize) -> (usize, bool) {
        let index = self.ends.partition_point(|&end| end <= offset);
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        let end = self.ends.get(index).map_or(self.text.len(), |&end| end);
        (end, start == offset)
    }
}

impl Recycle for Chunk {
    fn recycle(&mut self) -> bool {
        self.text.clear();
        self.ends.clear();
        true
    }

    fn weight(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<usize>()
    }
}
