//! The commands, one module each: its arguments, its help and what it does. A new command is a module
//! and its lines here.

mod advise;
mod compare;
mod completions;
mod flame;
mod list;
mod man;
mod report;
mod study;
mod top;
mod traces;
mod tree;

use clap::Subcommand;

use crate::failure::Failure;
use crate::stdout::Stdout;

pub(crate) use study::StudyArgs;

/// Every command with its arguments, in the order of `repool --help`. The help of each is the doc
/// comment of its arguments.
#[derive(Subcommand)]
pub(crate) enum Command {
    Top(top::TopArgs),
    List(list::ListArgs),
    Tree(tree::TreeArgs),
    Traces(traces::TracesArgs),
    Flame(flame::FlameArgs),
    Advise(advise::AdviseArgs),
    Compare(compare::CompareArgs),
    Report(report::ReportArgs),
    Study(StudyArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

impl Command {
    /// Runs the command, and prints its results to `out`.
    pub(crate) fn run(self, out: &mut Stdout) -> Result<(), Failure> {
        match self {
            Self::Top(args) => args.run(out),
            Self::List(args) => args.run(out),
            Self::Tree(args) => args.run(out),
            Self::Traces(args) => args.run(out),
            Self::Flame(args) => args.run(out),
            Self::Advise(args) => args.run(out),
            Self::Compare(args) => args.run(out),
            Self::Report(args) => args.run(out),
            Self::Study(args) => args.run(out),
            Self::Completions(args) => args.run(out),
            Self::Man(args) => args.run(out),
        }
    }
}
