//! All operations at once, from many threads, for `REPOOL_SOAK_SECONDS` on this system's engine or the one
//! that `REPOOL_BACKEND` names. Without either variable it runs some seconds on both.
//!
//! It is a program of its own: it changes the CPUs of its threads, and a thread that panics aborts it, because
//! the others would wait for that thread.

#[path = "../it/affinity.rs"]
#[allow(dead_code)] // not all of it is used here
mod affinity;
mod dice;
mod inflation;
mod pressure;
mod storm;
mod subject;
mod thing;
mod worker;

use std::env;
use std::process::{Command, abort};
use std::time::Duration;

fn main() {
    // A runner that lists tests (cargo nextest does) finds one test.
    let args: Vec<_> = env::args().collect();
    if args.iter().any(|arg| arg == "--list") {
        if !args.iter().any(|arg| arg == "--ignored") {
            println!("soak: test");
        }
        return;
    }
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        print(panic);
        abort();
    }));
    let asked = env::var("REPOOL_SOAK_SECONDS").ok();
    let seconds: f64 = asked.as_ref().map_or(3.0, |asked| asked.parse().unwrap());
    let share = |part: f64| Duration::from_secs_f64(seconds * part);
    println!("soak on {}: {seconds} s", repool::backend());
    let parts: [(&str, &dyn Fn()); 3] = [
        ("storm", &|| storm::run(share(0.6))),
        ("inflation of one", &|| inflation::run(share(0.2), 1)),
        ("inflation of many", &|| inflation::run(share(0.2), 70)),
    ];
    // As in a test harness, an argument selects the parts whose names contain it.
    let mut names = args[1..].iter().filter(|arg| !arg.starts_with('-'));
    let only = names.next().map_or("", String::as_str);
    for (_, part) in parts.iter().filter(|(name, _)| name.contains(only)) {
        part();
    }
    if asked.is_none() && env::var_os("REPOOL_BACKEND").is_none() {
        let status = Command::new(env::current_exe().unwrap())
            .args(&args[1..])
            .env("REPOOL_BACKEND", "slots")
            .status();
        assert!(status.unwrap().success(), "on the slots engine");
    }
}
