#!/usr/bin/env bash
# Makes the virtual environment, or says in clear words what the machine lacks.
set -euo pipefail
python=$1 folder=$2
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "Lapwing needs Python 3.11 or newer; '$python' is $({ "$python" --version || echo missing; } 2>/dev/null). Name another one with: make PYTHON=python3.12 run" >&2
  exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  echo "Python's venv module is missing. On Debian and Ubuntu: sudo apt install python3-venv" >&2
  exit 1
fi
echo "Making the virtual environment in $folder ..."
"$python" -m venv "$folder"
