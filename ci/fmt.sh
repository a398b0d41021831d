#!/usr/bin/env bash
# Formatting by rustfmt.
set -euo pipefail
cargo fmt --all --check
