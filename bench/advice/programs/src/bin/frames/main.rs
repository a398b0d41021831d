//! Frames are made in a `BytesMut`, frozen, cloned and sliced, as network code does.

use std::sync::LazyLock;

use bytes::{BufMut, Bytes, BytesMut};
use programs::bench;
use repool::BufPool;
use repool_bench::Bench;
use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

static PAYLOAD: LazyLock<Vec<u8>> = LazyLock::new(|| vec![7; 3000]);

#[inline(never)]
fn frame(payload: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(16); // line: frame
    frame.put_u32(payload.len() as u32);
    frame.extend_from_slice(payload);
    frame.freeze()
}

#[inline(never)]
fn head(payload: &[u8]) -> Bytes {
    Bytes::copy_from_slice(payload)
}

static BUFFERS: BufPool = BufPool::new();

#[inline(never)]
fn frame_pooled(payload: &[u8]) -> Bytes {
    let mut frame = BUFFERS.get(4 + payload.len());
    frame.extend_from_slice(&(payload.len() as u32).to_be_bytes());
    frame.extend_from_slice(payload);
    frame.freeze()
}

/// What the receivers of a frame do: they share it, and keep a part of its head.
fn deliver(frame: &Bytes, head: &Bytes) -> usize {
    let shared = frame.clone(); // line: clone
    let part = head.slice(3..9);
    frame.len() + shared.len() + part.len()
}

fn main() {
    let payload = &*PAYLOAD;
    let mut more = 0;
    let mut next = || {
        more = (more + 97) % 2900;
        &payload[..100 + more]
    };
    let mut harness = Bench::new();
    bench(&mut harness, "A", || {
        deliver(&frame(next()), &head(&payload[..50]))
    });
    bench(&mut harness, "B", || {
        deliver(&frame_pooled(next()), &head(&payload[..50]))
    });
}
