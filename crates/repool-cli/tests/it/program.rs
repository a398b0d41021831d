//! Starting the program.

use std::io::{ErrorKind, Write};
use std::process::{Command, Output, Stdio};

/// The program with these arguments, its standard input empty, in a folder where its files are in
/// nobody's way. Whoever looks at them says `--out`.
pub fn repool(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_repool"));
    command
        .args(args)
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// How it ended.
#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Lets it run to its end.
pub fn run(mut command: Command) -> Outcome {
    outcome(command.output().expect("the program starts"))
}

/// The same, with something on standard input.
pub fn run_with_stdin(mut command: Command, input: &[u8]) -> Outcome {
    let mut child = command
        .stdin(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // The input fits into a pipe, so that nobody waits for anybody.
    let written = child.stdin.take().expect("piped").write_all(input);
    // A program that has a complaint need not read.
    if let Err(error) = written {
        assert_eq!(error.kind(), ErrorKind::BrokenPipe, "{error}");
    }
    outcome(child.wait_with_output().expect("the program ends"))
}

pub fn outcome(output: Output) -> Outcome {
    let text = |bytes| String::from_utf8(bytes).expect("the program prints text");
    Outcome {
        code: output.status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}
