use std::io::Write;

use clap_complete::{Shell, generate};

use super::output;
use crate::{Failure, args};

/// Prints completions.
pub(super) fn run(shell: Shell, out: &mut dyn Write) -> Result<(), Failure> {
    // The generator panics where it cannot write.
    let mut script = Vec::new();
    generate(shell, &mut args::description(), "repool", &mut script);
    output::text(out, &String::from_utf8_lossy(&script))
}
