#!/usr/bin/env bash
# Runs every fuzz target for a minute (REPOOL_FUZZ_SECONDS), beginning with the stored corpus. Fails on a
# crash, and if a small input takes too much memory.
set -euo pipefail
command -v cargo-fuzz >/dev/null || cargo install --quiet --locked cargo-fuzz
cd fuzz
cargo fmt --check
# Sanitizers need a nightly compiler; RUSTC_BOOTSTRAP enables them in a stable one.
cargo=(cargo +nightly)
"${cargo[@]}" --version >/dev/null 2>&1 || { cargo=(cargo) && export RUSTC_BOOTSTRAP=1; }
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
# A crashing input is written to fuzz/artifacts/, as by cargo-fuzz.
for target in fuzz_targets/*.rs; do
    target=$(basename "$target" .rs)
    mkdir -p "$new/$target"
    # The fuzzer writes new inputs to the first folder.
    "${cargo[@]}" fuzz run "$target" "$new/$target" "corpus/$target" -- \
        -max_total_time="${REPOOL_FUZZ_SECONDS:-60}" -rss_limit_mb=1024 -malloc_limit_mb=512 \
        -verbosity=0 -print_final_stats=1
done
