#!/usr/bin/env bash
# Unwinding in programs that were built otherwise than the workspace's tests: with frame pointers,
# where both ways must agree; and with gaps between segments, of which the loader then knows each by
# itself.
set -euo pipefail
target=${CARGO_TARGET_DIR:-$PWD/target}
unwinds() {
    CARGO_TARGET_DIR=$target/$1 RUSTFLAGS=$2 \
        cargo test --quiet -p repool-prof --lib --test unwind unwind
}
unwinds frame-pointers "-C force-frame-pointers=yes"
unwinds gaps "-C link-arg=-Wl,-z,max-page-size=0x10000"
