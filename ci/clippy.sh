#!/usr/bin/env bash
# Lints, warnings denied, over every target, without and with every feature.
set -euo pipefail
cargo clippy --workspace --all-targets --quiet -- -D warnings
cargo clippy --workspace --all-targets --all-features --quiet -- -D warnings
