//! The bounds on idle objects, and the constructors for a `static`.

use repool::{Pool, StaticPool};
use repool_testing::affinity::on_one_cpu;

#[test]
fn max_idle_is_exact_on_one_cpu() {
    for bound in [0, 1, 2, 3, 4, 7, 8, 30, 61, 62, 63, 100, 500] {
        on_one_cpu(0, || {
            let pool = Pool::new_static(Vec::<u8>::new).max_idle(bound);
            let out: Vec<_> = (0..2 * bound + 5).map(|_| pool.get()).collect();
            drop(out);
            let stats = pool.stats();
            assert_eq!(stats.idle, bound, "{stats}");
            assert_eq!(stats.dropped.total(), bound + 5, "{stats}");
            // Again, with idle objects this time.
            let out: Vec<_> = (0..2 * bound + 5).map(|_| pool.get()).collect();
            assert_eq!(pool.stats().idle, 0);
            drop(out);
            assert_eq!(pool.stats().idle, bound);
        });
    }
}

#[test]
fn max_idle_is_exact_on_one_cpu_where_objects_are_heavy_too() {
    // Too heavy to be cached on a CPU, even if there is one only.
    const HEAVY: usize = 1 << 17;
    for bound in [0, 1, 2, 3, 8, 30, 61] {
        for heavy in [0, 1, bound / 2, 2 * bound + 5] {
            on_one_cpu(0, || {
                let pool = Pool::new_static(Vec::<u8>::new).max_idle(bound);
                let pool = pool.max_idle_bytes(100 * HEAVY);
                for period in 0..4 {
                    let mut out: Vec<_> = (0..2 * bound + 5).map(|_| pool.get()).collect();
                    let those = out.iter_mut().take(heavy);
                    those.for_each(|line| line.reserve_exact(HEAVY));
                    if period % 2 == 0 {
                        out.reverse();
                    }
                    drop(out);
                    assert_eq!(pool.stats().idle, bound, "{heavy} heavy");
                    pool.sweep();
                }
            });
        }
    }
}

#[test]
fn max_idle_holds_across_cpus_but_for_what_each_has_cached() {
    let pool = Pool::new_static(Vec::<u8>::new).max_idle(100);
    let cpus = 2;
    for turn in 0..20 {
        on_one_cpu(turn % cpus, || {
            drop((0..300).map(|_| pool.get()).collect::<Vec<_>>());
        });
        let idle = pool.stats().idle;
        assert!((100..=100 + 29 * cpus).contains(&idle), "{idle}");
    }
}

#[test]
fn stealing_from_another_cpu_exceeds_no_bound() {
    for bound in [3, 29, 30, 61, 100] {
        let pool = Pool::new_static(Vec::<u8>::new).max_idle(bound);
        let fill = |cpu| on_one_cpu(cpu, || (0..400).for_each(|_| pool.put(Vec::new())));
        for _ in 0..5 {
            fill(0);
            on_one_cpu(1, || drop(pool.try_get()));
            fill(0);
            fill(1);
        }
        // Two CPUs, or on slots as many threads as there are slots.
        let hands = match repool::backend() {
            repool::Backend::Rseq => 2,
            _ => std::thread::available_parallelism().unwrap().get(),
        };
        let most = bound + (hands - 1) * bound.min(29);
        let idle = pool.stats().idle;
        assert!(idle <= most, "{idle} idle, {most} at most");
    }
}

#[test]
fn settings_are_const_and_a_static_can_name_its_type() {
    #[derive(Default)]
    struct Parser(Vec<u32>);
    impl Parser {
        fn new() -> Self {
            Parser::default()
        }
        fn reset(&mut self) -> bool {
            self.0.clear();
            true
        }
    }
    static PARSERS: StaticPool<Parser> = Pool::with(Parser::new, Parser::reset).max_idle(8);
    static LINES: Pool<Vec<u8>> = Pool::new_static(Vec::new).max_idle(1);
    PARSERS.get().0.push(1);
    assert!(PARSERS.get().0.is_empty());
    drop((LINES.get(), LINES.get()));
    assert!(LINES.stats().idle <= 2);
}

#[test]
fn prewarmed_and_reserved_objects_may_not_be_too_heavy() {
    let pool = Pool::new(|| Vec::<u8>::with_capacity(100)).max_object_bytes(99);
    assert_eq!(pool.prewarm(10), 0);
    drop(pool.reserve(10));
    let stats = pool.stats();
    assert_eq!((stats.idle, stats.dropped.heavy), (0, 11), "{stats}");
}

#[test]
fn an_unused_pool_is_small() {
    assert!(size_of::<Pool<Vec<u8>>>() <= 256);
    assert!(size_of::<StaticPool<[u8; 4096]>>() <= 256);
    // The size that its documentation says.
    assert_eq!(size_of::<Pool<Vec<u8>>>(), 192);
}
