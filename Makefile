# Needs make and Python 3.11 or newer; everything else goes into $(VENV).
PYTHON ?= python3
PYTHONS ?= 3.11 3.12 3.13
VENV ?= .venv
JOBS ?= 3
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all coverage lint format typecheck generate fuzz soak bench bench-short snapshots schema pictures docs clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-11s  %s\n", $$1, $$2 }' Makefile

setup: $(STAMP) ## Create .venv and install restarter and its development tools in it

# The stamp is written last: a failed or interrupted install is done again by the next make.
$(STAMP): pyproject.toml
	@rm -f $@
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { $(CREATE_VENV); }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,docs]'
	@touch $@

CREATE_VENV = \
	command -v "$(PYTHON)" >/dev/null \
		|| { echo "There is no $(PYTHON); install Python 3.11 or newer, or name it: make setup PYTHON=/path/to/python" >&2; exit 1; }; \
	"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$(PYTHON) does not run or is older than Python 3.11; name a newer one: make setup PYTHON=/path/to/python" >&2; exit 1; }; \
	"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "$(PYTHON) cannot create virtual environments; install its venv package (Debian, Ubuntu: apt install python3-venv)" >&2; exit 1; }; \
	"$(PYTHON)" -m venv --clear $(VENV)

# The trap keeps the shell alive on Ctrl-C, so that restarter's own exit code is what counts:
# 130, the person asked for the end. It is a trap that does nothing and not an ignored signal,
# because the latter would be inherited.
demo: $(STAMP) ## Run the example server; edit it and see it restart (PORT=8000)
	@echo "Edit the greeting in examples/hello/app.py and save. Ctrl-C ends the demo."
	@trap : INT; cd examples/hello && "$(CURDIR)/$(BIN)/restarter" || test $$? -eq 130

# Most tests wait for processes: one more at a time than there are cores to the least.
test: $(STAMP) ## Run the tests, several at once (ARGS="-k layers", JOBS=0 for one after the other)
	$(BIN)/python -m pytest -n $(JOBS) $(ARGS)

test-all: ## Run the tests with each Python of PYTHONS that is there
	@tested=; skipped=; failed=; \
	for version in $(PYTHONS); do \
		python=$$(ls "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/$$version.*/bin/python 2>/dev/null \
			| grep -E "/$$version\.[0-9]+/bin/python$$" | sort -V | tail -n 1); \
		python=$${python:-$$(command -v python$$version)}; \
		if ! "$$python" -c 'pass' 2>/dev/null; then \
			skipped="$$skipped $$version"; \
			echo "Python $$version: skipped, neither pyenv nor PATH has it"; \
			continue; \
		fi; \
		echo "Python $$version: $$python"; \
		tested="$$tested $$version"; \
		$(MAKE) --no-print-directory test VENV=.venv-$$version PYTHON="$$python" \
			|| failed="$$failed $$version"; \
	done; \
	echo "tested:$${tested:- none}; skipped:$${skipped:- none}; failed:$${failed:- none}"; \
	test -n "$$tested" && test -z "$$failed"

coverage: $(STAMP) ## Run the tests and list the lines that no test of this process reached
	$(BIN)/python -m coverage run -m pytest $(ARGS)
	$(BIN)/python -m coverage report

lint: $(STAMP) ## Check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(STAMP) ## Mend what can be mended, and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Each platform has a cache of its own: with a shared one each run would throw away the last.
# Tests and benchmarks send POSIX signals, which the stubs for Windows do not have.
typecheck: $(STAMP) ## Check types, as on Linux, macOS and Windows
	$(BIN)/mypy --platform linux --cache-dir .mypy_cache/linux restarter examples benchmarks tools tests
	$(BIN)/mypy --platform darwin --cache-dir .mypy_cache/darwin restarter examples benchmarks tools tests
	$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32 restarter examples

generate: $(STAMP) ## Write the manual page and the JSON Schema anew, from the code
	$(BIN)/python -m tools.generate

fuzz: $(STAMP) ## Do 10,000 random things to files and look for a miss (ARGS="--source all")
	$(BIN)/python -m tests.fuzz $(ARGS)

soak: $(STAMP) ## Restart a thousand times and look for leaks (ARGS="--restarts 100")
	$(BIN)/python -m tests.soak $(ARGS)

# One after the other: they would disturb each other.
bench: $(STAMP) ## Measure everything, and write docs/performance.md (PEERS=directory for what npm and pip install)
	$(BIN)/python -m benchmarks.respawn --document docs/performance.md $(if $(PEERS),--peers "$(PEERS)")
	$(BIN)/python -m benchmarks.launch --document docs/performance.md
	$(BIN)/python -m benchmarks.watching --document docs/performance.md
	$(BIN)/python -m benchmarks.changes --document docs/performance.md $(if $(PEERS),--peers "$(PEERS)")
	$(BIN)/python -m benchmarks.faults --document docs/performance.md $(if $(PEERS),--peers "$(PEERS)")
	$(BIN)/python -m benchmarks.library --document docs/performance.md
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	$(BIN)/python -m benchmarks.servers --document docs/performance.md $(if $(PEERS),--peers "$(PEERS)")
	$(BIN)/python -m benchmarks.plot docs/performance.md

bench-short: $(STAMP) ## Run all of the benchmarks a little, only to see that they work
	$(BIN)/python -m benchmarks.respawn --short
	$(BIN)/python -m benchmarks.launch --short
	$(BIN)/python -m benchmarks.watching --short
	$(BIN)/python -m benchmarks.changes --short
	$(BIN)/python -m benchmarks.faults --short
	$(BIN)/python -m benchmarks.library --short
	$(BIN)/python -m benchmarks.servers --short

docs: $(STAMP) ## Build the pages of docs/ into docs/_build; a warning is an error
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet -b html docs docs/_build

snapshots: $(STAMP) ## Write down how each notice looks, for the tests to compare
	$(BIN)/python -m tests.snapshots

schema: $(STAMP) ## Write the JSON Schema of the events, and the table in docs/events.md
	$(BIN)/python -m tests.event_schema

pictures: $(STAMP) ## Make the pictures of docs/pictures from real runs
	$(BIN)/python -m tests.pictures

clean: ## Remove everything that the other targets created
	rm -rf .venv .venv-* .coverage docs/_build .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
