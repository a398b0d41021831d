#!/usr/bin/env bash
# Loom explores the interleavings of the depot and of the slots engine. Each model prints what it
# proves and how many executions it explored, with at most this many preemptions in each.
set -euo pipefail
export LOOM_MAX_PREEMPTIONS=${LOOM_MAX_PREEMPTIONS:-3}
echo "at most $LOOM_MAX_PREEMPTIONS preemptions"
export CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true
RUSTFLAGS="--cfg repool_loom" CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/loom \
    cargo test --release -p repool --lib models -- --nocapture
