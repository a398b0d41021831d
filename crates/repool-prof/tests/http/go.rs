//! Requests by Go's own tool, if `REPOOL_GO` is the path of a `go` binary.

use std::env;
use std::hint::black_box;
use std::process::Command;

use super::serve;

fn pprof(arguments: &[&str]) -> Option<(bool, String, String)> {
    let Some(go) = env::var_os("REPOOL_GO") else {
        eprintln!("skipped: REPOOL_GO does not name a go binary");
        return None;
    };
    let output = Command::new(go)
        .args(["tool", "pprof"])
        .args(arguments)
        .env("GOTOOLCHAIN", "local")
        .env("PPROF_TMPDIR", env!("CARGO_TARGET_TMPDIR"))
        .output()
        .expect("REPOOL_GO is a go binary");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Some((
        output.status.success(),
        text(output.stdout),
        text(output.stderr),
    ))
}

#[test]
fn go_reads_what_is_served() {
    let (_serving, address) = serve();
    drop(black_box(vec![1u8; 32 << 20]));
    for (name, kind) in [("allocs", "alloc_space"), ("heap", "inuse_space")] {
        let url = format!("http://{address}/debug/pprof/{name}");
        let Some((success, stdout, stderr)) = pprof(&["-top", &url]) else {
            return;
        };
        assert!(success, "{stderr}");
        assert!(stdout.contains(&format!("Type: {kind}\n")), "{stdout}");
    }
}

#[test]
fn go_shows_why_there_is_no_profile() {
    let (_serving, address) = serve();
    let url = format!("http://{address}/debug/pprof/allocs?debug=1");
    let Some((success, _, stderr)) = pprof(&["-top", &url]) else {
        return;
    };
    assert!(!success);
    assert!(stderr.contains("there is no text form"), "{stderr}");
}
