#!/usr/bin/env bash
# Clippy with warnings denied, for every target, without and with every feature.
set -euo pipefail
cargo clippy --workspace --all-targets --quiet -- -D warnings
cargo clippy --workspace --all-targets --all-features --quiet -- -D warnings
