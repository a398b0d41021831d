//! Programs that receive SIGTERM or SIGINT.

use std::hint::spin_loop;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, fs, mem, ptr, thread};

use libc::{SIGINT, SIGTERM, c_int};

use super::namespace::as_first_process;

/// Runs the part of a program before the profiler starts; returns whether that is all of it.
pub fn prepare(program: &str) -> bool {
    match program {
        "is-signalled-as-the-first" => {
            as_first();
            return true;
        }
        "handles-before" => handle(handled as *const () as libc::sighandler_t),
        "hooks-before" => hook(),
        "waits-for-its-signal" => block(),
        _ => (),
    }
    false
}

/// Runs the program `name`, if it is one of this file.
pub fn run(program: &str) -> bool {
    match program {
        "loops" => {
            raise(SIGTERM);
            loop {
                spin_loop();
            }
        }
        "is-terminated-and-returns" => raise(SIGTERM),
        "signalled-twice" => {
            raise(SIGINT);
            println!("once");
            raise(SIGINT);
            println!("twice");
        }
        "handles-before" | "hooks-before" => tell_handled(),
        "handles-later" => {
            handle(handled as *const () as libc::sighandler_t);
            tell_handled();
        }
        "hooks-later" => {
            hook();
            tell_handled();
        }
        "ignores-later" => {
            handle(libc::SIG_IGN);
            raise(SIGTERM);
        }
        "raises" => {
            raise(SIGTERM);
            raise(SIGINT);
            println!("{:?}", files());
        }
        "waits-for-its-signal" => wait(),
        "signals-its-child" => signal_child(),
        _ => return false,
    }
    true
}

fn raise(signal: c_int) {
    // SAFETY: no preconditions.
    assert_eq!(unsafe { libc::raise(signal) }, 0);
}

static HANDLED: AtomicBool = AtomicBool::new(false);

extern "C" fn handled(_: c_int) {
    HANDLED.store(true, Ordering::Relaxed);
}

fn handle(handler: libc::sighandler_t) {
    // SAFETY: the handler only does what signal-safety(7) allows.
    unsafe { libc::signal(SIGTERM, handler) };
}

/// Sets a handler that calls the previous one, as tokio does.
fn hook() {
    let handler = || HANDLED.store(true, Ordering::Relaxed);
    // SAFETY: the handler only stores a value.
    unsafe { signal_hook::low_level::register(SIGTERM, handler) }.expect("a handler");
}

fn tell_handled() {
    raise(SIGTERM);
    assert!(HANDLED.load(Ordering::Relaxed));
    // If the signal had requested a profile, that would exist before this one.
    await_answer(1);
    println!("handled\n{:?}", files());
}

/// Requests the profile with this number and waits for it. All earlier signals have been answered
/// then.
fn await_answer(number: u32) {
    let file = PathBuf::from(profile()).with_file_name(format!("allocs.{number}.pb.gz"));
    raise(libc::SIGUSR2);
    while !file.exists() {
        thread::yield_now();
    }
    fs::remove_file(file).expect("it is there");
}

fn block() {
    // SAFETY: the set is emptied before it is used.
    unsafe {
        let mut set = mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, SIGTERM);
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, ptr::null_mut());
    }
}

fn wait() {
    // SAFETY: the set is emptied before it is used, and `found` is writable.
    unsafe {
        libc::kill(libc::getpid(), SIGTERM);
        let (mut set, mut found) = (mem::zeroed(), 0);
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, SIGTERM);
        libc::sigwait(&raw const set, &raw mut found);
        println!("{found}");
    }
    println!("{:?}", files());
}

fn signal_child() {
    // SAFETY: the only other thread sleeps, and holds no lock.
    let child = unsafe { libc::fork() };
    if child == 0 {
        raise(SIGTERM);
        unreachable!("it has ended");
    }
    let mut status = 0;
    // SAFETY: `child` is a child of this process, and `status` is writable.
    unsafe { libc::waitpid(child, &mut status, 0) };
    assert!(libc::WIFSIGNALED(status), "{status}");
    println!("{}", libc::WTERMSIG(status));
    println!("{:?}", files());
}

/// A profiled program that is the first process of a namespace, and receives signals.
fn as_first() {
    let path = PathBuf::from(profile());
    let outcome = as_first_process(|| {
        repool_prof::from_env();
        for (number, signal) in (1..).zip([SIGTERM, SIGTERM, SIGINT]) {
            raise(signal);
            await_answer(number);
            fs::remove_file(&path).expect("it is there");
        }
        println!("goes on");
    });
    match outcome {
        None => println!("skipped: a new process namespace needs more rights"),
        Some(status) => assert_eq!(status, 0),
    }
}

pub fn files() -> Vec<std::ffi::OsString> {
    let path = PathBuf::from(profile());
    let files = fs::read_dir(path.parent().expect("a folder")).expect("a folder");
    files
        .map(|file| file.expect("a file").file_name())
        .collect()
}

pub fn profile() -> String {
    env::var("REPOOL_PROFILE").expect("set, and text")
}
