# The commands for developers and the build server. Needs python3 and make; `make help` lists the targets.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CODE := src services workers tests benchmarks
UV ?= uv
# Four processes of tests: those of whole systems wait for most of their time, and leave two cores to the others.
JOBS ?= 4
SYSTEM_TESTS := tests/compose tests/chaos
TESTS := $(filter-out $(SYSTEM_TESTS),$(patsubst %/,%,$(wildcard tests/*/)))
# A file's tests stay together, for they share servers and models. Files go in the order that tests/conftest.py gives.
# Bytecode is written even if the environment forbids it: the tests start hundreds of Pythons, and each would otherwise
# compile the sources anew.
PYTEST = PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder
# Twice quiet: warnings, such as those of a package index or of an extra that a package does not have, are nothing that
# a user of the lock can correct. Errors are still printed.
INSTALL = $(BIN)/pip install -qq --disable-pip-version-check --no-warn-script-location
COMPILE := $(UV) pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --quiet --no-header pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help run demo setup setup-dev test lint format types contracts unit pictures test-system test-engine \
	test-topology test-thorough test-install test-pythons lock audit sbom clean

# From another folder, as in `make -f folder/Makefile run`: the same call in the folder of this file.
ifneq ($(dir $(lastword $(MAKEFILE_LIST))),./)
$(or $(MAKECMDGOALS),help):
	@$(MAKE) --no-print-directory -C $(dir $(lastword $(MAKEFILE_LIST))) $@
else

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup ## Start the whole system with the sample files; Ctrl-C stops it
	@$(BIN)/copytaster up --seeds seeds

demo: setup ## Put the sample files through a throw-away system and compare with what is expected
	@$(BIN)/copytaster demo --seeds seeds

setup: $(VENV)/.runtime ## Make .venv with what the program needs, by locked hashes

setup-dev: $(VENV)/.dev ## Add to .venv what tests and checks need

test: setup-dev ## Run every check, as the build server does
	$(MAKE) --no-print-directory --jobs=$(JOBS) --output-sync lint types contracts
	$(MAKE) --no-print-directory --jobs=1 unit test-system test-install

lint: setup-dev ## Check style and formatting
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)

format: setup-dev ## Mend style and formatting where that can be done by itself
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

types: setup-dev ## Check types, in the code and in the tests
	$(BIN)/mypy
	$(BIN)/mypy tests benchmarks

contracts: setup-dev ## Check which part may import which
	$(BIN)/lint-imports

unit: setup-dev ## Run the tests in parallel, without compose and chaos; ARGS="-k word" chooses among them
	$(PYTEST) $(ARGS) $(if $(filter tests/%,$(ARGS)),,$(TESTS))

pictures: setup-dev ## Make the pictures of the documentation anew, by the tests of the pages; needs Chromium
	PICTURES=docs $(PYTEST) tests/browser/test_pages_for_everyone.py -k pictures

# One after the other: the eight containers of the stack need both cores while they start. Each fault has a system of its
# own, so that the tests of its file need not stay together.
test-system: setup-dev ## Run the tests of the compose stack and of faults
	$(PYTEST) tests/compose
	$(PYTEST) --dist worksteal tests/chaos

test-engine: setup-dev ## Play kills, cuts of network and power, and restarts on the compose stack, under load
	$(PYTEST) -m engine tests/compose tests/chaos

test-topology: setup-dev ## Run the store's contract on a cluster of six servers, and failovers of clusters and by Sentinels
	$(PYTEST) -m topology tests/contract tests/integration

test-thorough: setup-dev ## Run the tests of properties on twenty times as many examples
	$(PYTEST) --hypothesis-profile thorough tests/properties

test-install: setup-dev ## Install the wheel without the lock, and put the sample files through it; uses the package index
	$(BIN)/python -m pytest -m index tests/meta

test-pythons: ## Run make targets in fresh Debian chroots; DISTS="bookworm trixie sid" TARGETS="demo test" ARGS; needs root
	@tests/pythons/chroots.sh

lock: ## Write the lock files anew; needs uv and the package index
	$(COMPILE) -o requirements/runtime.lock
	$(COMPILE) --extra otel -c requirements/runtime.lock -o requirements/image.lock
	$(COMPILE) --extra dev -c requirements/runtime.lock -o requirements/dev.lock
	$(COMPILE) --extra otel --extra s3 -c requirements/runtime.lock -o requirements/s3.lock
	$(COMPILE) --extra monitoring -c requirements/runtime.lock -o requirements/monitoring.lock

audit: ## Compare the locked packages with the known vulnerabilities; needs uv and the database of PyPI
	$(UV) tool run pip-audit==2.10.1 --strict --require-hashes --disable-pip -r requirements/image.lock

sbom: ## Write the list of the locked packages to dist/sbom.json, as CycloneDX; needs uv and the package index
	@mkdir -p dist
	$(UV) tool run --from cyclonedx-bom==7.5.0 cyclonedx-py requirements requirements/image.lock \
		--output-reproducible -o dist/sbom.json

clean: ## Remove what was built or cached; keeps .venv and data
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps make the second call quick; each is done again when what it depends on has changed.
# venv writes pip last: where bin/python is there without it, Debian's python3-venv was missing, or the call was stopped.
$(BIN)/pip:
	@if ! $(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))'; then \
		echo "Python 3.11 to 3.14 is needed, but $(PYTHON) is $$($(PYTHON) -V 2>&1);" \
			"name another one, as in: make run PYTHON=python3.12" >&2; exit 1; fi
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "$(PYTHON) cannot make a virtual environment with pip: its module ensurepip or venv is missing." \
			"On Debian and Ubuntu install the package python3-venv (as root: apt install python3-venv)," \
			"then call make again." >&2; exit 1; fi
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.runtime: $(BIN)/pip requirements/runtime.lock pyproject.toml
	@echo "Fetching the locked packages into $(VENV); the first time this takes a minute or two"
	@$(INSTALL) --require-hashes -r requirements/runtime.lock
	@$(INSTALL) --no-deps -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.lock
	@echo "Fetching the locked packages of tests and checks into $(VENV)"
	@$(INSTALL) --require-hashes -r requirements/dev.lock
	@touch $@
endif
