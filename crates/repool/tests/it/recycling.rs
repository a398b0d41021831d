//! Recycling of std's types when they are returned.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::ffi::OsString;
use std::path::PathBuf;

use repool::{Pool, Recycle};

/// Fills and recycles a collection: only its capacity may be left.
macro_rules! keeps_capacity {
    ($($name:ident: $make:expr;)*) => {$(
        #[test]
        fn $name() {
            let mut object = $make;
            let before = object.capacity();
            assert!(before >= 100 && object.iter().count() > 0);
            assert!(Recycle::recycle(&mut object));
            assert_eq!(object.iter().count(), 0);
            assert_eq!(object.capacity(), before);
        }
    )*};
}

keeps_capacity! {
    vec: (0..100).collect::<Vec<u32>>();
    vec_deque: (0..100).collect::<VecDeque<u32>>();
    binary_heap: (0..100).collect::<BinaryHeap<u32>>();
    hash_map: (0..100).map(|n| (n, n)).collect::<HashMap<u32, u32>>();
    hash_set: (0..100).collect::<HashSet<u32>>();
    path_buf: PathBuf::from("x".repeat(100));
}

#[test]
fn strings_keep_their_capacity() {
    let mut string = "x".repeat(100);
    assert!(string.recycle());
    assert_eq!((string.len(), string.capacity()), (0, 100));
    let mut os_string = OsString::from("x".repeat(100));
    let before = os_string.capacity();
    assert!(os_string.recycle());
    assert_eq!((os_string.len(), os_string.capacity()), (0, before));
}

#[test]
fn trees_and_lists_are_cleared() {
    let mut map = BTreeMap::from([(1, 2)]);
    let mut set = BTreeSet::from([1]);
    let mut list = LinkedList::from([1]);
    assert!(map.recycle() && set.recycle() && list.recycle());
    assert!(map.is_empty() && set.is_empty() && list.is_empty());
}

#[test]
fn boxes_options_arrays_and_tuples_recycle_their_parts() {
    let mut boxed = Box::new(vec![1]);
    assert!(boxed.recycle() && boxed.is_empty() && boxed.capacity() > 0);

    let mut some = Some(vec![1]);
    assert!(some.recycle());
    assert!(
        some.as_ref()
            .is_some_and(|v| v.is_empty() && v.capacity() > 0)
    );
    assert!(None::<Vec<u8>>.recycle());

    let mut array = [vec![1], vec![2]];
    assert!(array.recycle() && array.iter().all(Vec::is_empty));

    let mut tuple = (vec![1], String::from("x"), Some(vec![2]));
    assert!(tuple.recycle());
    assert!(tuple.0.is_empty() && tuple.1.is_empty() && tuple.2 == Some(vec![]));
}

struct Refuses;

impl Recycle for Refuses {
    fn recycle(&mut self) -> bool {
        false
    }
}

#[test]
fn one_part_that_refuses_refuses_the_whole_but_every_part_is_recycled() {
    let mut tuple = (Refuses, vec![1]);
    assert!(!tuple.recycle());
    assert!(tuple.1.is_empty());
    assert!(!Some(Refuses).recycle() && !Box::new(Refuses).recycle());
    assert!(![Refuses].recycle());
}

#[test]
fn a_guard_recycles_once_when_dropped() {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    let calls = AtomicUsize::new(0);
    let pool = Pool::builder(|| 0u8)
        .recycle(|_| {
            calls.fetch_add(1, Relaxed);
            true
        })
        .build();
    let guard = pool.get();
    assert_eq!(calls.load(Relaxed), 0);
    drop(guard);
    assert_eq!(calls.load(Relaxed), 1);
    repool::Pooled::detach(pool.get());
    assert_eq!(calls.load(Relaxed), 1);
    pool.put(3);
    assert_eq!(calls.load(Relaxed), 2);
}
