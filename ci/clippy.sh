#!/usr/bin/env bash
# Lints, warnings denied, over every target.
set -euo pipefail
cargo clippy --workspace --all-targets --quiet -- -D warnings
