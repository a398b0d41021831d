//! Everything at once, for as long as `REPOOL_SOAK_SECONDS` says, on this system's engine or the one
//! that `REPOOL_BACKEND` names; without either some seconds on both.
//!
//! A program of its own: it changes what CPUs its threads run on, and a thread that finds something
//! wrong ends it, for the others would wait for it.

#[path = "../it/affinity.rs"]
#[allow(dead_code)] // threads move here
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
    // A runner that asks what there is (cargo nextest does) is told of one test.
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
    // As for other tests: those whose names contain an argument.
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
