#!/usr/bin/env bash
# Unwinding in programs built with other flags than the workspace's tests: with frame pointers, where both
# methods must agree; and with gaps between segments, each of which the loader then reports separately.
set -euo pipefail
target=${CARGO_TARGET_DIR:-$PWD/target}
unwinds() {
    CARGO_TARGET_DIR=$target/$1 RUSTFLAGS=$2 \
        cargo test --quiet -p repool-prof --lib --test unwind unwind
}
unwinds frame-pointers "-C force-frame-pointers=yes"
unwinds gaps "-C link-arg=-Wl,-z,max-page-size=0x10000"
