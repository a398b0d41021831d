#!/usr/bin/env bash
# What takes the feature `bytes`: its tests, and the echo server, which allocates no buffer once it
# is warm, on both engines.
set -euo pipefail
cargo test --quiet -p repool --features bytes --test memory
cargo test --quiet -p repool --features bytes --test it -- buffers:: frozen:: engines::
cargo test --quiet -p repool --features bytes --doc -- buf::
cargo run --release --quiet -p repool --features bytes --example echo
REPOOL_BACKEND=slots cargo run --release --quiet -p repool --features bytes --example echo
