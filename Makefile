PYTHON ?= python3
PORT ?= 8000

VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.run
TEST_STAMP := $(VENV)/.test
CHECKED := $(VENV)/.checked
CONTENT := pyproject.toml exceptions.toml $(shell find ontology data shapes queries 2>/dev/null)
CODE := $(shell find src -name '*.py' 2>/dev/null)
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --require-hashes
INSTALL_SELF := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	--no-annotate --upgrade

.PHONY: help serve validate test format lock clean
.DEFAULT_GOAL := help

help: ## say what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1\t/' | expand -t 16
	@echo "Variables: PORT=$(PORT) PYTHON=$(PYTHON)"

serve: $(RUN_STAMP) $(CHECKED) ## serve the graph on http://127.0.0.1:$(PORT)/ after checking what has changed
	@exec $(BIN)/kg serve --port $(PORT)

validate: $(RUN_STAMP) ## check ontology, data and shapes
	@$(BIN)/kg validate

test: $(TEST_STAMP) ## run every check and every test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/kg fmt --check
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

format: $(TEST_STAMP) ## format Python and Turtle
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/kg fmt

lock: $(TEST_STAMP) ## choose the newest versions of all dependencies and lock them with hashes
	$(LOCK) --group build --output-file requirements/build.txt
	$(LOCK) pyproject.toml --group build --output-file requirements/run.txt
	$(LOCK) pyproject.toml --group test --constraints requirements/run.txt --output-file requirements/test.txt

clean: ## remove what was made: the environment, builds and caches
	rm -rf $(VENV) build dist .kg_cache .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 or newer is needed; '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The build backends come first, so that nothing is fetched without a hash when a package is built from its source.
$(RUN_STAMP): requirements/build.txt requirements/run.txt pyproject.toml | $(BIN)/python
	$(INSTALL) --requirement requirements/build.txt
	$(INSTALL) --requirement requirements/run.txt
	$(INSTALL_SELF)
	@touch $@

$(TEST_STAMP): requirements/test.txt $(RUN_STAMP)
	$(INSTALL) --requirement requirements/test.txt
	@touch $@

$(CHECKED): $(CONTENT) $(CODE) | $(RUN_STAMP)
	$(BIN)/kg validate
	@touch $@
