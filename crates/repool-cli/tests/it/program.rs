//! Starts the program and captures its output.

use std::io::{ErrorKind, Write};
use std::process::{Command, Output, Stdio};

/// The program with these arguments and an empty standard input, in a temporary folder. A test that reads
/// the program's files passes `--out`.
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

/// The exit code and the output of a process.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Runs the program to its end.
pub fn run(mut command: Command) -> Ended {
    outcome(command.output().expect("the program starts"))
}

/// Runs the program to its end, with `input` on standard input.
pub fn run_with_stdin(mut command: Command, input: &[u8]) -> Ended {
    let mut child = command
        .stdin(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // The input fits into a pipe's buffer, so that the write cannot block.
    let written = child.stdin.take().expect("piped").write_all(input);
    // A program that fails early may not read its input.
    if let Err(error) = written {
        assert_eq!(error.kind(), ErrorKind::BrokenPipe, "{error}");
    }
    outcome(child.wait_with_output().expect("the program ends"))
}

/// The output as text.
pub fn outcome(output: Output) -> Ended {
    let text = |bytes| String::from_utf8(bytes).expect("the program prints text");
    Ended {
        code: output.status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}
