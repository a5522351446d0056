# Needs python3.11 (or newer) with venv, and make. Each target does its own set-up.
# Another interpreter: make PYTHON=/path/to/python3 …     Arguments: make demo ARGS="--help"

PYTHON ?= $(or $(shell command -v python3.11 || command -v python3),python3)
VENV := .venv
RUN := $(VENV)/bin/python
ARGS ?=
COMPILE := $(RUN) -m uv --quiet pip compile --universal --python-version 3.11 \
	--generate-hashes --no-header --no-annotate

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test bench drill lint format catalogue pictures setup setup-dev lock lock-upgrade clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' \
		| while IFS='|' read -r name text; do printf '%-20s %s\n' "$$name" "$$text"; done

demo: setup ## start the invented city Sukamaju on this machine: no token, no account needed
	@exec $(VENV)/bin/tanggap demo $(ARGS)

# The coverage report comes before pytest's own last line; below the floor make fails. Files keep
# the order of tests/conftest.py, those with slow tests and then the long ones first: xdist's own
# order, by number of tests alone, would have slow files come last and run alone.
# Four workers for two cores: many tests wait for servers, for the clock, or for a process that starts.
test: setup-dev ## all tests with coverage, in a real browser where pages are tested
	@CHROMIUM="$$($(RUN) tools/browser.py)" || exit 2; export CHROMIUM; \
		exec $(RUN) -m pytest -q -n 4 --dist loadfile --no-loadscope-reorder \
		--max-worker-restart 1 --cov $(ARGS)

drill: setup-dev ## the long reliability tests, in parts: make drill PART=soak, ARGS=--list
	@exec $(RUN) tools/drill.py $(PART) $(ARGS)

bench: setup-dev ## how fast the classifier and the two databases are, as ratios of one run
	@$(RUN) tests/bench_classifier.py
	@$(RUN) tests/bench_stores.py $(ARGS)

lint: setup-dev ## style, format and types
	@$(RUN) -m ruff check
	@$(RUN) -m ruff format --check
	@$(RUN) -m mypy

format: setup-dev ## put files into the house's format
	@$(RUN) -m ruff check --fix
	@$(RUN) -m ruff format

catalogue: setup-dev ## bring new messages of the desk into tanggap/catalogues, to be translated there
	@$(RUN) tools/catalogue.py

pictures: setup-dev ## take the README's pictures of the desk from the demo
	@$(RUN) tools/pictures.py $(ARGS)

setup: ## the environment that runs Tanggap, in .venv
	@"$(PYTHON)" tools/prepare.py runtime

setup-dev: ## the same with the tools of development
	@"$(PYTHON)" tools/prepare.py dev

lock: setup-dev ## write the locked lists anew after a change of pyproject.toml
	@$(COMPILE) $(UPGRADE) pyproject.toml --all-extras -o requirements.lock
	@$(COMPILE) $(UPGRADE) pyproject.toml --all-extras --group dev -c requirements.lock -o requirements-dev.lock
	@echo hatchling | $(COMPILE) - -c requirements-dev.lock -o tools/build.lock
	@echo uv | $(COMPILE) - -c requirements-dev.lock -o tools/installer.lock

lock-upgrade: UPGRADE := --upgrade
lock-upgrade: lock ## the same, taking the newest versions that pyproject.toml admits

clean: ## remove the environment and all that was made
	rm -rf $(VENV) build dist .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
