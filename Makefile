# One command per job. `make run` and `make test` are all that a newcomer needs.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PORT ?= 8000
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STATIC := src/lapwing/web/static
export PORT

.PHONY: help run test check format conformance bench lock build setup clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup ## Start Lapwing with the demo on http://127.0.0.1:8000 (PORT= changes it)
	@$(BIN)/lapwing demo --port $(PORT)

test: $(VENV)/.dev build ## Lint, types, import contracts and every test
	@tools/run_tests.sh

check: $(VENV)/.dev ## Format, lint, types, import contracts, unit tests: under a minute
	@tools/check.sh

format: $(VENV)/.dev ## Format the code
	@$(BIN)/ruff format src tests bench tools && $(BIN)/ruff check --fix -q src tests bench tools

conformance: $(VENV)/.dev build ## Run other clients' tests (LAPWING_CONFORMANCE=folder) and write docs/mastodon-api.md
	@PYTHONPATH=. $(BIN)/python tools/conformance.py

bench: $(VENV)/.dev build ## Measure the figures that docs/ states, and record them with the machine
	@$(BIN)/python -m bench

setup: $(VENV)/.run build ## Set up what running needs: virtual environment, front end, places

build: $(VENV)/.run
	@tools/build.sh

lock: $(VENV)/.dev ## Renew the lock files (hashes, no addresses)
	@tools/lock.sh

clean: ## Remove all that the commands above made, but no data
	@rm -rf $(VENV) frontend/node_modules $(STATIC) src/lapwing/data/built build .mypy_cache .ruff_cache .pytest_cache

$(VENV)/bin/python:
	@tools/make_venv.sh $(PYTHON) $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/python
	@tools/install.sh $(VENV) requirements.lock && touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@tools/install.sh $(VENV) requirements-dev.lock && touch $@
