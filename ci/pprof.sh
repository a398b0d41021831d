#!/usr/bin/env bash
# Go's own pprof reads our profiles without a complaint, and its tables are what they must be.
set -euo pipefail
tests=(cargo test --quiet -p repool-prof --lib -- pprof::tests::go::)
said=$(ci/with-go "${tests[@]}") || { echo "$said"; exit 1; }
echo "$said"
# Not because there was nothing to run.
grep -q ' [1-9][0-9]* passed' <<<"$said"
