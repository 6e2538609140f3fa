#!/usr/bin/env bash
# Installs exactly what a lock file names (each file checked by its hash), then Lapwing itself.
set -euo pipefail
folder=$1 lock=$2
echo "Installing what $lock names ..."
"$folder/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps -r "$lock"
"$folder/bin/pip" install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
