#!/usr/bin/env bash
# The machine code of a warm get and return has no locked instruction, and no call but `recycle`'s.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_BUILD_TARGET:-$(rustc -vV | sed -n 's/^host: //p')}
if [ "$target" != x86_64-unknown-linux-gnu ]; then
    echo "warm path: skipped, because $target has no critical sections (x86_64-unknown-linux-gnu has)"
    exit 0
fi

command -v objdump >/dev/null && command -v python3 >/dev/null ||
    { apt-get update -qq && apt-get install -y -qq binutils python3; }
cargo build --release --quiet --package repool --example warm_path \
    --message-format json-render-diagnostics |
    LC_ALL=C python3 ci/warm-path.py # objdump's own words, untranslated
