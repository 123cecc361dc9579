# Telstar. `make help` explains every command.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
PYTHON := $(VENV)/bin/python
# Python packages of this workspace, each with its type-checked sources.
SOURCES := operator/telstar_operator api/telstar_api images/simlive/telstar_simlive cluster

.PHONY: help up down clean images test test-unit test-cluster lint format dev bench lock

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
