//! Functions that allocate through collections. Each returns what it allocated and what it leaves
//! in use, which is never freed.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hint::black_box;
use std::io::Write;
use std::mem::forget;
use std::rc::Rc;

use repool_prof::Counters;

/// The true figures of a function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    pub objects: u64,
    pub bytes: u64,
    pub left: u64,
    pub left_bytes: u64,
}

/// A part of a function's name, and its figures. A name with several of the parts belongs to the
/// longest, because a closure's name begins with that of its function.
pub type Site = (&'static str, Known);

/// The figures of a block of code, from the exact counters. The block's value is how many bytes it
/// leaves in use, or `None` if it frees nothing. A macro, so that the function itself allocates and
/// not a closure.
macro_rules! known {
    ($work:block) => {{
        let before = Counters::now();
        let left: Option<usize> = $work;
        let spent = Counters::now() - before;
        assert!(left.is_some() || spent.frees == 0);
        Known {
            objects: spent.allocations,
            bytes: spent.bytes,
            left: spent.allocations - spent.frees,
            left_bytes: left.map_or(spent.bytes, |bytes| bytes as u64),
        }
    }};
}
pub(crate) use known;

#[inline(never)]
pub fn vec_growth() -> Site {
    let figures = known!({
        let mut line: Vec<u64> = Vec::new();
        for n in 0..1000 {
            line.push(black_box(n));
        }
        let left = 8 * line.capacity();
        forget(line);
        Some(left)
    });
    // Grows to 4, 8, … 1024 elements.
    assert_eq!((figures.objects, figures.bytes), (9, 8 * 2044));
    ("::vec_growth", figures)
}

#[inline(never)]
pub fn boxes() -> Site {
    let figures = known!({
        for n in 0..10 {
            forget(black_box(Box::new([n as u8; 100])));
        }
        None
    });
    assert_eq!((figures.objects, figures.bytes), (10, 1000));
    ("::boxes", figures)
}

#[inline(never)]
pub fn strings() -> Site {
    let figures = known!({
        let line = format!("{}-{:>50}", black_box(7), black_box("end"));
        let left = line.capacity();
        forget(line);
        Some(left)
    });
    ("::strings", figures)
}

#[inline(never)]
pub fn to_strings() -> Site {
    let figures = known!({
        forget(black_box("a string of some bytes").to_string());
        forget(black_box("another one").to_owned());
        forget(String::from(black_box("a third")));
        None
    });
    assert_eq!((figures.objects, figures.bytes), (3, 22 + 11 + 7));
    ("::to_strings", figures)
}

#[inline(never)]
pub fn hash_map() -> Site {
    let figures = known!({
        let mut map: HashMap<u32, u32> = HashMap::new();
        let mut last = 0;
        for n in 0..500 {
            let before = Counters::now();
            map.insert(black_box(n), n);
            last = last.max((Counters::now() - before).bytes);
        }
        forget(map);
        Some(last as usize)
    });
    ("::hash_map", figures)
}

#[inline(never)]
pub fn btree() -> Site {
    let figures = known!({
        let mut map = BTreeMap::new();
        for n in 0..200u32 {
            map.insert(black_box(n), n);
        }
        forget(map);
        None
    });
    ("::btree", figures)
}

#[inline(never)]
pub fn collected() -> Site {
    let figures = known!({
        let squares: Vec<u64> = (0..black_box(300)).map(|n| n * n).collect();
        forget(black_box(squares));
        let odd: Box<[u32]> = [1, 3, 5].into_iter().map(black_box).collect();
        forget(odd);
        None
    });
    assert_eq!((figures.objects, figures.bytes), (2, 2400 + 12));
    ("::collected", figures)
}

#[inline(never)]
pub fn zeroed() -> Site {
    let figures = known!({
        forget(black_box(vec![0u8; 12_345]));
        None
    });
    assert_eq!((figures.objects, figures.bytes), (1, 12_345));
    ("::zeroed", figures)
}

#[inline(never)]
pub fn cloned(model: &[String]) -> Site {
    let figures = known!({
        forget(black_box(model).to_vec());
        None
    });
    assert_eq!((figures.objects, figures.bytes), (3, 2 * 24 + 2 * 40));
    ("::cloned", figures)
}

#[inline(never)]
pub fn deque() -> Site {
    let figures = known!({
        let mut line: VecDeque<u16> = VecDeque::with_capacity(10);
        for n in 0..100 {
            line.push_front(black_box(n));
        }
        let left = 2 * line.capacity();
        forget(line);
        Some(left)
    });
    ("::deque", figures)
}

#[inline(never)]
pub fn written() -> Site {
    let figures = known!({
        let mut out: Vec<u8> = Vec::new();
        for n in 0..100 {
            writeln!(out, "line {}", black_box(n)).expect("memory takes it");
        }
        let left = out.capacity();
        forget(out);
        Some(left)
    });
    ("::written", figures)
}

#[inline(never)]
pub fn rc() -> Site {
    let figures = known!({
        forget(black_box(Rc::new([1u64; 10])));
        forget(black_box(Rc::<str>::from("sixteen bytes ok")));
        None
    });
    // Each block has two reference counts.
    assert_eq!((figures.objects, figures.bytes), (2, 80 + 16 + 2 * 16));
    ("::rc", figures)
}

#[inline(never)]
pub fn joined() -> Site {
    let figures = known!({
        forget(black_box(["one", "two", "three"]).join(", "));
        forget(black_box("ab").repeat(50));
        None
    });
    assert_eq!((figures.objects, figures.bytes), (2, 15 + 100));
    ("::joined", figures)
}

#[inline(never)]
pub fn sorted(numbers: &mut [u64]) -> Site {
    let figures = known!({
        black_box(numbers).sort();
        Some(0)
    });
    assert!(figures.objects > 0, "a sort of that many takes memory");
    ("::sorted", figures)
}
