#!/usr/bin/env bash
# Every rival of the race builds, passes its check and runs. A run this short gives no useful figures.
set -euo pipefail
command -v make >/dev/null && command -v cc >/dev/null ||
    { apt-get update -qq && apt-get install -y -qq build-essential; }
cd bench
cargo fmt --check
cargo clippy --quiet --all-targets -- -D warnings
cargo test --quiet
cargo run --release --quiet -- --rounds 1 --scale 0.01
REPOOL_BACKEND=slots cargo run --release --quiet -- --rounds 1 --scale 0.01
