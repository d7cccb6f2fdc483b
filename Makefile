# Two commands do all the set-up: `make demo` and `make test`. Both are quick the second time.
PYTHON ?= python3
VENV := .venv
OLDEST := .venv-oldest
BIN := $(VENV)/bin
# A process that dies tells where. The tests' own readings leave out what ours do, see arrays/context.py.
export PYTHONFAULTHANDLER := 1
export TILEDB_SM_QUERY_SPARSE_GLOBAL_ORDER_PREPROCESS_TILE_MERGE := 0

.DEFAULT_GOAL := help
.PHONY: help setup demo lab lint test test-newest test-oldest torture bench bench-quick clean

help:
	@echo "make demo         upload a table of 1 000 000 rows to the embedded stand-in, without a browser"
	@echo "make lab          the same in JupyterLab: opens notebooks/01_quickstart.ipynb"
	@echo "make test         lint, types and all tests, on the oldest and the newest pandas and tiledb"
	@echo "make torture      the long runs: hundreds of uploads, kills and cancels, the wheel, fuzzing for minutes"
	@echo "make bench        our speed against the reference client, Parquet and the raw disk; some ten minutes"
	@echo "make bench-quick  the headline of it, in a minute or two"
	@echo "make clean        remove the environments that these commands made"

# pip before 25.1 does not know dependency groups, and fresh environments come with an older one.
$(VENV)/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable ".[all]" --group dev
	touch $@

# The reference client is installed without what it needs (Ice does not compile everywhere): the
# tests use only its own TileDB and HTTP code, to hold our arrays and the stand-in against.
$(OLDEST)/.ready: pyproject.toml tests/constraints-oldest.txt
	$(PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	$(OLDEST)/bin/python -m pip install --quiet --editable . --group test --constraint tests/constraints-oldest.txt
	$(OLDEST)/bin/python -m pip install --quiet tqdm
	$(OLDEST)/bin/python -m pip install --quiet --no-deps "omero2pandas==0.4.2"
	touch $@

setup: $(VENV)/.ready

demo: setup
	$(BIN)/python notebooks/headless_demo.py

lab: setup
	$(BIN)/jupyter lab notebooks/01_quickstart.ipynb

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

test: lint test-oldest test-newest

test-newest: setup
	$(BIN)/python -m pytest --ignore=tests/browser
	$(BIN)/python -m pytest tests/browser

test-oldest: $(OLDEST)/.ready
	$(OLDEST)/bin/python -m pytest tests/unit tests/integration

torture: setup
	$(BIN)/python -m pytest -m torture
	$(BIN)/python -m pytest tests/fuzz --hypothesis-profile=torture --timeout=1800

bench: setup $(OLDEST)/.ready
	$(BIN)/python benchmarks/run.py

bench-quick: setup $(OLDEST)/.ready
	$(BIN)/python benchmarks/run.py --quick

clean:
	rm -rf $(VENV) $(OLDEST)
