#!/usr/bin/env bash
# Documentation of every crate, private items too, without and with every feature; warnings denied.
set -euo pipefail
export RUSTDOCFLAGS="-D warnings"
cargo doc --workspace --no-deps --quiet
cargo doc --workspace --no-deps --quiet --all-features --document-private-items
