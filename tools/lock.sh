#!/usr/bin/env bash
# Renews both lock files from pyproject.toml: hashes, no addresses.
set -euo pipefail
.venv/bin/pip install --quiet pip-tools
compile() {
  .venv/bin/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header \
    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host "$@" pyproject.toml
}
compile --extra build -o requirements.lock
compile --extra build --extra dev -o requirements-dev.lock
