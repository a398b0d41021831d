//! The programs that are profiled.

use std::hint::black_box;
use std::io::{self, BufRead, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{self, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, fs, panic, thread};

use repool_prof::{Profiler, from_env};
use repool_testing::seccomp::filter;

use super::{namespace, signalled};

pub fn run(program: &str) {
    if namespace::run(program) || signalled::prepare(program) {
        return;
    }
    match program {
        "hooked" => panic::set_hook(Box::new(|info| eprintln!("hook: {info}"))),
        "handled" => handle_sigusr2(),
        "running" => std::mem::forget(Profiler::builder().start()),
        _ => (),
    }
    from_env();
    drop(black_box(vec![1u8; 1 << 20]));
    if signalled::run(program) {
        return;
    }
    match program {
        "exits" => process::exit(7),
        "exits-on-a-small-stack" => on_a_small_stack(|| process::exit(7)),
        "panics-on-a-small-stack" => {
            on_a_small_stack(|| panic!("boom"));
            println!("{}", Path::new(&profile()).exists());
        }
        "aborts" => process::abort(),
        "waits" => wait(),
        "handled" => {
            wait();
            println!("{}", HANDLED.load(Ordering::Relaxed));
        }
        "panics" | "hooked" => panic!("boom"),
        "panics-and-aborts" => {
            let hooks = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                hooks(info);
                process::abort();
            }));
            panic!("boom");
        }
        "catches" => catch(),
        "panics-as-it-prints" => {
            let _printing = io::stderr().lock();
            panic!("boom");
        }
        "has-no-more-threads" => match refuse_threads() {
            Ok(()) => assert!(thread::Builder::new().spawn(|| ()).is_err()),
            Err(error) => println!("{error}"),
        },
        "tells-its-signals" => tell_signals(),
        "moves" => env::set_current_dir("/").expect("there is a root"),
        "forks" => fork(),
        "becomes-another" => panic!("{}", Command::new("true").exec()),
        "keeps-many" => {
            black_box((0..100_000).map(Box::new).collect::<Vec<_>>());
            process::exit(0);
        }
        "goes-deep" => go_deep(200),
        #[cfg(feature = "http")]
        "serves" => serve(),
        "signals-and-exits" => kill(process::id()),
        _ => (),
    }
}

/// Allocates with a stack of several pages.
#[inline(never)]
fn go_deep(calls: u32) {
    let frame = black_box([0u8; 200]);
    match calls.checked_sub(1) {
        Some(calls) => go_deep(calls),
        None => drop(black_box(vec![frame; 100])),
    }
    black_box(frame);
}

/// Serves a profile over HTTP, and requests it.
#[cfg(feature = "http")]
fn serve() {
    use std::io::Read;
    let profiler = match from_env() {
        Some(profiler) => profiler,
        None => Profiler::builder().start().expect("there is none").into(),
    };
    let serving = repool_prof::http::Server::new(profiler).port(0).spawn();
    let serving = serving.expect("a port is free");
    let mut client = std::net::TcpStream::connect(serving.local_addr()).expect("it listens");
    client
        .write_all(b"GET /debug/pprof/allocs HTTP/1.0\r\n\r\n")
        .expect("it reads");
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).expect("it answers");
    println!(
        "{}",
        String::from_utf8_lossy(&answer)
            .lines()
            .next()
            .expect("a line")
    );
}

/// Prints that it is ready, and waits until its standard input is closed.
fn wait() {
    println!("ready");
    let _ = io::stdin().lock().lines().count();
}

/// Two threads panic, and the program runs on. Prints whether each wrote a profile.
fn catch() {
    let file = profile();
    for _ in 0..2 {
        thread::spawn(|| panic!("boom")).join().unwrap_err();
        println!("{}", Path::new(&file).exists());
        let _ = fs::remove_file(&file);
    }
}

/// Forks. The parent waits for the child, and prints its number and the files that exist then.
fn fork() {
    io::stdout().flush().expect("nothing to flush");
    // SAFETY: the only other thread sleeps, and holds no lock.
    let child = unsafe { libc::fork() };
    if child == 0 {
        drop(black_box(vec![1u8; 1 << 20]));
        return;
    }
    assert!(child > 0, "{}", io::Error::last_os_error());
    let mut status = 0;
    // SAFETY: `child` is a child of this process, and `status` is writable.
    unsafe { libc::waitpid(child, &mut status, 0) };
    assert_eq!(status, 0);
    let path = profile();
    let folder = Path::new(&path).parent().expect("a folder");
    let files = fs::read_dir(folder).expect("a folder");
    let names: Vec<_> = files
        .map(|file| file.expect("a file").file_name())
        .collect();
    println!("{child} {names:?}");
}

fn profile() -> String {
    env::var("REPOOL_PROFILE").expect("set, and text")
}

fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(16 << 10).spawn(work);
    let _ = thread.expect("a thread").join();
}

/// Lets the system refuse further threads to this process.
fn refuse_threads() -> io::Result<()> {
    let refused = libc::SECCOMP_RET_ERRNO | libc::EAGAIN as u32;
    filter(&[libc::SYS_clone3, libc::SYS_clone], refused)
}

/// The signals that the profiler's thread blocks, as `/proc` shows them.
fn tell_signals() {
    for task in fs::read_dir("/proc/self/task").expect("Linux") {
        let status = fs::read_to_string(task.expect("a thread").path().join("status"));
        let status = status.expect("it goes on");
        let of = |name| {
            status
                .lines()
                .find_map(|line: &str| line.strip_prefix(name))
        };
        if of("Name:\t") == Some("repool-prof") {
            println!("{}", of("SigBlk:\t").expect("a set of signals"));
        }
    }
}

static HANDLED: AtomicBool = AtomicBool::new(false);

extern "C" fn handled(_: libc::c_int) {
    HANDLED.store(true, Ordering::Relaxed);
}

fn handle_sigusr2() {
    // SAFETY: the handler only does what signal-safety(7) allows.
    unsafe { libc::signal(libc::SIGUSR2, handled as *const () as libc::sighandler_t) };
}

/// Sends SIGUSR2.
pub fn kill(process: u32) {
    // SAFETY: fails if the process does not exist, and has no other effect on this one.
    let sent = unsafe { libc::kill(process as libc::pid_t, libc::SIGUSR2) };
    assert_eq!(sent, 0, "{}", io::Error::last_os_error());
}
