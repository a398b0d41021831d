//! Allocates at three call sites, and writes jemalloc's heap profile.
use std::hint::black_box;

#[global_allocator]
static ALLOC: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[inline(never)]
fn small(kept: &mut Vec<Vec<u8>>) {
    for _ in 0..20_000 {
        kept.push(black_box(vec![1; 100]));
    }
}

#[inline(never)]
fn large(kept: &mut Vec<Vec<u8>>) {
    for _ in 0..20 {
        kept.push(black_box(vec![1; 1 << 20]));
    }
}

#[inline(never)]
fn freed() {
    for _ in 0..1000 {
        drop(black_box(vec![1u8; 5000]));
    }
}

fn main() {
    let mut kept = Vec::new();
    small(&mut kept);
    let kept = std::thread::spawn(move || {
        large(&mut kept);
        freed();
        kept
    }).join().unwrap();
    let path = std::ffi::CString::new(std::env::args().nth(1).unwrap()).unwrap();
    // SAFETY: `prof.dump` takes a pointer to a path that ends with a zero byte, and copies it.
    unsafe { tikv_jemalloc_ctl::raw::write(b"prof.dump\0", path.as_ptr()).unwrap() };
    black_box(kept);
}
