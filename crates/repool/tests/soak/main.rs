//! All operations at once, from many threads, for `REPOOL_SOAK_SECONDS` on this system's engine or the one
//! that `REPOOL_BACKEND` names. Without either variable it runs some seconds on both.
//!
//! It is a program of its own: it changes the CPUs of its threads, and a thread that panics aborts it, because
//! the others would wait for that thread.

mod inflation;
mod storm;
mod subject;
mod thing;
mod worker;

use std::env;
use std::process::abort;
use std::time::Duration;

use repool_testing::{listing, rerun};

fn main() {
    if listing::is_asked_for("soak") {
        return;
    }
    let args: Vec<_> = env::args().skip(1).collect();
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
    let mut names = args.iter().filter(|arg| !arg.starts_with('-'));
    let only = names.next().map_or("", String::as_str);
    for (_, part) in parts.iter().filter(|(name, _)| name.contains(only)) {
        part();
    }
    if asked.is_none() && !rerun::has_backend() {
        let status = rerun::on_slots().args(&args).status();
        assert!(status.unwrap().success(), "on the slots engine");
    }
}
