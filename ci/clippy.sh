#!/usr/bin/env bash
# Lints, warnings denied, over every target, with every feature.
set -euo pipefail
cargo clippy --workspace --all-targets --all-features --quiet -- -D warnings
