#!/usr/bin/env bash
# Everything at once, for a minute on this system's engine and a while on slots: no object is lost
# or in two hands, every figure is exact whenever all threads are quiet, and every bound holds.
set -euo pipefail
REPOOL_SOAK_SECONDS=${REPOOL_SOAK_SECONDS:-60} cargo test --release --quiet -p repool --test soak
REPOOL_BACKEND=slots REPOOL_SOAK_SECONDS=15 cargo test --release --quiet -p repool --test soak
