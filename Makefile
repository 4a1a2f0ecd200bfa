PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 5000
SCALAR ?= 1.72.1
MINUTES ?= 10
JS := sdk/javascript
BENCH ?=
PARTS ?=
SEED ?= 0
COVERAGE ?=

.DEFAULT_GOAL := help
.PHONY: help setup run demo test test-matrix sdk sdk-python sdk-javascript soak faults bench bench-scale bench-alone bench-parts bench-smoke mutants mutants-sample check format openapi errors reference lock vendor screenshots clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

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

test: setup ## Run all tests; with COVERAGE=1 also measure coverage, as CI does (a minute more)
	@$(BIN)/python -m pytest -q tests/contract > $(VENV)/contract.log 2>&1 & contract=$$!; \
	$(BIN)/python -m pytest $(IN_PARALLEL) $(and $(COVERAGE),--cov --cov-report=term); rest=$$?; \
	wait $$contract || { cat $(VENV)/contract.log; echo "tests/contract failed"; exit 1; }; \
	tail -n 2 $(VENV)/contract.log; exit $$rest
ifneq ($(COVERAGE),)
	@$(BIN)/coverage report --include '$(WHOLE)' --fail-under=100 > /dev/null || \
		{ $(BIN)/coverage report --include '$(WHOLE)'; echo "rules/, authn/ and factors/ must be covered whole"; exit 1; }
	@$(BIN)/coverage report --fail-under=95 > /dev/null || { echo "coverage is below 95%"; exit 1; }
endif

WHOLE := src/mudguard/rules/*,src/mudguard/authn/*,src/mudguard/factors/*

test-matrix: setup ## Run all tests on SQLite and on PostgreSQL, also those that one database is enough for
	@$(BIN)/python -m pytest $(IN_PARALLEL) --matrix

# File by file, in the order of tests/conftest.py; the tests of the contract take ten seconds to collect in each process
IN_PARALLEL := -n 3 --dist loadfile --no-loadscope-reorder --ignore tests/contract

sdk: sdk-python sdk-javascript ## Check and test both clients against a real server, on SQLite and on PostgreSQL

sdk-python: setup ## The Python client: types, tests, time to import, reference
	@cd sdk/python && ../../$(BIN)/mypy
	@$(PYTHON_CLIENT_TESTS)
	@$(BIN)/python -m tests.support.on_postgresql $(PYTHON_CLIENT_TESTS)
	@$(BIN)/python sdk/python/scripts/import_time.py
	@$(BIN)/python sdk/python/scripts/reference.py | diff -u docs/reference/python.md - || { echo "docs/reference is out of date: make reference"; exit 1; }

PYTHON_CLIENT_TESTS := $(BIN)/python -m pytest -q -n 2 -c sdk/python/pyproject.toml --rootdir sdk/python sdk/python/tests

sdk-javascript: setup $(JS)/node_modules/.ready ## The JavaScript client (needs Node 20 and Chromium): format, types, tests, reference
	@npm --prefix $(JS) run --silent check
	@npm --prefix $(JS) test --silent
	@$(BIN)/python -m tests.support.on_postgresql npm --prefix $(JS) run --silent test:database
	@npm --prefix $(JS) run --silent docs -- --out ../../.reference-check --logLevel Warn
	@diff -ru docs/reference/javascript .reference-check && rm -r .reference-check || { rm -rf .reference-check; echo "docs/reference is out of date: make reference"; exit 1; }

$(JS)/node_modules/.ready: $(JS)/package.json $(JS)/package-lock.json
	@npm --prefix $(JS) ci --silent
	@touch $@

soak: setup ## Compare the server with its model for MINUTES (10), then its answers with its OpenAPI document
	@$(BIN)/python -m tests.model.soak --minutes $(MINUTES)
	@$(BIN)/python -m pytest tests/contract --hypothesis-profile=soak -q --show-capture=no

faults: setup ## Break what the server stands on, at length (up to 10 minutes), and count what is lost
	@$(BIN)/python -m tests.faults

bench: setup ## Measure beside better-auth and privacyIDEA (40 minutes; pinned too); BENCH="--help" tells of options
	@$(BIN)/python -m benchmarks compare --plot docs/images/performance.svg $(BENCH)

bench-scale: setup ## Measure with 1,000 and with 1,000,000 people in the database (15 minutes, 4 GB of disk)
	@$(BIN)/python -m benchmarks scale $(BENCH)

bench-alone: setup ## Measure under storms of sign-ins and writes, memory, start and two workers (20 minutes)
	@$(BIN)/python -m benchmarks alone $(BENCH)

bench-parts: setup ## Take a 2FA setup apart, and tell what each part costs (half a minute)
	@$(BIN)/python -m benchmarks parts $(BENCH)

bench-smoke: setup ## See that every benchmark works (1 minute); what it measures means nothing
	@$(BIN)/python -m benchmarks smoke $(BENCH)

mutants: setup ## Put faults into PARTS (rules factors sign_in), and count what the tests miss (2 hours; rules: 6 minutes)
	@$(BIN)/python scripts/mutants.py $(PARTS)

mutants-sample: setup ## The same with 60 faults in rules/, or in PARTS, drawn with SEED (1 minute)
	@$(BIN)/python scripts/mutants.py --sample --seed $(SEED) $(or $(PARTS),rules)

check: setup ## Check format, lint, types, import rules and what is written from the code
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/mudguard openapi | diff -u openapi.json - || { echo "openapi.json is out of date: make openapi"; exit 1; }
	@$(BIN)/python -m mudguard.docs.error_guide < openapi.json | diff -u docs/guides/errors.md - || \
		{ echo "docs/guides/errors.md is out of date: make errors"; exit 1; }

format: setup ## Format the code and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

openapi: setup ## Write openapi.json
	@$(BIN)/mudguard openapi > openapi.json

errors: openapi ## Write openapi.json and docs/guides/errors.md
	@$(BIN)/python -m mudguard.docs.error_guide < openapi.json > docs/guides/errors.md

reference: errors $(JS)/node_modules/.ready ## Write those, and the references of the clients from their doc comments
	@$(BIN)/python sdk/python/scripts/reference.py > docs/reference/python.md
	@npm --prefix $(JS) run --silent docs

lock: ## Resolve the dependencies anew (needs uv and npm); keeps hashes, and no addresses
	@uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --no-emit-index-url --no-emit-find-links --no-strip-extras --quiet --upgrade --output-file requirements.lock
	@$(PYTHON) scripts/javascript_lock.py

vendor: ## Fetch the documentation site's script from npm, in version SCALAR (needs npm)
	@$(PYTHON) scripts/vendor.py $(SCALAR)

screenshots: setup ## Take the README's pictures of the documentation site anew (needs Chromium)
	@$(BIN)/python -m tests.e2e.screenshots

clean: ## Remove the environment and caches; data in ./var stays
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage* .import_linter_cache .mutants $(JS)/node_modules $(JS)/dist
