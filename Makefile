# Every line calls the same thing that the gate calls. `make` alone lists what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PYTHONPATH := $(CURDIR)

.PHONY: help run test lint texts bench tck torture pictures clean

help: ## List the commands
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 10

run: $(VENV)/installed ## Serve the demonstration on http://127.0.0.1:8000 (PORT=… for another port)
	@SAYGAC_DEMO=$${SAYGAC_DEMO-1} $(BIN)/python -m web.command serve

test: $(VENV)/installed-tests ## Install what the tests need and run all of them, the fast ones first
	@sh tests/run

lint: $(VENV)/installed-tests ## Look for mistakes and style
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

texts: $(VENV)/installed-tests ## Collect the pages' texts into web/translations; new ones wait there for their translation
	@mkdir -p var
	$(BIN)/pybabel -q extract -F web/babel.cfg -k lazy_gettext -k _l --no-location --sort-output -o var/pages.pot .
	$(BIN)/pybabel -q update -i var/pages.pot -d web/translations -w 110 -N --ignore-obsolete --ignore-pot-creation-date

bench: $(VENV)/installed-tests ## Measure a case's life against a bare state machine, as ratios; pages; background work; the doctor
	$(BIN)/python -W ignore -m tests.bench.lifecycle
	$(BIN)/python -W ignore -m tests.bench.pages
	$(BIN)/python -W ignore -m tests.bench.jobs
	$(BIN)/python -W ignore -m tests.bench.doctor

tck: $(VENV)/installed-tests ## Run the public DMN TCK over a copy of it: TCK=… names the folder
	$(BIN)/python -W ignore -m tests.tck $(TCK)

torture: $(VENV)/installed-tests ## Kill, freeze, fill and wipe on purpose, and print what was lost: the long form
	@command -v redis-server >/dev/null || sh tests/debian redis-server
	$(BIN)/python -W ignore -m tests.torture

pictures: $(VENV)/installed-tests ## Take the README's pictures from the demonstration that `make run` serves
	$(BIN)/python -W ignore -m tests.pictures

clean: ## Remove the environment and the demonstration's data
	rm -rf $(VENV) var

$(BIN)/python:
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || \
		{ rm -rf $(VENV); sh tests/debian python3-venv && $(PYTHON) -m venv $(VENV); }

$(VENV)/installed: requirements.lock | $(BIN)/python
	@echo "Installing what saygac needs ..."
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@touch $@

$(VENV)/installed-tests: requirements-test.lock | $(BIN)/python
	@echo "Installing what the tests need ..."
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-test.lock
	@touch $@ $(VENV)/installed
