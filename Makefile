# Xiantong. `make` lists what there is. Needs Python 3.11 or 3.12 and nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Each needs about a gigabyte: tests start servers and whole rounds.
TEST_WORKERS ?= 2
HOME_FOLDER := $(or $(XIANTONG_HOME),var)
# uv is quicker where it is installed; pip does the same.
INSTALL = $(if $(shell command -v uv),uv pip install --compile-bytecode --python $(BIN)/python,$(BIN)/python -m pip install --disable-pip-version-check)
# What pip itself cannot say: what was installed, so that nothing is done twice.
RUN_READY := $(VENV)/.run-ready
DEV_READY := $(VENV)/.dev-ready

.DEFAULT_GOAL := help
.PHONY: help demo test check bench up generate lock clean

help: ## what you are reading
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(RUN_READY) ## install, write a county's deliveries, run the pipelines, publish, report
	@if [ ! -d $(HOME_FOLDER)/inbox ]; then $(BIN)/xiantong sample; fi
	$(BIN)/xiantong run

test: $(DEV_READY) ## install what the tests need, then all tests
	$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadfile

check: $(DEV_READY) ## style, types, SQL and generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint dbt_project/models
	$(BIN)/xiantong generate --check

bench: $(DEV_READY) ## measure the check, the build and a whole round
	$(BIN)/python -m benchmarks

up: $(RUN_READY) ## a local Airflow on http://127.0.0.1:8080 until Ctrl-C
	$(BIN)/xiantong up

generate: $(RUN_READY) ## write everything in dbt_project/ that follows from expectations/
	$(BIN)/xiantong generate

lock: ## pin requirements/*.in into requirements/*.txt (needs uv)
	uv pip compile -q --python-version 3.11 --no-emit-index-url --no-emit-find-links requirements/dev.in -o requirements/dev.txt
	uv pip compile -q --python-version 3.11 --no-emit-index-url --no-emit-find-links -c requirements/dev.txt requirements/run.in -o requirements/run.txt

clean: ## remove the demonstration's data (var/), not the environment
	rm -rf var

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' || \
		{ echo "Python 3.11 or 3.12 is needed; say which one with: make $(MAKECMDGOALS) PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(RUN_READY): requirements/run.txt pyproject.toml | $(BIN)/python
	$(INSTALL) -q -r requirements/run.txt
	$(INSTALL) -q --no-deps -e .
	@touch $@

$(DEV_READY): requirements/dev.txt pyproject.toml | $(BIN)/python
	$(INSTALL) -q -r requirements/dev.txt
	$(INSTALL) -q --no-deps -e .
	@touch $@ $(RUN_READY)
