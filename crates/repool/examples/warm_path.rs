//! Functions whose machine code `ci/warm-path.sh` checks; running the program shows nothing.
//!
//! Each `warm_…` uses a pool as a caller does, and its machine code must keep the rule. Each `rejected_…` breaks
//! the rule in one way, to show that the check detects it. They are Rust functions as callers' are, because
//! `extern "C"` functions may not unwind and have other machine code.

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering, fence};

use repool::{BufPool, Pool, Pooled, PooledBuf, Recycle};

static LINES: Pool<Vec<u8>> = Pool::new(Vec::new);
static OWN: Pool<Own> = Pool::new(Own::default);
static BUFS: BufPool = BufPool::new();
static COUNT: AtomicUsize = AtomicUsize::new(0);

type Guard = Pooled<'static, Vec<u8>>;

/// Recycled by a function that is not inlined: the one call that the rule allows.
#[derive(Default)]
struct Own(Vec<u8>);

impl Recycle for Own {
    #[inline(never)]
    fn recycle(&mut self) -> bool {
        self.0.clear();
        // Both results are possible, so that the branch on it stays.
        self.0.capacity() <= 1 << 20
    }
}

/// Functions with their names as symbols, each compiled on its own, as a caller's would be.
macro_rules! probes {
    ($(fn $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)? $body:block)*) => {$(
        // SAFETY: no other symbol of the program has this name.
        #[unsafe(no_mangle)]
        #[inline(never)]
        fn $name($($argument: $type),*) $(-> $result)? $body
    )*};
}

probes! {
    fn warm_get() -> Guard {
        LINES.get()
    }

    fn warm_drop(guard: Guard) {
        drop(guard);
    }

    fn warm_get_drop() {
        drop(LINES.get());
    }

    fn warm_own_recycle() {
        drop(OWN.get());
    }

    fn warm_buf_get(len: usize) -> PooledBuf<'static> {
        BUFS.get(len)
    }

    fn warm_buf_drop(buf: PooledBuf<'static>) {
        drop(buf);
    }

    fn warm_buf_get_drop(len: usize) {
        drop(BUFS.get(len));
    }

    fn rejected_lock() -> Guard {
        COUNT.fetch_add(1, Ordering::Relaxed);
        LINES.get()
    }

    // A sequentially consistent store is an exchange, which is locked without the prefix.
    fn rejected_store(guard: Guard) {
        drop(guard);
        COUNT.store(1, Ordering::SeqCst);
    }

    fn rejected_fence() -> Guard {
        fence(Ordering::SeqCst);
        LINES.get()
    }

    fn rejected_call() -> Guard {
        elsewhere();
        LINES.get()
    }

    fn rejected_call_of_pointer(call: fn()) -> Guard {
        call();
        LINES.get()
    }

    // A tail call is a jump that does not return here.
    fn rejected_tail_call(guard: Guard) {
        drop(guard);
        elsewhere();
    }

    fn rejected_tail_call_of_pointer(guard: Guard, call: fn()) {
        drop(guard);
        call();
    }

    fn rejected_no_pool() {}

    fn rejected_no_return() {
        drop(LINES.get());
        panic!();
    }
}

#[inline(never)]
fn elsewhere() {
    black_box(());
}

fn main() {
    // By pointers that the compiler cannot see through, so that nothing is specialised or left out.
    let gets: [fn() -> Guard; 4] = [warm_get, rejected_lock, rejected_fence, rejected_call];
    let drops: [fn(Guard); 3] = [warm_drop, rejected_store, rejected_tail_call];
    let both: [fn(); 3] = [warm_get_drop, warm_own_recycle, rejected_no_pool];
    let get_and: fn(fn()) -> Guard = rejected_call_of_pointer;
    let drop_and: fn(Guard, fn()) = rejected_tail_call_of_pointer;
    for (get, drop) in black_box(gets).into_iter().zip(black_box(drops)) {
        drop(get());
    }
    for each in black_box(both) {
        black_box(drop_and)(black_box(get_and)(each), each);
    }
    let buf_get: fn(usize) -> PooledBuf<'static> = warm_buf_get;
    let buf_drop: fn(PooledBuf<'static>) = warm_buf_drop;
    black_box(buf_drop)(black_box(buf_get)(1));
    black_box(warm_buf_get_drop as fn(usize))(1);
    black_box(rejected_no_return as fn());
}
