.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# What the tests and linters need on top; a build needs none of it.
TOOLS := .venv/.tools
# What makes the site of the documentation, apart from all else.
DOCS := .tools/docs
PIP := $(BIN)/pip install -qq --disable-pip-version-check
RESOLVE := $(BIN)/uv pip compile --universal --python-version 3.11 --quiet --upgrade \
  --generate-hashes --no-emit-index-url --no-annotate --no-header
IRIS := examples/iris/requirements

# Where it is set, every run would compile our modules again: a quarter of a small build.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help build test demo check scan format golden pages docs schema bench wheel lock clean

help: ## Show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "%-19s %s\n", $$1, $$2}'

build: $(READY) ## Compile platform.yaml into generated/
	@$(BIN)/mlopsgen build

test: $(TOOLS) ## Run the whole test suite
	@$(BIN)/pytest -n auto

demo: $(TOOLS) ## Train, test and release examples/iris with a local MLflow; show what changes
	@$(BIN)/python examples/iris/demo.py

check: $(TOOLS) ## Lint, types, architecture, and freshness of everything generated
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/mlopsgen schema --out schemas/platform.schema.json --check
	@$(BIN)/mlopsgen build --check

scan: $(READY) ## Scan Terraform and what is generated for security with checkov
	@scripts/scan-infrastructure

format: $(TOOLS) ## Format the code and mend what ruff can mend
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

golden: $(TOOLS) ## Rewrite the golden trees; review their diff like code
	@$(BIN)/python -m tests.golden
	@$(BIN)/python -m tests.overrides

pages: $(TOOLS) ## Rewrite what docs/ and README.md show: outputs, keys and facts
	@$(BIN)/python -m tests.pages
	@$(BIN)/python -m tests.readme
	@$(BIN)/python -m tests.vocabulary
	@$(BIN)/python -m tests.how_to
	@$(BIN)/python -m tests.serving
	@$(BIN)/python -m tests.sessions
	@$(BIN)/python -m tests.reference
	@$(BIN)/python -m tests.picture
	@$(BIN)/python -m tests.imports.cases

docs: $(DOCS)/.ready ## Build the site of the documentation into site/
	@NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/mkdocs build --strict --quiet

schema: $(READY) ## Rewrite schemas/platform.schema.json
	@$(BIN)/mlopsgen schema --out schemas/platform.schema.json

bench: $(TOOLS) ## Measure builds of 10, 100 and 1,000 models
	@$(BIN)/python benchmarks/bench_build.py

wheel: $(TOOLS) ## Build the wheel into dist/
	@$(BIN)/python -m hatchling build -t wheel

lock: $(TOOLS) ## Resolve the dependencies again
	@$(RESOLVE) pyproject.toml --output-file requirements.lock
	@$(RESOLVE) pyproject.toml --group dev --output-file requirements-dev.lock
	@$(RESOLVE) --group docs --output-file requirements-docs.lock
	@$(RESOLVE) $(IRIS)/training.in --output-file $(IRIS)/training.txt
	@$(RESOLVE) $(IRIS)/load-test.in --output-file $(IRIS)/load-test.txt

# Of which environment, as in `make deploy ENV=prod`.
ENV ?= dev
PLATFORM := @infrastructure/platform.sh

.PHONY: deploy status destroy terraform-init terraform-plan terraform-apply
.PHONY: port-forward-mlflow port-forward-argocd

deploy: ## Make the AWS account and the cluster what platform.yaml says; it asks first
	$(PLATFORM) deploy "$(ENV)"

status: ## Show nodes, Applications and load balancers
	$(PLATFORM) status "$(ENV)"

destroy: ## Delete all of it; it asks for the name of the cluster, and for DELETE_DATA=yes
	$(PLATFORM) destroy "$(ENV)"

terraform-init: ## Connect Terraform with the state of ENV
	$(PLATFORM) init "$(ENV)"

terraform-plan: ## Show what Terraform would change
	$(PLATFORM) plan "$(ENV)"

terraform-apply: ## Change it; it asks first
	$(PLATFORM) apply "$(ENV)"

port-forward-mlflow: ## Show MLflow at localhost:5000
	$(PLATFORM) port-forward-mlflow "$(ENV)"

port-forward-argocd: ## Show Argo CD at localhost:8080
	$(PLATFORM) port-forward-argocd "$(ENV)"

clean: ## Remove the virtual environment and caches
	@rm -rf .venv $(DOCS) site dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "mlopsgen needs Python 3.11 or newer; name one with PYTHON=..." >&2; exit 2; }
	@$(PYTHON) -m venv --clear .venv
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps -e .
	@touch $@

$(TOOLS): $(READY) requirements-dev.lock
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

$(DOCS)/.ready: requirements-docs.lock
	@$(PYTHON) -m venv --clear $(DOCS)
	@$(DOCS)/bin/pip install -qq --disable-pip-version-check --require-hashes -r requirements-docs.lock
	@touch $@
