#!/usr/bin/env bash
# Lint, types, import contracts and every test. Tests that need a Chromium or a PostgreSQL use the
# one that is there; LAPWING_TEST_REQUIRED=1 fails where one is missing instead of leaving them out.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
left_out=()
find_chromium() {
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" && return
  done
}
export LAPWING_TEST_CHROMIUM=${LAPWING_TEST_CHROMIUM:-$(find_chromium || true)}
[ -n "$LAPWING_TEST_CHROMIUM" ] || left_out+=("tests/browser (no Chromium found)")
if [ -z "${LAPWING_TEST_POSTGRESQL:-}" ] && pg_isready -q -h 127.0.0.1 2>/dev/null; then
  export LAPWING_TEST_POSTGRESQL="postgresql://${PGUSER:-$(id -un)}@127.0.0.1/${PGDATABASE:-test}"
  psql -q -c 'select 1' "$LAPWING_TEST_POSTGRESQL" >/dev/null 2>&1 || unset LAPWING_TEST_POSTGRESQL
fi
[ -n "${LAPWING_TEST_POSTGRESQL:-}" ] || left_out+=("those marked postgresql (no PostgreSQL that lets us in; name one with LAPWING_TEST_POSTGRESQL)")
if [ "${LAPWING_TEST_REQUIRED:-0}" = 1 ] && [ ${#left_out[@]} -gt 0 ]; then
  printf 'Missing for the tests: %s\n' "${left_out[@]}" >&2
  exit 1
fi
"$bin/ruff" format --check --quiet src tests bench tools
"$bin/ruff" check --quiet src tests bench tools
"$bin/mypy"
"$bin/lint-imports" --no-cache
status=0
if [ $# -gt 0 ]; then
  "$bin/pytest" -q "$@" || status=$?
else # what needs nothing of its own beside, side by side; then what starts servers
  "$bin/pytest" -q -n "$(nproc)" tests/unit tests/properties tests/site || status=$?
  "$bin/pytest" -q tests/contracts tests/integration tests/browser tests/conformance || status=$?
fi
if [ ${#left_out[@]} -gt 0 ]; then
  (IFS=';'; printf 'Left out: %s\n' "${left_out[*]}")
fi
exit $status
