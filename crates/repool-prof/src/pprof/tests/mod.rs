//! Tests of the export, with snapshots that are made by hand (`made`).

mod files;
mod folding;
mod go;
mod large;
mod made;
mod numbers;
mod peaks;
mod rules;
