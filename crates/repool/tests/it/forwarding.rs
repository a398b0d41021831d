//! Guards where functions require traits of the object.

use std::borrow::Borrow;
use std::hash::{BuildHasher, RandomState};
use std::io::{Read, Write};
use std::sync::Arc;

use repool::{BufPool, Pool};

fn bytes_of(owner: impl AsRef<[u8]>) -> usize {
    owner.as_ref().len()
}

fn greet(mut out: impl std::fmt::Write) -> std::fmt::Result {
    write!(out, "hello")
}

fn send(mut out: impl Write) -> std::io::Result<()> {
    out.write_all(b"hello")
}

#[test]
fn guards_are_compared_hashed_and_borrowed_as_their_objects() {
    let pool = Arc::new(Pool::new(String::new));
    let [mut one, mut other] = [pool.get_owned(), pool.get_owned()];
    one.push('a');
    other.push('b');
    assert!(one != other && one < other && one == one);
    assert_eq!(one.cmp(&other), std::cmp::Ordering::Less);
    let text: &String = one.borrow();
    assert_eq!(text, "a");
    let hasher = RandomState::new();
    assert_eq!(hasher.hash_one(&other), hasher.hash_one("b"));
    assert!(pool.get() == pool.get());
}

#[test]
fn guards_are_written_read_and_gone_through_as_their_objects() {
    let pool = Pool::new(Vec::<u8>::new);
    let mut guard = pool.get();
    send(&mut guard).unwrap();
    guard.extend([b'!']);
    for byte in &mut guard {
        byte.make_ascii_uppercase();
    }
    assert_eq!((&guard).into_iter().count(), 6);
    assert_eq!(bytes_of(&guard), 6);
    assert_eq!(*guard, b"HELLO!");
    let names = Pool::new(String::new);
    let mut name = names.get();
    greet(&mut name).unwrap();
    assert_eq!(*name, "hello");
    let inputs = Pool::builder(std::io::Cursor::<Vec<u8>>::default)
        .recycle(|_: &mut std::io::Cursor<Vec<u8>>| true)
        .build();
    let mut input = inputs.get();
    input.get_mut().extend(b"in");
    assert_eq!(Read::bytes(input).count(), 2);
    let bufs = BufPool::new();
    let mut buf = bufs.get(64);
    send(&mut buf).unwrap();
    assert_eq!(**buf, *b"hello");
}

/// `Bytes` may own an owned guard of a buffer, which is returned to the pool with the last clone.
#[cfg(feature = "bytes")]
#[test]
fn bytes_may_own_a_guard() {
    let pool = Arc::new(Pool::new(Vec::<u8>::new));
    let mut guard = pool.get_owned();
    guard.extend(b"shared");
    let bytes = bytes::Bytes::from_owner(guard);
    assert_eq!(bytes.slice(2..), "ared");
    assert_eq!(pool.stats().in_use, 1);
    drop(bytes);
    assert_eq!((pool.stats().in_use, pool.stats().idle), (0, 1));
}

#[test]
fn guards_of_buffers_forward_as_those_of_objects() {
    let bufs = Arc::new(BufPool::new());
    let [mut one, mut other] = [bufs.get_owned(64), bufs.get_owned(64)];
    send(&mut one).unwrap();
    other.extend(b"hello".iter());
    for byte in &mut other {
        *byte += 1;
    }
    assert!(one != other && one < other && one == one);
    let bytes: &Vec<u8> = one.borrow();
    assert_eq!(
        (bytes_of(&one), bytes.len()),
        (5, (&one).into_iter().count())
    );
    let hasher = RandomState::new();
    assert_eq!(hasher.hash_one(&one), hasher.hash_one(b"hello".to_vec()));
    let mut borrowed = bufs.get(64);
    borrowed.extend([1, 2]);
    assert!(borrowed > bufs.get(64));
    assert_eq!((&borrowed).into_iter().sum::<u8>(), 3);
}
