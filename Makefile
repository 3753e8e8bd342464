# Each target sets up what it needs: on a fresh machine with Python 3.11+, `make verify` or `make test` is enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo verify test figures bench lint notebooks docs ledger clean

demo: $(STAMP)
	$(BIN)/corollary demo

verify: $(STAMP)
	$(BIN)/corollary verify

test: $(STAMP)
	$(BIN)/python -m pytest -n 2 --dist worksteal

figures: $(STAMP)
	$(BIN)/corollary figures

bench: $(STAMP)
	$(BIN)/python -m benchmarks

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

notebooks: $(STAMP)
	$(BIN)/python -m notebooks.execute

docs: $(STAMP)
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build

ledger: $(STAMP)
	$(BIN)/corollary ledger --only-missing

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Corollary needs Python 3.11 or newer; set PYTHON=..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	@# An editable install warns of folders of its own name, though a clone has one and means it.
	PYTHONWARNINGS='ignore:Editable installation' $(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) build *.egg-info
