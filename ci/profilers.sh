#!/usr/bin/env bash
# What repool-prof adds to a pair of allocation and free: at most 20 instructions, linked or
# running, unwinding by frame pointers or by tables. And its part of the race of the profilers runs
# on every allocator; the rivals, which take long to build, are left to that race's own command.
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
# As the race builds them, so that jemalloc is not built again.
RUSTFLAGS="-C force-frame-pointers=yes" cargo clippy --quiet --release \
    --target-dir "$target/contenders" -p race-plain -p race-repool-prof -- -D warnings
# Bad arguments: one line, and no success.
if said=$("$race" --rouns 1 2>&1); then exit 1; fi
test "$(wc -l <<<"$said")" = 1
