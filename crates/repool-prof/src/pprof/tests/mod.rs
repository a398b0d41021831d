//! Exports of snapshots that were made by hand.

mod files;
mod folding;
mod go;
mod large;
mod made;
mod numbers;
mod rules;
