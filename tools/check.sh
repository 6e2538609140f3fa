#!/usr/bin/env bash
# What holds before every commit; stops at the first thing that does not.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
"$bin/ruff" format --check --quiet src tests bench tools
"$bin/ruff" check --quiet src tests bench tools
"$bin/mypy"
"$bin/lint-imports" --no-cache
"$bin/pytest" -q -n "$(nproc)" tests/unit "$@"
