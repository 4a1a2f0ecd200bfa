PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 5000
MINUTES ?= 10
BENCH ?=

.DEFAULT_GOAL := help
.PHONY: help setup run demo test soak faults bench bench-scale bench-alone bench-smoke check format openapi lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready ## Make the environment in .venv, with every dependency at its locked version

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Mudguard needs Python 3.11 or newer; name one: make PYTHON=python3.12")'
	@echo "Making $(VENV) with $$($(PYTHON) --version); this takes a minute the first time."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: setup ## Start the server on PORT (5000); data in ./var
	@echo "Next: read its API at http://127.0.0.1:$(PORT)/openapi.json, or follow 'A first request' in README.md."
	@$(BIN)/mudguard serve --port $(PORT)

demo: setup ## Watch a person enrol, sign in with a code and use a backup code, over real HTTP
	@$(BIN)/python demo/demo.py

test: setup ## Run all tests, and measure coverage
	@$(BIN)/python -m pytest -n 2 --dist loadfile --cov --cov-report=term
	@$(BIN)/coverage report --include 'src/mudguard/rules/*,src/mudguard/two_factor/*' --fail-under=100 > /dev/null || \
		{ $(BIN)/coverage report --include 'src/mudguard/rules/*,src/mudguard/two_factor/*'; echo "rules/ and two_factor/ must be covered whole"; exit 1; }
	@$(BIN)/coverage report --fail-under=95 > /dev/null || { echo "coverage is below 95%"; exit 1; }

soak: setup ## Compare the server with its model for MINUTES (10), then its answers with its OpenAPI document
	@$(BIN)/python -m tests.model.soak --minutes $(MINUTES)
	@$(BIN)/python -m pytest tests/contract --hypothesis-profile=soak -q --show-capture=no

faults: setup ## Break what the server stands on, at length (up to 10 minutes), and count what is lost
	@$(BIN)/python -m tests.faults

bench: setup ## Measure beside better-auth and privacyIDEA (10 minutes); BENCH="--help" tells of options
	@$(BIN)/python -m benchmarks compare --plot docs/images/performance.svg $(BENCH)

bench-scale: setup ## Measure with 1,000 and with 1,000,000 people in the database (15 minutes, 4 GB of disk)
	@$(BIN)/python -m benchmarks scale $(BENCH)

bench-alone: setup ## Measure under a storm of sign-ins, memory, start and two workers (10 minutes)
	@$(BIN)/python -m benchmarks alone $(BENCH)

bench-smoke: setup ## See that every benchmark works (2 minutes); what it measures means nothing
	@$(BIN)/python -m benchmarks smoke $(BENCH)

check: setup ## Check format, lint, types, import rules and the committed OpenAPI document
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/mudguard openapi | diff -u openapi.json - || { echo "openapi.json is out of date: make openapi"; exit 1; }

format: setup ## Format the code and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

openapi: setup ## Write openapi.json
	@$(BIN)/mudguard openapi > openapi.json

lock: ## Resolve the dependencies anew (needs uv); keeps hashes, and no addresses
	@uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --no-emit-index-url --no-emit-find-links --quiet --upgrade --output-file requirements.lock

clean: ## Remove the environment and caches; data in ./var stays
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage* .import_linter_cache
