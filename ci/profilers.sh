#!/usr/bin/env bash
# repool-prof adds at most 20 instructions to a pair of allocation and free, linked or running, unwinding
# by frame pointers or by tables. Its part of the race of the profilers runs on every allocator. The rivals
# take long to build and are not run here.
set -euo pipefail
command -v make >/dev/null && command -v cc >/dev/null ||
    { apt-get update -qq && apt-get install -y -qq build-essential; }
command -v valgrind >/dev/null || { apt-get update -qq && apt-get install -y -qq valgrind; }
cd bench/profilers
cargo fmt --all --check
cargo fmt --check --manifest-path contenders/mimalloc-pprof/Cargo.toml
cargo clippy --quiet -p profilers -p workload --all-targets -- -D warnings
cargo test --quiet
cargo build --release --quiet
target=${CARGO_TARGET_DIR:-$PWD/target}
race=$target/release/profilers
into=$(mktemp -d)
trap 'rm -rf "$into"' EXIT
"$race" --time --accuracy --rounds 1 --scale 0.01 --only repool-prof --into "$into"
"$race" --instructions --most 20 --into "$into" --only 'repool-prof, off (glibc)' \
    --only 'repool-prof, on (glibc)' --only 'repool-prof, on, by tables (glibc)'
# With the race's flags, so that jemalloc is not built again.
RUSTFLAGS="-C force-frame-pointers=yes" cargo clippy --quiet --release \
    --target-dir "$target/contenders" -p race-plain -p race-repool-prof -- -D warnings
# Bad arguments: one line on standard error, and a failure.
if said=$("$race" --rouns 1 2>&1); then exit 1; fi
test "$(wc -l <<<"$said")" = 1
