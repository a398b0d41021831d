//! `repool man`: the manual page, or one for each command in a folder.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueHint};
use clap_mangen::Man;

use crate::failure::Failure;
use crate::{command_line, file, output};

const EXAMPLES: &str = "\
Examples:
  repool man | man -l -
  repool man ~/.local/share/man/man1";

/// Print the manual page, or write all of them into a folder
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct ManArgs {
    /// Write a page for each command into this folder
    #[arg(value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    folder: Option<PathBuf>,
}

impl ManArgs {
    /// Prints the program's page, or writes all pages.
    pub(super) fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        let mut program = command_line::description();
        program.build();
        let Some(folder) = self.folder else {
            return output::text(out, &page(program).map_err(Failure::Output)?);
        };
        fs::create_dir_all(&folder).map_err(|error| {
            Failure::Input(format!(
                "cannot create the folder {}: {error}; name one that can be written to",
                folder.display()
            ))
        })?;
        // `help` has no page of its own: it prints what `--help` prints.
        let commands = program
            .get_subcommands()
            .filter(|command| command.get_name() != "help");
        let commands: Vec<_> = commands.cloned().collect();
        for command in std::iter::once(program).chain(commands) {
            let name = command.get_display_name().unwrap_or("repool").to_string();
            let page = page(command).map_err(Failure::Output)?;
            let path = folder.join(format!("{name}.1"));
            file::write(&path, page.as_bytes())?;
            output::line(out, &format!("wrote {}", path.display()))?;
        }
        Ok(())
    }
}

fn page(command: clap::Command) -> io::Result<String> {
    let mut page = Vec::new();
    Man::new(command).render(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
