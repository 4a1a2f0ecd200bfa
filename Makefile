PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 5000
SCALAR ?= 1.72.1
MINUTES ?= 10

.DEFAULT_GOAL := help
.PHONY: help setup run demo test soak faults check format openapi lock vendor screenshots clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready ## Make the environment in .venv, with every dependency at its locked version

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Mudguard needs Python 3.11 or newer; name one: make PYTHON=python3.12")'
	@echo "Making $(VENV) with $$($(PYTHON) --version); this takes a minute the first time."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: setup ## Start the server on PORT (5000); data in ./var
	@echo "Next: open http://127.0.0.1:$(PORT)/docs and send the first request there, or follow README.md."
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

vendor: ## Fetch the documentation site's script from npm, in version SCALAR (needs npm)
	@$(PYTHON) scripts/vendor.py $(SCALAR)

screenshots: setup ## Take the README's pictures of the documentation site anew (needs Chromium)
	@$(BIN)/python -m tests.e2e.screenshots

clean: ## Remove the environment and caches; data in ./var stays
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage* .import_linter_cache
