//! Runs each case in a process of its own: a process has one profiler and one global allocator, and
//! some cases end their process in unusual ways.
//!
//! Accepts what `cargo test` passes on: parts of names, `--exact`, `--skip`, `--list`.

use std::env;
use std::ffi::CStr;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitCode};

/// Seconds after which a case is taken for deadlocked.
pub const GUARD: u32 = 60;

/// The variable with the name of the case that a process runs, as `name@rate`.
pub const CASE: &CStr = c"REPOOL_TEST_CASE";

fn variable() -> &'static str {
    CASE.to_str().expect("ASCII")
}

/// A case, at one sampling rate.
pub struct Case {
    name: &'static str,
    rate: u64,
    run: fn(u64),
    /// The exit status that its process must have.
    status: i32,
}

/// A case that runs `run` at a rate, and whose process must end with status 0.
pub fn case(name: &'static str, rate: u64, run: fn(u64)) -> Case {
    Case {
        name,
        rate,
        run,
        status: 0,
    }
}

impl Case {
    /// Sets the exit status that the process must have.
    #[must_use]
    pub fn ends_with(self, status: i32) -> Self {
        Self { status, ..self }
    }

    fn full_name(&self) -> String {
        format!("{}@{}", self.name, self.rate)
    }

    /// Runs the case in a process. Returns what it skipped, or what failed and all that it printed.
    fn run_apart(&self) -> Result<String, String> {
        let output = Command::new(env::current_exe().expect("a test has a file"))
            .env(variable(), self.full_name())
            .env("RUST_BACKTRACE", "0")
            .output()
            .expect("a test can run itself");
        if output.status.code() == Some(self.status) {
            let said = String::from_utf8_lossy(&output.stdout);
            let skipped = said.lines().filter(|line| line.starts_with("skipped"));
            return Ok(skipped.map(|line| format!(" ({line})")).collect());
        }
        let how = match output.status.signal() {
            Some(libc::SIGALRM) => format!("not done after {GUARD} s"),
            Some(signal) => format!("signal {signal}"),
            None => output.status.to_string(),
        };
        Err(format!(
            "{how}\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ))
    }
}

/// Runs `cases`, or the one that this process was started for.
pub fn run(cases: &[Case]) -> ExitCode {
    if let Ok(wanted) = env::var(variable()) {
        // SAFETY: alarm has no preconditions.
        unsafe { libc::alarm(GUARD) };
        let case = cases
            .iter()
            .find(|case| case.full_name() == wanted)
            .expect("a case of this test");
        (case.run)(case.rate);
        return ExitCode::SUCCESS;
    }
    let args: Vec<String> = env::args().skip(1).collect();
    let has = |flag: &str| args.iter().any(|arg| arg == flag);
    let exact = has("--exact");
    let matches = |name: &str, part: &str| name == part || !exact && name.contains(part);
    let (mut wanted, mut skipped, mut rest) = (Vec::new(), Vec::new(), args.iter());
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "--skip" => skipped.extend(rest.next()),
            "--format" | "--test-threads" | "--color" => drop(rest.next()),
            flag if flag.starts_with('-') => {}
            part => wanted.push(part),
        }
    }
    let mut failed = 0;
    for case in cases {
        let name = case.full_name();
        if !wanted.is_empty() && !wanted.iter().any(|part| matches(&name, part))
            || skipped.iter().any(|part| matches(&name, part))
        {
            continue;
        }
        if has("--list") {
            println!("{name}: test");
            continue;
        }
        match case.run_apart() {
            Ok(skipped) => println!("ok {name}{skipped}"),
            Err(why) => {
                failed += 1;
                println!("FAILED {name}: {why}");
            }
        }
    }
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        println!("{failed} failed");
        ExitCode::FAILURE
    }
}
