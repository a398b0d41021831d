#!/usr/bin/env bash
# The pool's tests with every feature; and each feature alone compiles.
set -euo pipefail
cargo test --quiet --package repool --all-features
for feature in bytes prometheus serde; do
    cargo check --quiet --package repool --features "$feature"
done
