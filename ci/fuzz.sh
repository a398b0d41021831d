#!/usr/bin/env bash
# Every fuzz target for a minute (REPOOL_FUZZ_SECONDS), from the inputs that are kept: no crash, and
# no more memory than a small file may take.
set -euo pipefail
command -v cargo-fuzz >/dev/null || cargo install --quiet --locked cargo-fuzz
cd fuzz
cargo fmt --check
# Sanitizers are for nightly compilers. Others have them too, if told to pass for one.
cargo=(cargo +nightly)
"${cargo[@]}" --version >/dev/null 2>&1 || { cargo=(cargo) && export RUSTC_BOOTSTRAP=1; }
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
# A broken input is left in fuzz/artifacts/, as cargo-fuzz does.
for target in fuzz_targets/*.rs; do
    target=$(basename "$target" .rs)
    mkdir -p "$new/$target"
    # What is found goes to the first folder.
    "${cargo[@]}" fuzz run "$target" "$new/$target" "corpus/$target" -- \
        -max_total_time="${REPOOL_FUZZ_SECONDS:-60}" -rss_limit_mb=1024 -malloc_limit_mb=512 \
        -verbosity=0 -print_final_stats=1
done
