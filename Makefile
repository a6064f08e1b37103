# Every target is self-sufficient: it makes the virtual environment and what else it needs first.
# Needs Python 3.11 or newer and make, nothing else.
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv

.PHONY: demo test check real chat bench generate lock clean help

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(UV): requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "baogong needs Python 3.11 or newer; name one with 'make PYTHON=/path/to/python3 ...'." >&2; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/uv.txt
	@touch $@

.venv/.run: $(UV) requirements/run.txt pyproject.toml
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/run.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.run requirements/dev.txt
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@touch $@

.venv/.chat: .venv/.run requirements/chat.txt
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/chat.txt
	@touch $@

.venv/.real: .venv/.run requirements/real.txt
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/real.txt
	@touch $@

demo: .venv/.run ## a simulated district on the whole stack, with a supervisor's summary
	$(BIN)/baogong demo

test: .venv/.dev ## all tests, on the real embedded servers
	$(BIN)/pytest

check: .venv/.dev ## format, lint, types, layers, generated files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m schemas.generate --check
	$(BIN)/python -m deploy.grafana.generate --check

real: .venv/.real ## 31,202 real requests and 1,658 real offers of spring 2020
	$(BIN)/baogong real

chat: .venv/.chat ## what alerts need to reach chat rooms and mail (apprise)

bench: .venv/.dev ## figures of throughput, latency, recovery, memory, on this machine
	$(BIN)/python -m tests.benchmarks.all

generate: .venv/.run ## JSON Schema and AsyncAPI from the models, Grafana's dashboards from the SQL files
	$(BIN)/python -m schemas.generate
	$(BIN)/python -m deploy.grafana.generate

LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate
lock: .venv/.run ## new lock files from requirements/*.in (newest versions)
	$(LOCK) --upgrade requirements/uv.in -o requirements/uv.txt
	$(LOCK) --upgrade requirements/run.in -o requirements/run.txt
	$(BIN)/python -m deploy.local.kafka_jars --lock
	cd requirements && ../$(LOCK) --upgrade dev.in -o dev.txt && ../$(LOCK) --upgrade real.in -o real.txt && ../$(LOCK) --upgrade chat.in -o chat.txt

clean: ## remove the virtual environment and the local data
	rm -rf .venv .baogong
