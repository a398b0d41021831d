#!/usr/bin/env bash
# Formatting, as rustfmt has it.
set -euo pipefail
cargo fmt --all --check
