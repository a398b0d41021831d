//! `repool completions`: a shell's completion script.

use std::io::Write;

use clap::Args;
use clap_complete::{Shell, generate};

use crate::failure::Failure;
use crate::{command_line, output};

const EXAMPLES: &str = "\
Examples:
  repool completions bash > ~/.local/share/bash-completion/completions/repool
  repool completions fish > ~/.config/fish/completions/repool.fish
  repool completions zsh > \"${fpath[1]}/_repool\"";

/// Print the completion script of a shell
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

impl CompletionsArgs {
    /// Prints the script.
    pub(super) fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        // `generate` panics if its writer fails, so it writes to memory.
        let mut script = Vec::new();
        generate(
            self.shell,
            &mut command_line::description(),
            "repool",
            &mut script,
        );
        output::text(out, &String::from_utf8_lossy(&script))
    }
}
