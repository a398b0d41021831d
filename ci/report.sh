#!/usr/bin/env bash
# The report's page in Chromium: of a short study, of the constructed one, and of results before and after
# a change; light and dark, wide and narrow, by keyboard, and printed.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")

command -v chromium >/dev/null && command -v chromedriver >/dev/null ||
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium chromium-driver; } >&2
python=$target/browser/bin/python
# axe-playwright-python bundles axe-core, the accessibility checker.
"$python" -c 'import selenium, axe_playwright_python' 2>/dev/null || {
    python3 -c 'import ensurepip, venv' 2>/dev/null ||
        { apt-get update -qq && apt-get install -y -qq python3-venv; }
    python3 -m venv "$target/browser"
    "$target/browser/bin/pip" install --quiet selenium==4.* axe-playwright-python==0.1.*
} >&2

said=$(cargo test --quiet -p repool-cli --test it report::) || { echo "$said"; exit 1; }
pages=("$target/tmp/report/study/report.html" "$target/tmp/report/pair/report.html")
help=$(cargo run --release --quiet -- study --help)
if grep -q -- --out <<<"$help"; then
    study=$(mktemp -d)
    trap 'rm -rf "$study"' EXIT
    cargo run --release --quiet -- study --time 0.05 --out "$study" >/dev/null
    pages+=("$study/report.html")
fi
"$python" ci/report.py "${pages[@]}"
