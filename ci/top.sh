#!/usr/bin/env bash
# `repool top`, `tree`, `traces` and `list` print what Go's pprof prints, byte for byte: for Go's profiles
# and ours, for unusual constructed and random ones, with every option. A large profile takes at most
# pprof's memory; the times of both are printed. REPOOL_SAMPLES=600000 makes it one of 50 MB, for which
# pprof takes most of a minute.
set -euo pipefail

# Runs tests, and fails if one is skipped because there is no Go.
tests() {
    local said
    said=$(ci/with-go cargo test --quiet -p repool-pprof --test pprof -- "$@" 2>&1) ||
        { echo "$said"; exit 1; }
    echo "$said"
    if grep -q skipped <<<"$said"; then exit 1; fi
    grep -qE '[1-9][0-9]* passed' <<<"$said"
}
tests
# Times are local; Go has its own table of time zones. This zone's offset is no whole hour.
[ -e /usr/share/zoneinfo/Asia/Kathmandu ] ||
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq tzdata; } >&2
TZ=Asia/Kathmandu tests profiles_of_go
TZ=America/New_York tests odd

cargo build --quiet --release -p repool-pprof --examples
examples=${CARGO_TARGET_DIR:-target}/release/examples
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$examples/large-profile" "$folder/large.pb.gz" "${REPOOL_SAMPLES:-100000}"
ci/with-go python3 ci/top.py "$examples/top" "$folder/large.pb.gz"
