//! Profiles over HTTP, requested over TCP.

mod client;
mod go;
mod profile;

use std::hint::black_box;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, mpsc};
use std::thread;

use repool_prof::http::{Server, ServerHandle, router};
use repool_prof::{ProfAlloc, Profiler};

use client::{Answer, answer, ask, get};
use profile::Profile;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

/// The profiler, which all tests share, because a process has one.
fn profiler() -> Arc<Profiler> {
    static PROFILER: OnceLock<Arc<Profiler>> = OnceLock::new();
    let start = || Profiler::builder().rate(4096).seed(1).start();
    Arc::clone(PROFILER.get_or_init(|| Arc::new(start().expect("the only one"))))
}

/// Starts a server. Each test has its own, because a server takes one profile with `seconds` at a
/// time.
fn serve() -> (ServerHandle, SocketAddr) {
    let serving = Server::new(profiler()).port(0).spawn().expect("a server");
    let address = serving.local_addr();
    (serving, address)
}

/// Checks the headers that all answers have.
fn assert_safe(answer: &Answer) {
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
}

#[track_caller]
fn assert_refused(answer: &Answer, status: u16, word: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_safe(answer);
    let content = answer.header("content-type");
    assert_eq!(content, Some("text/plain; charset=utf-8"));
    assert_eq!(answer.header("x-go-pprof"), Some("1"), "or pprof hides it");
    assert_eq!(answer.text().lines().count(), 1, "{}", answer.text());
    assert!(answer.text().contains(word), "{}", answer.text());
    assert_eq!(answer.header("content-disposition"), None);
}

#[test]
fn both_names_are_one_profile_with_different_defaults() {
    let (_serving, address) = serve();
    drop(black_box(vec![1u8; 32 << 20]));
    for (name, default) in [("allocs", "alloc_space"), ("heap", "inuse_space")] {
        for query in ["", "?debug=0", "?gc=1", "?seconds=0", "?gc=1&debug=0"] {
            let answer = get(address, &format!("/debug/pprof/{name}{query}"));
            assert_eq!(answer.status, 200, "{query}");
            assert_safe(&answer);
            let content = answer.header("content-type");
            assert_eq!(content, Some("application/octet-stream"));
            let file = format!("attachment; filename=\"{name}\"");
            assert_eq!(answer.header("content-disposition"), Some(&*file));
            let profile = Profile::read(&answer.body);
            assert_eq!(profile.default_sample_type, default);
            assert_eq!(profile.period, 4096);
            assert!(profile.alloc_space >= 16 << 20, "{profile:?}");
        }
    }
}

#[test]
fn seconds_leave_out_what_was_before() {
    let (_serving, address) = serve();
    const BEFORE: usize = 1 << 30;
    // Allocated, and never written to.
    drop(black_box(Vec::<u8>::with_capacity(BEFORE)));
    let answered = AtomicBool::new(false);
    let answer = thread::scope(|scope| {
        scope.spawn(|| {
            while !answered.load(Ordering::Relaxed) {
                drop(black_box(vec![1u8; 1 << 16]));
                thread::yield_now();
            }
        });
        let answer = get(address, "/debug/pprof/allocs?seconds=1");
        answered.store(true, Ordering::Relaxed);
        answer
    });
    assert_eq!(answer.status, 200);
    assert_safe(&answer);
    let file = answer.header("content-disposition");
    assert_eq!(file, Some("attachment; filename=\"allocs-delta\""));
    let delta = Profile::read(&answer.body).alloc_space;
    assert!(delta >= 1 << 16, "{delta}");
    let all = Profile::read(&get(address, "/debug/pprof/allocs").body).alloc_space;
    assert!(all - delta >= BEFORE as i64 / 2, "{all} {delta}");
}

#[test]
fn bad_questions_are_refused_in_one_line() {
    let (_serving, address) = serve();
    for (query, word) in [
        ("seconds=0.5", "seconds"),
        ("seconds=-1", "seconds"),
        ("seconds=3601", "3600"),
        ("seconds=99999999999999999999", "seconds"),
        ("seconds=%0d%0aX:", "seconds"),
        ("debug=1", "debug"),
        ("debug=2", "debug"),
    ] {
        let answer = get(address, &format!("/debug/pprof/heap?{query}"));
        assert_refused(&answer, 400, word);
    }
    assert_eq!(get(address, "/debug/pprof/goroutine").status, 404);
    assert_eq!(
        answer(&ask(address, "POST", "/debug/pprof/heap")).status,
        405
    );
}

