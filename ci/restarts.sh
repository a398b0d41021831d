#!/usr/bin/env bash
# The critical sections with a delay before each commit, so that threads are often preempted there: the
# state after every restart must be correct.
set -euo pipefail
RUSTFLAGS="--cfg repool_delay" CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/delay \
    cargo test --release -p repool --test restarts --test it --test process -- --show-output --test-threads 1
