#!/usr/bin/env bash
# What we print of a profile is what Go's pprof prints, byte for byte: of profiles of Go and of ours,
# of odd ones made by hand and at random, with every option. And a large profile takes at most the
# memory that pprof takes for it; how long both take is shown. REPOOL_SAMPLES=600000 makes it one of
# 50 MB, for which pprof needs the better part of a minute.
set -euo pipefail

# Runs tests that must not be skipped for want of a Go.
tests() {
    local said
    said=$(ci/with-go cargo test --quiet -p repool-pprof --test pprof -- "$@" 2>&1) ||
        { echo "$said"; exit 1; }
    echo "$said"
    if grep -q skipped <<<"$said"; then exit 1; fi
    grep -qE '[1-9][0-9]* passed' <<<"$said"
}
tests
# Times are those of the place; Go brings its own table of zones. This one is off by a part of an hour.
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
