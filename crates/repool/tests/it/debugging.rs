//! `REPOOL_DEBUG`, in child processes: the switches are read once.

use repool::{Pool, Recycle};

/// Runs the test `name` of this program again with the switches on; says whether it passed, and
/// what it printed.
#[cfg(debug_assertions)]
fn with_switches(switches: &str, name: &str) -> (bool, String) {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture", "--include-ignored"])
        .env("REPOOL_DEBUG", switches)
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(text.contains("running 1 test"), "{text}");
    (output.status.success(), text)
}

#[cfg(debug_assertions)]
#[test]
fn switches_do_what_they_say() {
    let (passed, text) = with_switches("drop", "debugging::child_drops_one_in_four");
    assert!(passed, "{text}");
    let (passed, text) = with_switches("drop,poison", "debugging::child_poisons");
    assert!(passed, "{text}");
    let (passed, text) = with_switches("dorp", "debugging::child_poisons");
    assert!(!passed && text.contains("REPOOL_DEBUG has no switch `dorp`"));
}

#[test]
#[ignore = "run by switches_do_what_they_say"]
fn child_drops_one_in_four() {
    let pool = Pool::new(Vec::<u8>::new);
    for _ in 0..400 {
        drop(pool.get());
    }
    let stats = pool.stats();
    assert_eq!((stats.dropped.refused, stats.created), (100, 100));
}

#[test]
#[ignore = "run by switches_do_what_they_say"]
fn child_poisons() {
    let pool = Pool::new(|| Vec::<u8>::with_capacity(64));
    let mut line = pool.get();
    line.extend_from_slice(b"secret");
    drop(line);
    let mut line = pool.get();
    // What unsound code would read.
    // SAFETY: within the capacity, and every byte was written, by us or by the poison.
    unsafe { line.set_len(6) };
    assert_eq!(*line, [0xA5; 6]);
}

#[test]
fn poison_keeps_what_is_there() {
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
