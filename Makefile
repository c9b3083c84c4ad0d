# Every target sets itself up: it makes .venv, installs the tested versions, and says what system
# package is missing. PYTHON names another interpreter of version 3.11.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
# How many processes share the tests; each needs a processor and up to 3 GB of memory.
WORKERS ?= 2
READY := $(VENV)/ready

.PHONY: demo test lint docs docs-check constraints clean

demo: $(READY)
	$(BIN)/python -m tools.demo

test: $(READY) lint docs-check
	$(PYTHON) tools/system_packages.py device-tests
	$(PYTHON) tools/system_packages.py browser-tests
	$(BIN)/python -m pytest --numprocesses $(WORKERS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(READY)
	$(BIN)/python -m tools.docs --write

docs-check: $(READY)
	$(BIN)/python -m tools.docs

$(READY): pyproject.toml constraints.txt tools/system_packages.py
	@$(PYTHON) tools/system_packages.py venv
	@echo "Making $(VENV) with $$($(PYTHON) --version) (TensorFlow alone is 600 MB to download)"
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

# Resolves the ranges of pyproject.toml anew, in an environment of its own.
constraints:
	$(PYTHON) -m venv --clear build/resolve
	build/resolve/bin/python -m pip install --disable-pip-version-check -e '.[dev]'
	echo "# The versions that were tested together; \`make constraints\` writes this file." > constraints.txt
	build/resolve/bin/python -m pip freeze --exclude-editable >> constraints.txt

clean:
	rm -rf $(VENV) build dist demo
