# Everything happens in .venv, made of locked packages only; the stamp files in it make a second `make` quick.
# Needs Python 3.11 or newer, make and a package index; no root. Another Python: make PYTHON=/path/to/python3.12 …

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
#: Test processes at once.
WORKERS ?= 2
#: Passed on, for instance: make test ARGS=tests/channels; make run ARGS=--once
ARGS ?=
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)

.DEFAULT_GOAL := help
.PHONY: help install run test check format bench soak lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.installed ## Set up .venv with the locked packages and the command .venv/bin/pusher

run: $(VENV)/.installed ## Set everything up and run the demo (http://127.0.0.1:8080)
	$(BIN)/python -m pusher demo $(ARGS)

# What pytest makes of the tests is kept, whatever the environment says: it costs more than reading them.
test: $(VENV)/.developed ## Run the whole test suite, on SQLite and on PostgreSQL
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not slow" $(ARGS)

check: $(VENV)/.developed ## Check format, lint, types and the import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports

format: $(VENV)/.developed ## Format the sources and mend what the linter can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.developed ## Measure what ARCHITECTURE.md and README.md claim (some minutes)
	$(BIN)/python -m benchmarks.fan_out --subscribers 1000000 --database sqlite
	$(BIN)/python -m benchmarks.fan_out --subscribers 1000000 --database postgresql
	$(BIN)/python -m benchmarks.audience --subscribers 1000000 --database sqlite
	$(BIN)/python -m benchmarks.audience --subscribers 1000000 --database postgresql
	$(BIN)/python -m benchmarks.engine --recipients 500000 --database sqlite
	$(BIN)/python -m benchmarks.engine --recipients 500000 --database postgresql
	$(BIN)/python -m benchmarks.deliver --channel smtp --recipients 40000
	$(BIN)/python -m benchmarks.deliver --channel aliyun_sms --recipients 40000
	$(BIN)/python -m benchmarks.deliver --channel cmpp --recipients 40000
	$(BIN)/python -m benchmarks.deliver --channel smpp --recipients 40000
	$(BIN)/python -m benchmarks.deliver --channel wechat --recipients 40000

soak: $(VENV)/.developed ## Run the long fault and crash tests
	$(BIN)/python -m pytest -m slow --timeout 3600 $(ARGS)

lock: pyproject.toml ## Resolve the dependencies anew into the lock files
	test -x $(VENV)/tools/bin/uv || { "$(PYTHON)" -m venv $(VENV)/tools && $(VENV)/tools/bin/python -m pip install --quiet uv; }
	$(COMPILE) --group pyproject.toml:build -o requirements-build.lock
	$(COMPILE) pyproject.toml --extra postgres --extra demo -o requirements.lock
	$(COMPILE) pyproject.toml --all-extras --group dev -c requirements.lock -o requirements-dev.lock
	$(COMPILE) pyproject.toml --extra postgres --extra demo --extra print -c requirements-dev.lock -o requirements-image.lock

COMPILE = $(VENV)/tools/bin/uv pip compile --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-header --no-emit-index-url --quiet

clean: ## Remove everything that make has made
	rm -rf $(VENV) dist demo-data .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer was not found: install it, or say make PYTHON=/path/to/python3" >&2; exit 2; }
	"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); exit 2; }

# The build tools are locked as well, so that installing our own package fetches nothing unlocked.
$(VENV)/.installed: requirements-build.lock requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing the locked packages into $(VENV) (a minute the first time)"
	@$(PIP) install --require-hashes -r requirements-build.lock -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.developed: requirements-dev.lock $(VENV)/.installed
	@echo "Installing the locked tools for tests and checks"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
