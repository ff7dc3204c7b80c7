# Everything runs in .venv, which the targets make themselves from the pinned, hashed requirements.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python tools/install.py
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed
DEPLOY := $(VENV)/.deploy-installed
SITE := .venv-docs
# Twice the cores of a small machine: each takes 8 s to collect, and many tests wait for processes.
WORKERS ?= 4
ARGS ?=
# What is tested apart from the rest: killed processes and hostile requests, clients, each platform
# against its emulator, documents.
FAULTS := tests/soak tests/jobs tests/moving tests/api/test_idempotency_killed.py tests/cli/test_cli_processes.py tests/cli/test_cli_draining.py tests/cli/test_cli_survey.py tests/contract/test_schemathesis.py
CLIENTS := tests/client tests/mcp tests/testing tests/generated_clients tests/cli/test_cli_demo.py tests/cli/test_cli_login.py tests/cli/test_cli_accounts.py tests/cli/test_cli_works.py tests/cli/test_cli_publish.py tests/cli/test_cli_demo_publish.py
PLATFORMS := tests/platforms tests/sandbox tests/sixteenth
DOCUMENTS := tests/docs/test_examples.py tests/docs/test_howto.py tests/docs/test_howto_proxy.py tests/docs/test_client_page.py
APART = $(addprefix --ignore=,tests/deploy $(FAULTS) $(CLIENTS) $(PLATFORMS) $(DOCUMENTS))
COLLECTED := tests/__pycache__
# Tests write, sync and delete many small files, which a disk does in milliseconds each: they are kept
# in memory where it has room, as four gigabytes come together.
MEMORY := $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 8000000 { print "/dev/shm" }')
IN_MEMORY = $(if $(TMPDIR),,$(if $(MEMORY),TMPDIR=$(MEMORY)))
PYTEST = $(IN_MEMORY) $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal $(ARGS)
# A hundred processes of a test run would each compile every module again.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help install demo serve test tests test-clients test-platforms test-deploy test-docs faults newest lint types docs bench soak vendor clean

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(RUNTIME) ## Make .venv with what the service needs.

demo: $(RUNTIME) ## Connect accounts in the sandbox, list their works; ARGS=--publish publishes, --once ends.
	@$(BIN)/openchannels demo $(ARGS)

serve: $(RUNTIME) ## Serve the API; ARGS are options of openchannels serve.
	@$(BIN)/openchannels serve $(ARGS)

test: lint ## Lint, types and all tests but those of the targets below; ARGS are options of pytest.
	@$(MAKE) --no-print-directory --keep-going --jobs 2 types tests

# Run by make test beside mypy, which leaves one of two processors free for it.
tests: $(COLLECTED)
	@$(PYTEST) $(APART)

# Each process of pytest would compile the modules of a new clone by itself, for 8 s more.
$(COLLECTED): | $(DEV)
	@$(BIN)/python -m pytest -q --collect-only $(APART) >/dev/null || true

faults: $(DEV) ## Test kills, floods, outages and strangers at reduced sizes; ARGS are options of pytest.
	@$(PYTEST) $(FAULTS)

test-clients: $(DEV) ## Test SDK, command line, agents, and the clients as they are installed.
	@$(PYTEST) $(CLIENTS)
	@tools/test_clients.sh $(BIN)/python

test-platforms: $(DEV) ## Test every platform against its emulator, and the emulators.
	@$(PYTEST) $(PLATFORMS)

test-deploy: $(DEPLOY) ## Test image, compose file, units, proxies, chart, dashboard and alerts.
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile $(ARGS) tests/deploy

test-docs: $(DEV) ## Run what the documents show, build their site, check its links and what it loads.
	@$(PYTEST) $(DOCUMENTS)
	@tools/test_docs.sh $(BIN)/python

newest: ## Test background work and one flow on the newest Python of this machine.
	@tools/test_newest.sh $(PYTHON)

lint: $(DEV) ## Check style and format.
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || $(BIN)/ruff format --check .

types: $(DEV) ## Check types.
	@$(BIN)/mypy --no-error-summary

docs: $(SITE)/.installed ## Build the documentation site in build/site.
	@NO_MKDOCS_2_WARNING=1 $(SITE)/bin/mkdocs build --strict

bench: $(DEV) ## Measure; ARGS go to the benchmarks.
	@$(BIN)/python -m bench.all $(ARGS)

soak: $(DEV) ## Run a soak program at full size: ARGS=kill, or more of its options.
	@$(BIN)/python -m tests.soak.$(ARGS)

vendor: ## Fetch the viewer of the API reference again; ARGS may name another version.
	@$(PYTHON) tools/vendor_viewer.py $(ARGS)

clean: ## Remove .venv, what was built and all caches; data stays.
	rm -rf $(VENV) .venv-* build clients/*/node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with PYTHON=...")'
	@echo "Making $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements/runtime.txt pyproject.toml | $(BIN)/pip
	@$(INSTALL) requirements/runtime.txt --project
	@touch $@

# The development requirements contain the others in the same versions.
$(DEV): requirements/dev.txt requirements/runtime.txt pyproject.toml | $(BIN)/pip
	@$(INSTALL) requirements/dev.txt --project
	@touch $(RUNTIME) $@

# These contain the development requirements.
$(DEPLOY): requirements/deploy.txt $(DEV)
	@$(INSTALL) requirements/deploy.txt
	@touch $@

$(SITE)/.installed: requirements/docs.txt
	@$(PYTHON) -m venv --clear $(SITE)
	@$(SITE)/bin/python tools/install.py requirements/docs.txt
	@touch $@
