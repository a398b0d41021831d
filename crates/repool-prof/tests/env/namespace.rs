//! Processes that all have the number 1, each as the first of a PID namespace.

use std::{io, process, thread};

use repool_prof::from_env;
use repool_testing::namespace::children_are_first_of_a_namespace;

use super::play::Play;
use super::signalled::files;

pub const ALL: &[(&str, fn())] = &[
    (
        "a_child_with_its_parents_number_leaves_the_file_alone",
        leaves_the_file_alone,
    ),
    #[cfg(feature = "http")]
    (
        "a_child_with_its_parents_number_has_no_server",
        has_no_server,
    ),
];

/// Runs `work` as the first process of a new namespace, and returns how it ended; `None` if the
/// system refuses a namespace.
///
/// A thread of its own makes the namespace, so that only its children are in it. The child is
/// glibc's fork, so that it may allocate.
pub fn as_first_process(work: impl FnOnce() + Send) -> Option<libc::c_int> {
    let first = move || {
        if !children_are_first_of_a_namespace() {
            return None;
        }
        // SAFETY: glibc's fork; the child takes no lock that another thread may hold.
        let child = unsafe { libc::fork() };
        if child == 0 {
            assert_eq!(process::id(), 1);
            work();
            process::exit(0);
        }
        assert!(child > 0, "{}", io::Error::last_os_error());
        let mut status = -1;
        // SAFETY: `child` is a child of this process, and `status` is writable.
        unsafe { libc::waitpid(child, &raw mut status, 0) };
        Some(status)
    };
    thread::scope(|scope| scope.spawn(first).join().expect("no panic"))
}

/// Runs the program `name`, if it is one of this file.
pub fn run(program: &str) -> bool {
    let outcome = match program {
        "ends-as-the-first-of-a-namespace" => as_first_process(|| {
            from_env();
            assert_eq!(as_first_process(|| ()), Some(0));
            println!("{:?}", files());
        }),
        #[cfg(feature = "http")]
        "drops-its-parents-server" => as_first_process(|| {
            let profiler = from_env().expect("it is asked for");
            let serving = repool_prof::http::Server::new(profiler).port(0).spawn();
            let serving = serving.expect("a port is free");
            let mut serving = Some(serving);
            // Not `exit`, which would wait for a thread that the child does not have.
            assert_eq!(as_first_process(|| drop(serving.take())), Some(0));
            println!("{}", serving.is_some());
        }),
        _ => return false,
    };
    match outcome {
        None => println!("skipped: a new process namespace needs more rights"),
        Some(status) => assert_eq!(status, 0),
    }
    true
}

/// The output of the program; `None` if it was skipped.
fn printed(play: &mut Play) -> Option<String> {
    let (status, stdout, stderr) = play.outcome();
    assert_eq!((status.code(), &*stderr), (Some(0), ""), "{stdout}");
    if stdout.starts_with("skipped") {
        print!("env: {stdout}");
        return None;
    }
    Some(stdout)
}

fn leaves_the_file_alone() {
    let mut play = Play::new("ends-as-the-first-of-a-namespace");
    if let Some(stdout) = printed(&mut play) {
        assert_eq!(stdout, "[]\n", "after the child's end");
        assert_eq!(play.profiles(), ["allocs.pb.gz"], "after its parent's");
    }
}

#[cfg(feature = "http")]
fn has_no_server() {
    let mut play = Play::new("drops-its-parents-server");
    if let Some(stdout) = printed(&mut play) {
        assert_eq!(stdout, "true\n");
    }
}
