#!/usr/bin/env bash
# Documentation of every crate, private items too, warnings denied.
set -euo pipefail
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --all-features --no-deps --quiet
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --all-features --no-deps --quiet --document-private-items
