//! What each command does, but for the study and the report, which are larger.

mod advise;
mod browser;
mod compare;
mod completions;
mod flame;
mod list;
mod man;
mod output;
mod profile;

use crate::args::Command;
use crate::stdout::Stdout;
use crate::{Failure, report, study};

/// Does it, and prints the results to `out`.
pub(crate) fn run(command: Command, out: &mut Stdout) -> Result<(), Failure> {
    match command {
        Command::Top(args) => profile::top(args, out),
        Command::Tree(args) => profile::tree(args, out),
        Command::Traces(args) => profile::traces(args, out),
        Command::List(args) => list::run(args, out),
        Command::Flame(args) => flame::run(args, out),
        Command::Advise(args) => advise::run(args, out),
        Command::Compare(args) => compare::run(args, out),
        Command::Report(args) => {
            let page = report::write(&args.folder)?;
            output::line(out, &format!("wrote {}", page.display()))?;
            browser::open_if(args.open, &page)
        }
        Command::Study(args) => study::run(&args.into(), out),
        Command::Completions { shell } => completions::run(shell, out),
        Command::Man { folder } => man::run(folder.as_deref(), out),
    }
}
