#!/usr/bin/env bash
# On each program of bench/advice, the advice begins with what an expert would do, recommends nothing
# unsafe, and predicts bytes and allocations within 5 %. Times are not judged.
set -euo pipefail
command -v make >/dev/null && command -v cc >/dev/null ||
    { apt-get update -qq && apt-get install -y -qq build-essential; }
cd bench/advice
cargo fmt --all --check
cargo clippy --quiet --workspace --all-targets -- -D warnings
cargo test --release --quiet --package advice
cargo run --release --quiet -- --quick
# Bad arguments: a message that names them, and a failure.
if said=$(cargo run --release --quiet -- --quik 2>&1); then exit 1; fi
grep -q -- --quik <<<"$said"
