use clap::{Args, ValueHint};

/// What to compare.
#[derive(Args)]
pub(crate) struct CompareArgs {
    /// Results of benchmarks, the earlier first; NAME=FILE gives a column a name
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath, required = true)]
    pub(crate) files: Vec<String>,
    /// How sure a difference must be: the chance that it is none
    #[arg(long, value_name = "ALPHA", default_value = "0.05", value_parser = parse_share)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) alpha: f64,
    /// How sure an interval must be to hold the median
    #[arg(long, value_name = "LEVEL", default_value = "0.95", value_parser = parse_share)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) confidence: f64,
    /// Exit with 1 if anything became worse, by more than PERCENT, was lost, or nothing was compared
    #[arg(long, value_name = "PERCENT", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "0", value_parser = parse_percent)]
    pub(crate) fail_on_regression: Option<f64>,
    /// Let --fail-on-regression pass if benchmarks have no counterpart, or failed in a later file
    #[arg(long, requires = "fail_on_regression")]
    pub(crate) allow_missing: bool,
    /// Print a JSON document, and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

fn parse_share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if share > 0.0 && share < 1.0 => Ok(share),
        _ => Err("must be a number between 0 and 1".into()),
    }
}

fn parse_percent(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(percent) if percent >= 0.0 && percent.is_finite() => Ok(percent),
        _ => Err("must be a number of percent from 0 on, such as 5".into()),
    }
}
