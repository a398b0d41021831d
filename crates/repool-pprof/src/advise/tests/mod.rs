//! Unit tests of the advice: its text and JSON, hostile profiles, links of stacks, the rules, and what
//! was wrong in programs of others.

mod costs;
mod dependencies;
mod golden;
mod hostile;
mod json;
mod kept;
mod kinds;
mod linking;
mod lost;
mod own_code;
mod peaks;
mod rules;
mod test_profile;

use super::{Action, Advice};

/// The recommended actions of a site.
fn actions(advice: &Advice, site: usize) -> Vec<Action> {
    let recommendations = advice.sites[site].recommendations.iter();
    recommendations
        .map(|recommendation| recommendation.action)
        .collect()
}

/// The text of an advice in one line.
fn unwrapped(advice: &Advice) -> String {
    let text = advice.to_string();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
