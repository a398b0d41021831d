//! Unit tests of the advice: its text, hostile profiles, links of stacks, and the rules.

mod golden;
mod hostile;
mod linking;
mod rules;
mod test_profile;
