#!/usr/bin/env bash
# All operations at once, for a minute on this system's engine and for a while on slots: no object is lost
# or returned by two gets, every figure is exact when all threads are idle, and every bound holds.
set -euo pipefail
REPOOL_SOAK_SECONDS=${REPOOL_SOAK_SECONDS:-60} cargo test --release --quiet -p repool --test soak
REPOOL_BACKEND=slots REPOOL_SOAK_SECONDS=15 cargo test --release --quiet -p repool --test soak
