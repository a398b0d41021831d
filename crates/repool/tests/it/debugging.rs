//! `REPOOL_DEBUG`, in child processes: the switches are read once.

#[cfg(debug_assertions)]
use repool::Pool;
use repool::Recycle;
#[cfg(debug_assertions)]
use repool_testing::rerun;

/// Calls `work` in a process that has these switches: it runs the test `name`, which calls this function,
/// again with them. Returns whether the test passed, and what it printed; `None` in that process.
#[cfg(debug_assertions)]
fn with_switches(switches: &str, name: &str, work: impl FnOnce()) -> Option<(bool, String)> {
    if std::env::var_os("REPOOL_DEBUG").is_some_and(|set| set == switches) {
        work();
        return None;
    }
    Some(rerun::one_test(name, "REPOOL_DEBUG", switches))
}

#[cfg(debug_assertions)]
#[test]
fn one_return_in_four_is_refused() {
    let child = with_switches("drop", "debugging::one_return_in_four_is_refused", || {
        let pool = Pool::new(Vec::<u8>::new);
        for _ in 0..400 {
            drop(pool.get());
        }
        let stats = pool.stats();
        assert_eq!((stats.dropped.refused, stats.created), (100, 100));
    });
    if let Some((passed, text)) = child {
        assert!(passed, "{text}");
    }
}

#[cfg(debug_assertions)]
#[test]
fn cleared_buffers_are_poisoned() {
    let child = with_switches(
        "drop,poison",
        "debugging::cleared_buffers_are_poisoned",
        || {
            let pool = Pool::new(|| Vec::<u8>::with_capacity(64));
            let mut line = pool.get();
            line.extend_from_slice(b"secret");
            drop(line);
            let mut line = pool.get();
            // The bytes that unsound code would read.
            // SAFETY: within the capacity, and every byte was written, by this test or by the poison.
            unsafe { line.set_len(6) };
            assert_eq!(*line, [0xA5; 6]);
        },
    );
    if let Some((passed, text)) = child {
        assert!(passed, "{text}");
    }
}

#[cfg(debug_assertions)]
#[test]
fn an_unknown_switch_is_named() {
    let child = with_switches("dorp", "debugging::an_unknown_switch_is_named", || {
        drop(Pool::new(Vec::<u8>::new).get());
    });
    if let Some((passed, text)) = child {
        assert!(!passed && text.contains("REPOOL_DEBUG has no switch `dorp`"));
    }
}

#[test]
fn poison_keeps_the_content() {
    let mut text = String::with_capacity(100);
    text.push_str("kept");
    text.poison();
    assert_eq!((text.as_str(), text.capacity()), ("kept", 100));
    let mut parts = (
        vec![1u16, 2],
        Some(Box::new(String::from("x"))),
        [vec![3u8]],
    );
    parts.poison();
    assert_eq!(parts.0, [1, 2]);
}
