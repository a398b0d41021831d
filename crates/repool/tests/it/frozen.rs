//! Buffers as `bytes::Bytes`, and as tokio reads into them.

use std::sync::Arc;
use std::thread;

use bytes::{Buf, BufMut, Bytes};

use crate::buffers::idle;
use repool::BufPool;

#[test]
fn the_last_clone_or_slice_returns_it_from_any_thread() {
    static BUFS: BufPool = BufPool::new();
    let mut buf = BUFS.get(1000);
    buf.extend_from_slice(b"header, body");
    let place = buf.as_ptr();
    let whole = buf.freeze();
    assert_eq!(whole.as_ptr(), place, "no copy");
    let mut body = whole.slice(8..);
    let other = whole.clone();
    drop(whole);
    assert_eq!(BUFS.stats().total().in_use, 1);
    thread::spawn(move || assert_eq!(other, "header, body"))
        .join()
        .unwrap();
    body.advance(1);
    let last = body.split_off(1);
    drop(body);
    assert_eq!(BUFS.stats().total().in_use, 1);
    thread::spawn(move || assert_eq!(last, "dy"))
        .join()
        .unwrap();
    assert_eq!(idle(&BUFS), [1024]);
    assert!(BUFS.get(1000).is_empty());
}

#[test]
fn a_grown_one_is_returned_to_its_new_class() {
    static BUFS: BufPool = BufPool::new();
    let mut buf = BUFS.get(64);
    buf.put_bytes(7, 3000);
    let capacity = buf.capacity();
    assert!(capacity >= 3000);
    drop(Bytes::from(buf));
    let home = idle(&BUFS);
    assert!(
        home.len() == 1 && home[0] <= capacity && home[0] > 1024,
        "{home:?}"
    );
}

#[test]
fn shared_bytes_are_copied_out_and_the_buffer_is_still_returned() {
    static BUFS: BufPool = BufPool::new();
    let frozen = |text: &[u8]| {
        let mut buf = BUFS.get(100);
        buf.extend_from_slice(text);
        buf.freeze()
    };
    assert!(frozen(b"").is_empty());
    // `Bytes` with an owner copies its content into a new `Vec`.
    let copy: Vec<u8> = frozen(b"one").into();
    assert_eq!(copy, b"one");
    let copy = frozen(b"two").try_into_mut();
    drop(copy);
    assert_eq!(BUFS.stats().total().in_use, 0);
    assert_eq!(BUFS.stats().total().idle, BUFS.stats().total().created);
}

#[test]
fn tokio_reads_into_it() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    static BUFS: BufPool = BufPool::new();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (mut near, mut far) = tokio::io::duplex(256);
        far.write_all(b"straight in").await.unwrap();
        let mut buf = BUFS.get(100);
        assert_eq!(near.read_buf(&mut *buf).await.unwrap(), 11);
        assert_eq!((&buf[..], buf.capacity()), (&b"straight in"[..], 112));
    });
}

#[test]
fn an_owned_buffer_may_be_owned_by_bytes() {
    let bufs = Arc::new(BufPool::new());
    let filled = || {
        let mut buf = bufs.get_owned(1000);
        buf.extend_from_slice(b"header, body");
        buf
    };
    let (frozen, owned) = (filled().freeze(), Bytes::from_owner(filled()));
    assert_eq!(
        (&frozen[..], &owned[..4]),
        (&b"header, body"[..], &b"head"[..])
    );
    let body = frozen.slice(8..);
    drop((frozen, owned));
    assert_eq!(bufs.stats().total().in_use, 1);
    thread::spawn(move || assert_eq!(body, "body"))
        .join()
        .unwrap();
    assert_eq!(idle(&bufs), [1024, 1024]);
    assert_eq!(Bytes::from(filled()).len(), 12);
}
