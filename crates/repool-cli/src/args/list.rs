use clap::{Args, ValueHint};

use super::ProfileArgs;

/// Which functions to list.
#[derive(Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) profile: ProfileArgs,
    /// The functions whose names this regular expression matches
    #[arg(value_name = "REGEX")]
    pub(crate) functions: regex::Regex,
    /// Look for the source in these folders, with : between them [default: the current one]
    #[arg(long, value_name = "FOLDERS", value_hint = ValueHint::DirPath)]
    pub(crate) source_path: Option<String>,
    /// Take these prefixes, with : between them, off the paths that the profile has
    #[arg(long, value_name = "PREFIXES")]
    pub(crate) trim_path: Option<String>,
}
