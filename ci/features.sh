#!/usr/bin/env bash
# The tests of the pool and of the profiler with every feature; and each feature alone compiles.
set -euo pipefail
cargo test --quiet --package repool --all-features
cargo test --quiet --package repool-prof --all-features
for feature in bytes prometheus serde; do
    cargo check --quiet --package repool --features "$feature"
done
