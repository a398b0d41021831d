#!/usr/bin/env bash
# The echo server allocates no buffer once it is warm, on both engines.
set -euo pipefail
cargo run --release --quiet -p repool --features bytes --example echo
REPOOL_BACKEND=slots cargo run --release --quiet -p repool --features bytes --example echo