#[test]
fn the_page_leads_to_the_profiles() {
    let (_serving, address) = serve();
    let page = get(address, "/debug/pprof/");
    assert_eq!(page.status, 200);
    assert_safe(&page);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    for link in ["allocs", "heap"] {
        assert!(page.text().contains(&format!("<a href=\"{link}\">")));
        assert_eq!(get(address, &format!("/debug/pprof/{link}")).status, 200);
    }
    let moved = get(address, "/debug/pprof");
    assert_eq!(
        (moved.status, moved.header("location")),
        (308, Some("pprof/"))
    );
}

#[test]
fn one_waits_at_a_time_and_who_hangs_up_makes_room() {
    let (_serving, address) = serve();
    let path = "/debug/pprof/allocs?seconds=3600";
    let streams = [ask(address, "GET", path), ask(address, "GET", path)];
    // One of the two is refused at once; either may be first.
    let (send, answers) = mpsc::channel();
    for (number, stream) in streams.iter().enumerate() {
        let stream = stream.try_clone().expect("another handle");
        let send = send.clone();
        thread::spawn(move || send.send((number, answer(&stream))));
    }
    let (refused, answer) = answers.recv().expect("one answer");
    assert_refused(&answer, 503, "try again in");
    let retry = answer.header("retry-after").expect("a header");
    assert!(
        (1..=3600).contains(&retry.parse().expect("seconds")),
        "{retry}"
    );
    // A request without seconds does not wait for one with seconds.
    assert_eq!(get(address, "/debug/pprof/heap").status, 200);

    let waits = &streams[1 - refused];
    waits.shutdown(std::net::Shutdown::Both).expect("hung up");
    while get(address, "/debug/pprof/allocs?seconds=1").status == 503 {}
}

#[test]
fn listens_on_the_loopback_address_unless_told_otherwise() {
    let (_serving, address) = serve();
    assert_eq!(address.ip(), Ipv4Addr::LOCALHOST);
    let server = format!("{:?}", Server::new(profiler()));
    assert!(server.contains("127.0.0.1:6060"), "{server}");
    let server = Server::new(profiler()).address((Ipv4Addr::UNSPECIFIED, 0));
    let serving = server.spawn().expect("a server");
    assert_eq!(serving.local_addr().ip(), Ipv4Addr::UNSPECIFIED);
}

#[test]
fn a_port_that_is_taken_is_an_error_at_once() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = taken.local_addr().expect("an address");
    let error = Server::new(profiler())
        .address(address)
        .spawn()
        .unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
}

#[test]
fn ends_when_it_is_dropped() {
    let (serving, address) = serve();
    let waits = ask(address, "GET", "/debug/pprof/allocs?seconds=3600");
    // The server has read the first request before it ends.
    assert_eq!(get(address, "/debug/pprof/").status, 200);
    drop(serving);
    let rest = std::io::Read::read_to_end(&mut &waits, &mut Vec::new());
    assert!(matches!(rest, Ok(0) | Err(_)), "{rest:?}");
    TcpListener::bind(address).expect("the port is free again");
}

#[test]
fn serves_in_a_runtime_of_the_program_and_beside_its_pages() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let bound = Server::new(profiler()).port(0).bind().await;
        let bound = bound.expect("a port");
        let address = bound.local_addr();
        tokio::spawn(bound.serve());

        let nested = axum::Router::new().nest("/internal", router(profiler()));
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.expect("a port");
        let other = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, nested).await });

        let asked = tokio::task::spawn_blocking(move || {
            (
                get(address, "/debug/pprof/allocs").status,
                get(other, "/internal/debug/pprof/heap").status,
                get(other, "/debug/pprof/heap").status,
            )
        });
        assert_eq!(asked.await.expect("asked"), (200, 200, 404));
    });
}
