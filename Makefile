.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: help build test check format golden pages schema bench wheel lock clean

help: ## Show this help
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "%-8s %s\n", $$1, $$2}'

build: $(READY) ## Compile platform.yaml into generated/
	@$(BIN)/mlopsgen build

test: $(READY) ## Run the whole test suite
	@$(BIN)/pytest -n auto

check: $(READY) ## Lint, types, architecture, and freshness of everything generated
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/mlopsgen schema --out schemas/platform.schema.json --check
	@$(BIN)/mlopsgen build --check

format: $(READY) ## Format the code and mend what ruff can mend
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

golden: $(READY) ## Rewrite the golden trees; review their diff like code
	@$(BIN)/python -m tests.golden

pages: $(READY) ## Rewrite the outputs shown on the rule and how-to pages
	@$(BIN)/python -m tests.pages
	@$(BIN)/python -m tests.how_to

schema: $(READY) ## Rewrite schemas/platform.schema.json
	@$(BIN)/mlopsgen schema --out schemas/platform.schema.json

bench: $(READY) ## Measure builds of 10, 100 and 1,000 models
	@$(BIN)/python benchmarks/bench_build.py

wheel: $(READY) ## Build the wheel into dist/
	@$(BIN)/python -m hatchling build -t wheel

lock: $(READY) ## Resolve the dependencies again
	@$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet --upgrade \
	  --output-file requirements.lock

clean: ## Remove the virtual environment and caches
	@rm -rf .venv dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "mlopsgen needs Python 3.11 or newer; name one with PYTHON=..." >&2; exit 2; }
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
