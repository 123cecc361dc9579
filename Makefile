# Telstar. `make help` explains every command.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
PYTHON := $(VENV)/bin/python
# Python packages of this workspace, each with its type-checked sources.
SOURCES := operator/telstar_operator api/telstar_api images/simlive/telstar_simlive cluster plugin/telstar_kubectl

.PHONY: help up down clean images test test-unit test-cluster test-chaos plugin lint format dev bench lock

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

up: ## everything to a kind cluster: three demo channels behind http://127.0.0.1:8080
	@python3 -m cluster up

down: ## remove the cluster, and the Docker daemon if `make up` started it
	@python3 -m cluster down

clean: down ## remove the cluster and everything cached
	@python3 -m cluster clean

images: ## build the container images only
	@python3 -m cluster images

$(VENV)/.ready: requirements.lock operator/pyproject.toml api/pyproject.toml images/simlive/pyproject.toml
	@echo "Python environment: installing what requirements.lock names"
	@test -x $(PYTHON) || python3 -m venv $(VENV)
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check "$$(sed -n 's/^\(uv==[0-9.]*\).*/\1/p' requirements.lock)"
	@$(VENV)/bin/uv pip sync --quiet --python $(PYTHON) --require-hashes requirements.lock
	@$(VENV)/bin/uv pip install --quiet --python $(PYTHON) --no-deps --no-build-isolation -e images/simlive -e api -e operator
	@touch $@

frontend/node_modules/.ready: frontend/package-lock.json
	@echo "Frontend: npm ci"
	@cd frontend && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

lock: $(VENV)/.ready ## resolve requirements.lock anew
	@$(VENV)/bin/uv pip compile --universal --python-version 3.11 --upgrade --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-header --no-annotate --no-emit-package telstar-simlive --quiet \
		images/simlive/pyproject.toml --all-extras api/pyproject.toml operator/pyproject.toml requirements-dev.in \
		-o requirements.lock

# The tools that `python3 -m cluster` built or found: kubectl, helm, kind, and the Docker daemon it uses.
CLUSTER_ENV = eval "$$(python3 -m cluster env)"

lint: $(VENV)/.ready frontend/node_modules/.ready ## all static checks
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check --quiet .
	@$(VENV)/bin/mypy $(SOURCES)
	@$(VENV)/bin/lint-imports --no-cache
	@scripts/check-generated
	@cd frontend && npm run --silent lint
	@python3 -m cluster tools helm && $(CLUSTER_ENV) && helm lint --quiet charts/telstar

format: $(VENV)/.ready frontend/node_modules/.ready ## put the code into its standard form
	@$(VENV)/bin/ruff check --fix --quiet . ; $(VENV)/bin/ruff format --quiet .
	@cd frontend && npm run --silent format

test: test-unit test-cluster ## every test, the browser ones included; brings up the cluster

test-unit: $(VENV)/.ready frontend/node_modules/.ready ## the tests that need no cluster
	@scripts/install-test-tools
	@$(VENV)/bin/pytest -n 4 --dist loadfile tests/cluster tests/simlive tests/operator -m "not cluster"
	@python3 -m cluster tools kubectl && $(CLUSTER_ENV) && $(VENV)/bin/pytest tests/plugin -m "not cluster"
	@cd frontend && npm test --silent

test-cluster: $(VENV)/.ready up ## the tests on a real cluster, Postgres and browser
	@scripts/install-test-tools
	@$(CLUSTER_ENV) && $(VENV)/bin/pytest tests/chart tests/edge tests/crds
	@$(CLUSTER_ENV) && $(VENV)/bin/pytest -n 3 --dist loadfile tests/api
	@$(CLUSTER_ENV) && $(VENV)/bin/pytest tests/operator tests/plugin -m cluster
	@$(CLUSTER_ENV) && $(VENV)/bin/pytest tests/e2e -rP -m "not slow"

test-chaos: $(VENV)/.ready up ## faults against time budgets, and the slow browser tests; a quarter of an hour
	@scripts/install-test-tools
	@$(CLUSTER_ENV) && $(VENV)/bin/pytest tests/chaos
	@$(CLUSTER_ENV) && $(VENV)/bin/pytest tests/e2e -rP -m slow

plugin: ## kubectl telstar, one executable file: plugin/bin/kubectl-telstar
	@scripts/build-plugin

dev: frontend/node_modules/.ready up ## a fast edit loop: the page from source, against the running cluster
	@cd frontend && npm run dev

bench: $(VENV)/.ready ## all benchmarks, as ratios
	@test -n "$$TELSTAR_TEST_DATABASE_URL" || python3 -m cluster images
	@$(CLUSTER_ENV) && for bench in tests/bench/*.py; do echo "== $$bench"; $(PYTHON) "$$bench" || exit 1; done
