#!/usr/bin/env bash
# Other readers accept our profiles unchanged: the npm package pprof-format (which fails on a field number
# above 15), Python's protobuf, and Go's pprof. They read the same contents; nothing refers to the string
# that carries our extension; and our reader accepts the profiles that they write.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

{
    command -v npm >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends npm; }
    python3 -c 'import ensurepip, venv' 2>/dev/null ||
        { apt-get update -qq && apt-get install -y -qq python3-venv; }
    npm install --silent --no-audit --no-fund --prefix "$folder" pprof-format@2.3.0
    python3 -m venv "$folder/python"
    "$folder/python/bin/pip" install --quiet protobuf==7.36.2
} >&2
cp ci/readers.cjs "$folder"

cargo build --quiet
repool=${CARGO_TARGET_DIR:-target}/debug/repool
"$repool" --time 0.01 --count 1 --out "$folder/study" >/dev/null

for file in "$folder"/study/*.pb.gz; do
    name=$(basename "$file")
    node "$folder/readers.cjs" "$file" "$folder/by-npm.pb" >"$folder/npm"
    "$folder/python/bin/python" ci/readers.py "$file" >"$folder/protobuf"
    diff "$folder/npm" "$folder/protobuf"
    grep -qx 'carries lifetimes: true' "$folder/npm"

    # shellcheck disable=SC2016 # for the shell that has REPOOL_GO
    ci/with-go sh -c '"$REPOOL_GO" tool pprof -proto -symbolize=none -output="$1" "$2"' \
        sh "$folder/by-go.pb.gz" "$file" 2>"$folder/said"
    ! grep -vE '^Generating report in ' "$folder/said"
    "$folder/python/bin/python" ci/readers.py "$folder/by-go.pb.gz" >"$folder/go"
    grep -qx 'carries lifetimes: false' "$folder/go"
    diff <(grep -v '^carries' "$folder/npm") <(grep -v '^carries' "$folder/go")

    "$repool" top "$file" >"$folder/top"
    for again in "$folder/by-npm.pb" "$folder/by-go.pb.gz"; do
        "$repool" top "$again" | diff "$folder/top" -
    done
    "$repool" advise "$file" >"$folder/advice"
    "$repool" advise "$folder/by-npm.pb" | diff "$folder/advice" -
    echo "$name: pprof-format, protobuf and Go's pprof agree: $(head -1 "$folder/npm")"
done
