#!/usr/bin/env bash
# A short run of the retained memory of pools: every contender runs, Go's too, and the facts about repool
# hold.
set -euo pipefail
command -v make >/dev/null && command -v cc >/dev/null ||
    { apt-get update -qq && apt-get install -y -qq build-essential; }
cd bench
into=$(mktemp -d)
trap 'rm -rf "$into"' EXIT
../ci/with-go bash -c 'cd go/retained && "$REPOOL_GO" vet .'
cargo build --release --quiet --bin retained
retained=${CARGO_TARGET_DIR:-target}/release/retained
../ci/with-go "$retained" --quick --into "$into"
REPOOL_BACKEND=slots ../ci/with-go "$retained" --quick --into "$into"
grep -q '</svg>' "$into/plots/outliers.svg" && grep -q '</svg>' "$into/plots/burst.svg"
# Bad arguments: one line on standard error, and a failure.
if said=$("$retained" --sede 1 2>&1); then exit 1; fi
test "$(wc -l <<<"$said")" = 1
